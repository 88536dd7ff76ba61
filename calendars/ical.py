"""iCalendar files (RFC 5545) and the messages of invitations (RFC 5546), made of plain values.

Times are written in UTC, so that no reader needs a zone's rules. The same values always give the same bytes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum

from django.utils.encoding import iri_to_uri
from icalendar import Calendar, Event, vCalAddress, vText

from calendars.rules.spans import Span

PRODUCT_ID = "-//CS Platform//Calendar//EN"
# The right side of a UID. It is no machine's name: an installation may move, the events in people's calendars stay.
UID_HOST = "hours.cs-platform"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_BUT_NEWLINE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]+")


class Method(StrEnum):
    """What a calendar file asks of its reader."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True)
class Party:
    """Somebody in an event; who has not accepted yet is still to answer."""

    name: str
    email: str
    has_accepted: bool = True


@dataclass(frozen=True)
class Happening:
    """An event as calendars know it.

    `uid` stays for the life of the event and `sequence` grows with every change of it. `stamp` is when this telling of
    it was made: of two with the same sequence the later one counts. With `days` it takes whole days, the second of
    them the first day after it.
    """

    uid: str
    sequence: int
    span: Span
    summary: str
    stamp: datetime
    created_at: datetime
    changed_at: datetime
    description: str = ""
    location: str = ""
    url: str = ""
    organizer: Party | None = None
    attendees: tuple[Party, ...] = ()
    is_cancelled: bool = False
    days: tuple[date, date] | None = None


@dataclass(frozen=True)
class CalendarFile:
    """The bytes of a calendar file, and the method that they name."""

    method: Method | None
    content: bytes

    @property
    def text(self) -> str:
        """Return the file as text; its lines end in CR LF."""
        return self.content.decode()


def uid_of(name: object) -> str:
    """Return the UID of the thing of this name, which nothing else has."""
    return f"{name}@{UID_HOST}"


def invitation(happening: Happening) -> CalendarFile:
    """Return what puts the event into its attendees' calendars, moves it there, or takes a cancelled one out.

    Raises ValueError where RFC 5546 wants an organizer or attendees and there are none.
    """
    if happening.organizer is None or not happening.attendees:
        raise ValueError("An invitation has an organizer and attendees.")
    method = Method.CANCEL if happening.is_cancelled else Method.REQUEST
    calendar = _calendar(method)
    calendar.add_component(_event(happening))
    return CalendarFile(method, calendar.to_ical())


def published(happening: Happening) -> CalendarFile:
    """Return the event as a file that a person adds to a calendar by hand; nobody is asked to answer."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add_component(_event(happening, with_attendees=False))
    return CalendarFile(Method.PUBLISH, calendar.to_ical())


def feed(happenings: Iterable[Happening], *, name: str, refresh: timedelta) -> CalendarFile:
    """Return the events as a calendar that programs subscribe to and read again after `refresh`."""
    calendar = _calendar(None)
    # Apple and Outlook read the older names, newer programs those of RFC 7986.
    for key in ("name", "x-wr-calname"):
        calendar.add(key, _line(name))
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{int(refresh.total_seconds() // 60)}M")
    for happening in happenings:
        calendar.add_component(_event(happening, with_people=False))
    return CalendarFile(None, calendar.to_ical())


def organizer_from(address: str, name: str = "") -> Party:
    """Return the party of a mail address as From knows it, `Name <box@host>`; `name` goes before the address's own."""
    own_name, email = parseaddr(address)
    return Party(name or own_name or email, email)


def _calendar(method: Method | None) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method.value)
    return calendar


def _event(happening: Happening, *, with_people: bool = True, with_attendees: bool = True) -> Event:
    event = Event()
    event.add("uid", _line(happening.uid))
    event.add("sequence", happening.sequence)
    event.add("dtstamp", _second(happening.stamp))
    event.add("created", _second(happening.created_at))
    event.add("last-modified", _second(happening.changed_at))
    event.add("dtstart", happening.days[0] if happening.days else _second(happening.span.starts))
    event.add("dtend", happening.days[1] if happening.days else _second(happening.span.ends))
    event.add("summary", _line(happening.summary))
    event.add("status", "CANCELLED" if happening.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if happening.description:
        event.add("description", _lines(happening.description))
    if happening.location:
        event.add("location", _line(happening.location))
    if happening.url:
        event.add("url", _uri(happening.url))
    if with_people and happening.organizer:
        event.add("organizer", _organizer(happening.organizer), encode=False)
    if with_people and with_attendees:
        for party in happening.attendees:
            event.add("attendee", _attendee(party), encode=False)
    return event


def _organizer(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{_address(party.email)}")
    # Few readers know the escape of a quotation mark inside a name (RFC 6868).
    address.params["CN"] = vText(_line(party.name).replace('"', "'"))
    return address


def _attendee(party: Party) -> vCalAddress:
    address = _organizer(party)
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("ACCEPTED" if party.has_accepted else "NEEDS-ACTION")
    # An answer would go to a box that nobody reads: who can't come moves or cancels by the links of the mail.
    address.params["RSVP"] = vText("FALSE")
    return address


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _line(text: str) -> str:
    """Return the text on one line: nothing in it can begin a line of its own."""
    return _CONTROL.sub(" ", text).strip()


def _lines(text: str) -> str:
    """Return the text with plain line ends, which the library escapes, and without other control characters."""
    return _CONTROL_BUT_NEWLINE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _uri(address: str) -> str:
    return iri_to_uri(_CONTROL.sub("", address).strip().replace(" ", "%20"))


def _address(email: str) -> str:
    return re.sub(r"[\x00-\x20\x7f-\x9f\"<>;,]", "", email)
