"""What bookings mean for the waiting list: a freed hour is offered at once, and who has booked waits no longer."""

from typing import Any

from queues.actions.offers import offer_freed_hour
from queues.actions.waiting import close_on_booking
from queues.models import Booking
from queues.signals import booking_made, slot_freed


def connect() -> None:
    """Listen to bookings; called once, when the app is ready."""
    slot_freed.connect(_offer, dispatch_uid="queues.waiting_list.offer")
    booking_made.connect(_close, dispatch_uid="queues.waiting_list.close")


def _offer(sender: Any, *, queue: Any, host_id: int, starts_at: Any, **_: Any) -> None:
    offer_freed_hour(queue=queue, host_id=host_id, starts_at=starts_at)


def _close(sender: Any, *, booking: Booking, **_: Any) -> None:
    close_on_booking(booking=booking)
