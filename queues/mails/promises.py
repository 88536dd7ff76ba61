"""Which mails a change of a booking or an offer promises: rows written in the transaction of the change itself."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from core import outbox
from queues.models import Booking, BookingMail, Offer

WAKE = "queues.send_mails"
# A question for a rating waits, so that a follow-up, which asks too, comes first.
RATING_AFTER = timedelta(hours=24)

Kind = BookingMail.Kind
MOVED_ON = "The hour was moved."
CALLED_OFF = "The hour was cancelled."


def promise_booked(booking: Booking) -> None:
    """Promise the confirmations, the reminders and the question for a rating."""
    _write([*_told(booking, Kind.CONFIRMED), *_reminders(booking), *_rating(booking)])


def promise_moved(booking: Booking, *, previous_host: User | None = None) -> None:
    """Promise to tell of the new time; a host who no longer gives the hour is told that it is gone.

    Mails about the old time that still wait are dropped.
    """
    _drop(booking, MOVED_ON)
    mails = [*_told(booking, Kind.MOVED), *_reminders(booking), *_rating(booking)]
    if previous_host is not None and previous_host.pk != booking.host_id:
        mails = [mail for mail in mails if not (mail.kind == Kind.MOVED and mail.is_for_host)]
        mails.append(_mail(booking, Kind.CONFIRMED, booking.host.email, is_for_host=True))
        mails.append(_mail(booking, Kind.CANCELLED, previous_host.email, is_for_host=True))
    _write(mails)


def promise_cancelled(booking: Booking) -> None:
    """Promise to tell of the cancellation; mails about the hour that still wait are dropped."""
    _drop(booking, CALLED_OFF)
    _write(_told(booking, Kind.CANCELLED))


def promise_offer(offer: Offer) -> None:
    """Promise to tell the waiting contact of the hour that is reserved for it."""
    contact = offer.entry.contact
    if contact is not None:
        _write([BookingMail(offer=offer, kind=Kind.OFFER, address=contact.email, send_after=timezone.now())])


def promise_follow_up(booking: Booking) -> None:
    """Promise the follow-up, which asks for a rating too, so that no other mail does."""
    if booking.contact is None:
        return
    BookingMail.objects.filter(booking=booking, kind=Kind.RATING, state=BookingMail.State.WAITING).update(
        state=BookingMail.State.DROPPED, last_error="The follow-up asks for the rating.", claimed_until=None
    )
    _write([_mail(booking, Kind.FOLLOW_UP, booking.contact.email)])


def _told(booking: Booking, kind: str) -> list[BookingMail]:
    """Return this mail for the contact and for the host."""
    mails = [_mail(booking, kind, booking.host.email, is_for_host=True)]
    if booking.contact is not None:
        mails.insert(0, _mail(booking, kind, booking.contact.email))
    return mails


def _reminders(booking: Booking) -> list[BookingMail]:
    """Return the reminders whose moment has not passed already."""
    now = timezone.now()
    mails = []
    for minutes in sorted(set(booking.queue.reminders), reverse=True):
        at = booking.starts_at - timedelta(minutes=minutes)
        if at <= now:
            continue
        for mail in _told(booking, Kind.REMINDER):
            mail.send_after, mail.minutes_before = at, minutes
            mails.append(mail)
    return mails


def _rating(booking: Booking) -> list[BookingMail]:
    if booking.contact is None:
        return []
    return [_mail(booking, Kind.RATING, booking.contact.email, send_after=booking.ends_at + RATING_AFTER)]


def _mail(
    booking: Booking, kind: str, address: str, *, is_for_host: bool = False, send_after: datetime | None = None
) -> BookingMail:
    return BookingMail(
        booking=booking,
        kind=kind,
        sequence=booking.sequence,
        address=address,
        is_for_host=is_for_host,
        send_after=send_after or timezone.now(),
    )


def _drop(booking: Booking, why: str) -> None:
    """Drop what waits about an earlier state of the hour; whoever is no longer its host must still be told so."""
    waiting = BookingMail.objects.filter(booking=booking, state=BookingMail.State.WAITING)
    waiting = waiting.exclude(kind__in=[Kind.CANCELLED, Kind.FOLLOW_UP])
    waiting.update(state=BookingMail.State.DROPPED, last_error=why, claimed_until=None)


def _write(mails: list[BookingMail]) -> None:
    """Write the rows and wake the sender after the commit; who is contact and host in one gets one mail."""
    BookingMail.objects.bulk_create(mails, ignore_conflicts=True)
    # Without a key: bookings that go on at once must not wait for each other at it.
    outbox.enqueue(WAKE, {})


def wake(**facts: Any) -> None:
    """Ask for the sender after the commit, for mails that wait again."""
    outbox.enqueue(WAKE, facts)
