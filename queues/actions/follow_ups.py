"""Sending the customer what the host promised in the hour."""

from django.utils import timezone

from accounts import timeline
from accounts.models import User
from core.errors import Invalid
from core.transactions import repeated_transaction
from queues.actions.guards import lock_hour, refuse_early, refuse_sent
from queues.mails.promises import promise_follow_up
from queues.models import Booking


@repeated_transaction
def send_follow_up(*, actor: User, booking: Booking) -> Booking:
    """Return the booking whose follow-up is now promised to its contact, with the links and files; once only.

    Raises Conflict `sent` where it went out, `not_begun` before the hour and `cancelled`; Invalid where there is nobody
    to send it to or nothing to send.
    """
    locked = lock_hour(booking)
    refuse_sent(locked)
    refuse_early(locked)
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
