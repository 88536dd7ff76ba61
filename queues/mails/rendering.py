"""Writing a mail out: its words in text and HTML, and the invitation that its reader's calendar takes in."""

from dataclasses import dataclass, replace
from email import charset
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import CompanySettings
from calendars.ical import CalendarFile, Party, invitation
from calendars.rules.clock import zone_of
from calendars.rules.spans import Span
from core import files
from core.reading import read_in
from queues import links
from queues.happenings import Meeting, happening_of, meeting_of, portal_address, staff_address
from queues.mails.wording import Reader, moment, one_line, reader_of, when
from queues.models import Booking, BookingMail, FollowUpItem
from queues.rules.customers import may_still_change

Kind = BookingMail.Kind
INVITATIONS = frozenset({Kind.CONFIRMED, Kind.MOVED, Kind.CANCELLED})
# Together; a mail is a third larger than what it carries, and many servers take no more than ten megabytes.
LARGEST_FILES_BYTES = 7 * 1024 * 1024
# Seven bits whatever is written: not every server on the way takes eight, and a calendar part must arrive as it left.
QUOTED = charset.Charset("utf-8")
QUOTED.body_encoding = charset.QP
# Mails that speak of an hour to come, whose reader may still move or cancel it.
CHANGEABLE = frozenset({Kind.CONFIRMED, Kind.MOVED, Kind.REMINDER})


@dataclass(frozen=True)
class Fact:
    """One line of what a mail tells: `value` may be an address to open."""

    label: str
    value: str

    @property
    def is_address(self) -> bool:
        """Tell whether the value can be opened."""
        return self.value.startswith(("https://", "http://")) and " " not in self.value


@dataclass(frozen=True)
class Way:
    """Something that the reader can do by opening an address."""

    label: str
    address: str
    is_first: bool = False


def message_of(mail: BookingMail) -> EmailMultiAlternatives:
    """Return the mail written out for its reader; its booking or offer is loaded, its Message-ID known."""
    reader = reader_of(mail)
    with read_in(reader.locale), timezone.override(zone_of(reader.zone)):
        context = _offer_context(mail, reader) if mail.offer is not None else _booking_context(mail, reader)
        message = _written(mail, context)
    if mail.kind in INVITATIONS:
        _attach_invitation(message, _invitation(mail))
    for item in context.get("files", ()):
        _attach_file(message, item)
    return message


def template_of(mail: BookingMail) -> str:
    """Return the name of the mail's templates: `queue-confirmed` for the contact, `queue-host-confirmed` for hosts."""
    name = mail.kind.replace("_", "-")
    if not mail.is_for_host:
        return f"queue-{name}"
    return "queue-host-released" if _is_released(mail) else f"queue-host-{name}"


def _written(mail: BookingMail, context: dict[str, Any]) -> EmailMultiAlternatives:
    name = template_of(mail)
    subject = one_line(render_to_string(f"emails/{name}-subject.txt", context))
    body = render_to_string(f"emails/{name}-text.txt", context).strip() + "\n"
    message = EmailMultiAlternatives(
        subject,
        body,
        settings.DEFAULT_FROM_EMAIL,
        [mail.address],
        reply_to=context["reply_to"],
        headers={
            "Message-ID": mail.message_id,
            # Nobody's holiday notice need answer.
            "Auto-Submitted": "auto-generated",
        },
    )
    message.encoding = QUOTED
    message.attach_alternative(
        render_to_string(f"emails/{name}.html", context | {"subject": subject}).strip() + "\n", "text/html"
    )
    return message


def _attach_invitation(message: EmailMultiAlternatives, file: CalendarFile) -> None:
    """Add the file as calendars read it, in the mail's own words' place, and once more for people to open."""
    assert file.method is not None  # noqa: S101  an invitation has one
    message.attach_alternative(file.text, f"text/calendar; method={file.method.value}")
    # Of another type: as text/calendar some readers would show the invitation twice.
    message.attach("invite.ics", file.content, "application/ics")


def _attach_file(message: EmailMultiAlternatives, item: FollowUpItem) -> None:
    stored = item.file
    assert stored is not None  # noqa: S101  the database keeps that an item is a link or a file
    mimetype = stored.content_type if stored.content_type.count("/") == 1 else "application/octet-stream"
    message.attach(one_line(stored.name), b"".join(files.pieces(stored)), mimetype)


def _fitting(items: list[FollowUpItem]) -> tuple[list[FollowUpItem], list[FollowUpItem]]:
    """Return the files that go along, and those that would make the mail too large for many servers."""
    along: list[FollowUpItem] = []
    left: list[FollowUpItem] = []
    total = 0
    for item in items:
        size = item.file.size if item.file is not None else 0
        fits = total + size <= LARGEST_FILES_BYTES
        total += size if fits else 0
        (along if fits else left).append(item)
    return along, left


