"""The hour as nobody changes it meanwhile, and what is not done with it: cancelled, not begun, its follow-up sent."""

from django.utils import timezone

from accounts.actions.editing import lock_customer
from core.errors import Conflict
from queues.models import Booking


def lock_hour(booking: Booking) -> Booking:
    """Return the hour as it is now, with whom it is; its customer stays locked until the transaction ends."""
    lock_customer(booking.customer)
    return Booking.objects.select_related("customer", "contact", "host", "queue", "topic").get(pk=booking.pk)


def refuse_cancelled(booking: Booking) -> None:
    """Raise Conflict `cancelled` for an hour that is cancelled."""
    if booking.state == Booking.State.CANCELLED:
        raise Conflict("This hour is cancelled.", code="cancelled")


def refuse_early(booking: Booking) -> None:
    """Raise Conflict `not_begun` before the hour begins, `cancelled` for one that is cancelled."""
    refuse_cancelled(booking)
    if booking.starts_at > timezone.now():
        raise Conflict("This hour has not begun yet.", code="not_begun")


def refuse_sent(booking: Booking, field: str | None = None) -> None:
    """Raise Conflict `sent`, at the field, once the follow-up has gone out; `cancelled` for a cancelled hour."""
    refuse_cancelled(booking)
    if booking.follow_up_sent_at:
        raise Conflict("The follow-up has been sent; what was sent stays as it is.", code="sent", field=field)
