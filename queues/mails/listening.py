"""Promises the mails about a booking in the transaction that makes, moves or cancels it."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from queues.mails.promises import promise_booked, promise_cancelled, promise_moved
from queues.models import Booking
from queues.signals import booking_cancelled, booking_made, booking_moved


@receiver(booking_made, dispatch_uid="queues.mails.booked")
def on_made(*, booking: Booking, **_: Any) -> None:
    """Promise the mails about a new booking."""
    promise_booked(booking)


@receiver(booking_moved, dispatch_uid="queues.mails.moved")
def on_moved(*, booking: Booking, old_host_id: int, **_: Any) -> None:
    """Promise the mails about a moved booking."""
    is_other = old_host_id != booking.host_id
    promise_moved(booking, previous_host=User.objects.get(pk=old_host_id) if is_other else None)


@receiver(booking_cancelled, dispatch_uid="queues.mails.cancelled")
def on_cancelled(*, booking: Booking, **_: Any) -> None:
    """Promise the mails about a cancelled booking."""
    promise_cancelled(booking)
