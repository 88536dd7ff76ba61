"""Words of mails that depend on who reads them: times in its zone, and in its locale the whole of them."""

from dataclasses import dataclass
from datetime import datetime

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_location

from accounts.models import Contact, User
from calendars.rules.clock import zone_of
from calendars.rules.spans import Span
from core.reading import current_locale, locale_named
from queues.models import Booking, BookingMail, Offer


@dataclass(frozen=True)
class Reader:
    """Who reads a mail: by what name it is greeted, and where and how it reads times."""

    name: str
    zone: str
    locale: Locale


def reader_of(mail: BookingMail) -> Reader:
    """Return the reader of the mail, with what the mail tells of loaded."""
    if mail.offer is not None:
        return _waiting(mail.offer)
    booking = mail.booking
    assert booking is not None  # noqa: S101  the database keeps that a mail is about one of the two
    if mail.is_for_host:
        return _host(mail, booking.host)
    return _contact(booking.contact, booking.customer.country, zone_of_contact(booking))


def zone_of_contact(booking: Booking) -> str:
    """Return the zone in which the contact reads the hour: the one it chose it in, if it was the contact who chose."""
    own = booking.contact.time_zone if booking.contact is not None else ""
    return own or booking.time_zone if booking.source == Booking.Source.STAFF else booking.time_zone or own


def when(span: Span, zone: str) -> str:
    """Return the time with day and zone: Tuesday, December 1, 2026, 10:00 AM – 11:00 AM (Berlin, GMT+01:00)."""
    locale, tz = current_locale(), zone_of(zone)
    starts, ends = span.starts.astimezone(tz), span.ends.astimezone(tz)
    first = f"{format_date(starts.date(), 'full', locale=locale)}, {_time(starts, locale)}"
    # Around a change of clocks the two ends may differ in more than the hour.
    last = _time(ends, locale)
    if ends.date() != starts.date():
        last = f"{format_date(ends.date(), 'medium', locale=locale)}, {last}"
    if starts.utcoffset() != ends.utcoffset():
        first, last = f"{first} {_offset(starts, locale)}", f"{last} {_offset(ends, locale)}"
        return f"{first} – {last} ({_place(zone, locale)})"
    return f"{first} – {last} ({_zone(starts, zone, locale)})"


def moment(at: datetime, zone: str) -> str:
    """Return one moment with day and zone, short enough for a subject: Tue, Dec 1, 10:00 AM (Berlin)."""
    locale = current_locale()
    local = at.astimezone(zone_of(zone))
    day = format_date(local.date(), "EEE", locale=locale) + ", " + format_date(local.date(), "medium", locale=locale)
    return f"{day}, {_time(local, locale)} ({_place(zone, locale)})"


def _contact(contact: Contact | None, country: str, zone: str) -> Reader:
    language = contact.language if contact is not None else ""
    if contact is not None and not language and contact.user is not None:
        language = contact.user.language
    name = (contact.first_name or contact.name) if contact is not None else ""
    return Reader(one_line(name), zone or "UTC", locale_named(language or "en", country))


def _waiting(offer: Offer) -> Reader:
    entry = offer.entry
    return _contact(entry.contact, entry.customer.country, entry.time_zone)


def _host(mail: BookingMail, host: User) -> Reader:
    if mail.address != host.email:
        # Of a former host the row keeps the address alone.
        host = User.objects.filter(email=mail.address).first() or host
    return Reader(one_line(host.name), host.time_zone, locale_named(host.language, host.country))


def one_line(text: str) -> str:
    """Return the text without line ends and other control characters, as headers want it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _time(local: datetime, locale: Locale) -> str:
    return format_time(local, "short", tzinfo=local.tzinfo, locale=locale)


def _zone(local: datetime, zone: str, locale: Locale) -> str:
    place = _place(zone, locale)
    return place if place == "UTC" else f"{place}, {_offset(local, locale)}"


def _place(zone: str, locale: Locale) -> str:
    tz = zone_of(zone)
    return "UTC" if tz.key in {"UTC", "Etc/UTC"} else get_timezone_location(tz, locale=locale, return_city=True)


def _offset(local: datetime, locale: Locale) -> str:
    return get_timezone_gmt(local, "long", locale=locale)
