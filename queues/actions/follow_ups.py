"""Sending the customer what the host promised in the hour."""

from django.utils import timezone

from accounts import timeline
from accounts.actions.editing import lock_customer
from accounts.models import User
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from queues.mails.promises import promise_follow_up
from queues.models import Booking


@repeated_transaction
def send_follow_up(*, actor: User, booking: Booking) -> Booking:
    """Return the booking whose follow-up is now promised to its contact, with the links and files; once only.

    Raises Conflict `sent` where it went out, `not_begun` before the hour and `cancelled`; Invalid where there is nobody
    to send it to or nothing to send.
    """
    lock_customer(booking.customer)
    locked = Booking.objects.select_related("customer", "contact", "host", "queue").get(pk=booking.pk)
    if locked.state == Booking.State.CANCELLED:
        raise Conflict("This hour is cancelled.", code="cancelled")
    if locked.follow_up_sent_at:
        raise Conflict("The follow-up has been sent already.", code="sent")
    if locked.starts_at > timezone.now():
        raise Conflict("This hour has not begun yet.", code="not_begun")
    if locked.contact is None:
        raise Invalid("There is no contact to send it to.", code="no_contact")
    if not locked.follow_up and not locked.follow_up_items.exists():
        raise Invalid("Write a message, or add a link or a file.", code="empty", field="follow_up")
    locked.follow_up_sent_at = timezone.now()
    locked.save(update_fields=["follow_up_sent_at", "updated_at"])
    promise_follow_up(locked)
    timeline.record(
        locked.customer_id,
        "booking.follow_up",
        f"Sent what was promised to {locked.contact}",
        actor=actor,
        why=locked.topic_text,
        data={"booking": str(locked.uid)},
    )
    return locked