def _invitation(mail: BookingMail) -> CalendarFile:
    booking = mail.booking
    assert booking is not None  # noqa: S101
    happening = happening_of(
        booking,
        meeting_of(booking),
        for_host=mail.is_for_host,
        # The same however often the mail is tried.
        stamp=mail.created_at,
        sequence=mail.sequence,
        is_cancelled=mail.kind == Kind.CANCELLED,
    )
    if _is_released(mail):
        happening = replace(happening, attendees=(Party(mail.address, mail.address),))
    return invitation(happening)


def _is_released(mail: BookingMail) -> bool:
    """Tell whether the mail tells a former host that the hour is no longer its own."""
    booking = mail.booking
    return (
        booking is not None and mail.kind == Kind.CANCELLED and mail.is_for_host and mail.address != booking.host.email
    )


def _booking_context(mail: BookingMail, reader: Reader) -> dict[str, Any]:
    booking = mail.booking
    assert booking is not None  # noqa: S101
    meeting = meeting_of(booking)
    span = Span(booking.starts_at, booking.ends_at)
    items = list(booking.follow_up_items.select_related("file").order_by("id")) if mail.kind == Kind.FOLLOW_UP else []
    along, left = _fitting([item for item in items if item.file_id])
    return {
        "reader": reader,
        "booking": booking,
        "company": CompanySettings.current().name,
        "when": when(span, reader.zone),
        "at": moment(booking.starts_at, reader.zone),
        "facts": _facts(mail, booking, meeting, when(span, reader.zone)),
        "ways": _host_ways(mail, booking) if mail.is_for_host else _contact_ways(mail, booking),
        "reply_to": _reply_to(mail, booking),
        "links": [item for item in items if item.url],
        "files": along,
        "left_files": left,
        "portal_address": portal_address(booking),
    }


def _offer_context(mail: BookingMail, reader: Reader) -> dict[str, Any]:
    offer = mail.offer
    assert offer is not None  # noqa: S101
    entry, host = offer.entry, offer.commitment.host
    span = Span(offer.starts_at, offer.ends_at)
    return {
        "reader": reader,
        "offer": offer,
        "company": CompanySettings.current().name,
        "queue": entry.queue,
        "when": when(span, reader.zone),
        "at": moment(offer.starts_at, reader.zone),
        "until": moment(offer.expires_at, reader.zone),
        "facts": [
            Fact("When", when(span, reader.zone)),
            Fact("With", one_line(host.name)),
            Fact("Topic", one_line(entry.topic_text)),
        ],
        "ways": [Way("Take or decline the hour", links.offer_url(offer), is_first=True)],
        "reply_to": [],
    }


def _facts(mail: BookingMail, booking: Booking, meeting: Meeting, told_when: str) -> list[Fact]:
    who = _who_for_host(booking) if mail.is_for_host else one_line(booking.host.name)
    # A former host's time may be another one: all that counts is that the hour is gone.
    facts = [Fact("With", who)] if _is_released(mail) else [Fact("When", told_when), Fact("With", who)]
    if mail.kind in CHANGEABLE and meeting.where:
        facts.append(Fact("How to meet", meeting.where))
    facts.append(Fact("Topic", one_line(booking.topic_text)))
    if mail.kind in CHANGEABLE and mail.is_for_host and booking.situation:
        facts.append(Fact("Situation", booking.situation.strip()))
    if mail.kind == Kind.CANCELLED and booking.cancel_reason and not _is_released(mail):
        facts.append(Fact("Reason", one_line(booking.cancel_reason)))
    return facts


def _who_for_host(booking: Booking) -> str:
    customer = one_line(booking.customer.name)
    return f"{one_line(booking.contact.name)}, {customer}" if booking.contact is not None else customer


def _contact_ways(mail: BookingMail, booking: Booking) -> list[Way]:
    if mail.kind in CHANGEABLE:
        if not may_still_change(booking.starts_at, booking.queue.change_until_minutes, timezone.now()):
            return []
        return [Way("Move the hour", links.change_url(booking)), Way("Cancel the hour", links.cancel_url(booking))]
    if mail.kind == Kind.RATING or (mail.kind == Kind.FOLLOW_UP and booking.rating is None):
        return [Way("Rate the hour", links.rate_url(booking), is_first=True)]
    if mail.kind == Kind.CANCELLED and booking.contact is not None:
        return [Way("Book another hour", links.book_url(booking.contact, booking.queue), is_first=True)]
    return []


def _host_ways(mail: BookingMail, booking: Booking) -> list[Way]:
    if mail.kind in CHANGEABLE:
        return [Way("See what to know before the hour", staff_address(booking), is_first=True)]
    return []


def _reply_to(mail: BookingMail, booking: Booking) -> list[str]:
    """Return to whom an answer goes: to the person at the other end of the hour, not to a box that nobody reads."""
    if not mail.is_for_host:
        return [formataddr((one_line(booking.host.name), booking.host.email))]
    if booking.contact is None:
        return []
    return [formataddr((one_line(booking.contact.name), booking.contact.email))]
