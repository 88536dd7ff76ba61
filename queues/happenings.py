"""Booked hours as events of calendars: for the contact, for the host, and for feeds of either."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from accounts.models import CompanySettings
from calendars.ical import Happening, Party, organizer_from, uid_of
from calendars.rules.spans import Span
from queues.models import Booking, QueueHost


@dataclass(frozen=True)
class Meeting:
    """How to meet: an address to open, or words where there is none."""

    url: str = ""
    text: str = ""

    @property
    def where(self) -> str:
        """Return the address, or the words."""
        return self.url or self.text


def meeting_of(booking: Booking) -> Meeting:
    """Return how host and contact meet: by the host's own link in this queue, or as the queue says."""
    return meetings_of([booking])[booking.pk]


def meetings_of(bookings: Sequence[Booking]) -> dict[int, Meeting]:
    """Return how they meet for each booking, by its id, in one query; the bookings' queues are loaded."""
    pairs = Q(pk__in=[])
    for queue_id, host_id in {(booking.queue_id, booking.host_id) for booking in bookings}:
        pairs |= Q(queue=queue_id, person=host_id)
    rows = QueueHost.objects.filter(pairs).exclude(meeting_url="").values_list("queue", "person", "meeting_url")
    urls = {(queue_id, host_id): url for queue_id, host_id, url in rows}
    return {
        booking.pk: Meeting(url=urls[booking.queue_id, booking.host_id])
        if (booking.queue_id, booking.host_id) in urls
        else Meeting(text=booking.queue.meeting_text.strip())
        for booking in bookings
    }


def portal_address(booking: Booking) -> str:
    """Return where the contact finds the hour after logging in."""
    return f"{settings.PUBLIC_URL}/portal/hours/{booking.uid}/"


def staff_address(booking: Booking) -> str:
    """Return where the host finds the hour after logging in."""
    return f"{settings.PUBLIC_URL}/queue/hours/{booking.uid}/"


def mail_domain() -> str:
    """Return the domain that mails come from."""
    return organizer_from(settings.DEFAULT_FROM_EMAIL).email.rpartition("@")[2] or "localhost"


def happening_of(
    booking: Booking,
    meeting: Meeting,
    *,
    for_host: bool = False,
    stamp: datetime | None = None,
    sequence: int | None = None,
    is_cancelled: bool | None = None,
    with_people: bool = True,
) -> Happening:
    """Return the hour as an event, in the words of one of the two.

    `stamp`, `sequence` and `is_cancelled` are the booking's own unless a mail says otherwise; a former host is told
    that an hour is cancelled which goes on with somebody else.
    """
    return Happening(
        uid=uid_of(booking.uid),
        sequence=booking.sequence if sequence is None else sequence,
        span=Span(booking.starts_at, booking.ends_at),
        summary=f"{booking.topic_text}: {booking.customer.name if for_host else booking.host.name}",
        stamp=stamp or booking.updated_at,
        created_at=booking.created_at,
        changed_at=booking.updated_at,
        description=_description(booking, meeting, for_host=for_host),
        location=meeting.where,
        url=staff_address(booking) if for_host else portal_address(booking),
        organizer=_organizer() if with_people else None,
        attendees=_attendees(booking) if with_people else (),
        is_cancelled=(booking.state == Booking.State.CANCELLED) if is_cancelled is None else is_cancelled,
    )


def _description(booking: Booking, meeting: Meeting, *, for_host: bool) -> str:
    parts = [booking.topic_text]
    if booking.situation:
        parts.append(booking.situation)
    if meeting.where:
        parts.append(f"How to meet: {meeting.where}")
    if for_host:
        parts.append(f"What to know before the hour: {staff_address(booking)}")
    else:
        parts.append("To move or cancel the hour, use the links in our mail or log in: " + portal_address(booking))
    return "\n\n".join(parts)


def _organizer() -> Party:
    # The address that mails come from: readers distrust invitations that somebody else than the organizer sends, and a
    # host who is the organizer would not get its own invitation into its calendar.
    return organizer_from(settings.DEFAULT_FROM_EMAIL, CompanySettings.current().name)


def _attendees(booking: Booking) -> tuple[Party, ...]:
    host = Party(booking.host.name or booking.host.email, booking.host.email)
    if booking.contact is None:
        return (host,)
    # Who booked has agreed; whom staff booked for may still say that it doesn't suit.
    has_accepted = booking.source != Booking.Source.STAFF
    return (Party(booking.contact.name, booking.contact.email, has_accepted), host)
