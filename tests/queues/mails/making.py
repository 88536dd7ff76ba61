"""Booked hours, made by hand, and what is found in the mails about them."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from typing import Any

from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.utils import timezone

from accounts.models import Contact, Customer, User
from calendars.ledger import as_range
from calendars.models import Commitment
from calendars.rules.spans import Span
from queues.mails.sending import send_due
from queues.models import Booking, BookingMail, Offer, Queue, QueueHost, WaitingEntry

HOUR = timedelta(hours=1)


def make_queue(**fields: Any) -> Queue:
    """Return a queue, the same one at every call."""
    return Queue.objects.get_or_create(slug="experts", defaults={"name": "Experts", **fields})[0]


def make_host(person: User, *, meeting_url: str = "https://meet.example/room") -> QueueHost:
    """Return the person as a host of the queue."""
    return QueueHost.objects.create(queue=make_queue(), person=person, meeting_url=meeting_url)


def days_from_now(days: int, hour: int = 9) -> datetime:
    """Return a full hour in UTC so many days ahead."""
    return datetime.now(UTC).replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days)


def take_hour(host: User, starts: datetime, *, kind: str = "hour") -> Commitment:
    """Return the host's commitment for an hour."""
    span = Span(starts, starts + HOUR)
    return Commitment.objects.create(
        host=host,
        kind=kind,
        starts_at=span.starts,
        ends_at=span.ends,
        busy=as_range(span),
        expires_at=starts if kind == "held" else None,
    )


def make_booking(
    host: User,
    contact: Contact | None,
    *,
    customer: Customer | None = None,
    starts: datetime | None = None,
    **fields: Any,
) -> Booking:
    """Return a booked hour of the contact with the host, three days from now unless told otherwise."""
    starts = starts or days_from_now(3)
    owner = customer or contact.customer  # type: ignore[union-attr]
    fields = {"topic_text": "Reports", "source": "portal", "time_zone": "Europe/Berlin", **fields}
    return Booking.objects.create(
        queue=fields.pop("queue", None) or make_queue(),
        host=host,
        contact=contact,
        customer=owner,
        commitment=take_hour(host, starts),
        starts_at=starts,
        ends_at=starts + HOUR,
        **fields,
    )


def move_booking(booking: Booking, *, days: int = 1, host: User | None = None) -> Booking:
    """Return the booking some days later, as the action leaves it."""
    booking.starts_at += timedelta(days=days)
    booking.ends_at += timedelta(days=days)
    booking.host = host or booking.host
    booking.sequence += 1
    booking.moves += 1
    booking.save()
    return booking


def cancel_booking(booking: Booking, reason: str = "") -> Booking:
    """Return the booking cancelled, as the action leaves it."""
    booking.state, booking.cancelled_at, booking.cancel_reason = "cancelled", timezone.now(), reason
    booking.sequence += 1
    booking.save()
    return booking


def make_offer(contact: Contact, host: User, **fields: Any) -> Offer:
    """Return an hour offered to the contact, open for four hours."""
    entry = WaitingEntry.objects.create(
        queue=make_queue(),
        customer=contact.customer,
        contact=contact,
        topic_text="Reports",
        created_at=timezone.now(),
        time_zone="Europe/Berlin",
    )
    starts = days_from_now(3)
    fields = {"expires_at": timezone.now() + 4 * HOUR, **fields}
    return Offer.objects.create(
        entry=entry, commitment=take_hour(host, starts, kind="held"), starts_at=starts, ends_at=starts + HOUR, **fields
    )


def let_pass(**facts: Any) -> None:
    """Let the waiting mails with these facts be due."""
    BookingMail.objects.filter(state="waiting", **facts).update(send_after=timezone.now() - HOUR)


def sent_mails(**facts: Any) -> list[EmailMessage]:
    """Send what is due, once more with the waiting mails of these facts let pass, and return all that was sent."""
    if facts:
        let_pass(**facts)
    send_due()
    return list(outbox.outbox)


def mail_to(address: str) -> EmailMessage:
    """Return the one mail sent to the address."""
    [found] = [message for message in outbox.outbox if message.to == [address]]
    return found


def parsed(message: EmailMessage) -> Parsed:
    """Return the mail as its reader gets it: written out as for a server, and read again."""
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.default)  # type: ignore[return-value]


def calendar_part(message: EmailMessage) -> Parsed:
    """Return the part of the mail that calendars read."""
    [part] = [part for part in parsed(message).walk() if part.get_content_type() == "text/calendar"]
    return part


def states() -> dict[str, int]:
    """Return how many mails are in each state."""
    counted: dict[str, int] = {}
    for state in BookingMail.objects.values_list("state", flat=True):
        counted[state] = counted.get(state, 0) + 1
    return counted
