"""Promises the mails about a booking or an offer in the transaction that makes, moves or cancels it."""

from typing import Any

from accounts.models import User
from queues.mails.promises import promise_booked, promise_cancelled, promise_moved, promise_offer
from queues.mails.waiting import tell_ended
from queues.models import Booking, Offer, WaitingEntry
from queues.signals import booking_cancelled, booking_made, booking_moved, offer_made, waiting_ended


def connect() -> None:
    """Listen to bookings and offers; called once, when the app is ready."""
    booking_made.connect(_made, dispatch_uid="queues.mails.made")
    booking_moved.connect(_moved, dispatch_uid="queues.mails.moved")
    booking_cancelled.connect(_cancelled, dispatch_uid="queues.mails.cancelled")
    offer_made.connect(_offered, dispatch_uid="queues.mails.offered")
    waiting_ended.connect(_ended, dispatch_uid="queues.mails.waiting_ended")


def _made(sender: Any, *, booking: Booking, **_: Any) -> None:
    promise_booked(booking)


def _moved(sender: Any, *, booking: Booking, old_host_id: int, **_: Any) -> None:
    is_other = old_host_id != booking.host_id
    promise_moved(booking, previous_host=User.objects.get(pk=old_host_id) if is_other else None)


def _cancelled(sender: Any, *, booking: Booking, **_: Any) -> None:
    promise_cancelled(booking)


def _offered(sender: Any, *, offer: Offer, **_: Any) -> None:
    promise_offer(offer)


def _ended(sender: Any, *, entry: WaitingEntry, **_: Any) -> None:
    tell_ended(entry)
