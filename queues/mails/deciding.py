"""Mails of which nobody knows whether they arrived, and refused ones: a person says what becomes of them."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may, require
from accounts.timeline import record
from core.errors import Conflict, NotFound
from core.transactions import repeated_transaction
from queues.mails.promises import wake
from queues.models import Booking, BookingMail

State = BookingMail.State
OPEN = (State.UNKNOWN, State.FAILED)
MOST_COUNTED = 100


def mails_to_decide(user: User) -> QuerySet[BookingMail]:
    """Return the mails that wait for a decision, the oldest first; raise NotAllowed for who doesn't manage queues."""
    require(user, "queue.manage")
    return (
        BookingMail.objects.filter(state__in=OPEN)
        .select_related("booking__customer", "booking__host", "offer__entry__customer", "offer__entry__queue")
        .order_by("send_after", "id")
    )


def count_to_decide(user: User) -> int:
    """Return how many mails wait for a decision, up to a bound; 0 for who doesn't decide on them."""
    if not may(user, "queue.manage"):
        return 0
    return BookingMail.objects.filter(state__in=OPEN)[:MOST_COUNTED].count()


@repeated_transaction
def note_arrived(*, actor: User, mail_id: int) -> BookingMail:
    """Return the mail, now sent: somebody knows that it arrived.

    Raises NotFound where there is no such mail, Conflict `already_decided` where it does not wait for a decision.
    """
    mail = _open(actor, mail_id)
    mail.state, mail.sent_at, mail.last_error = State.SENT, timezone.now(), ""
    _decide(mail, actor, "arrived, as {actor} says")
    return mail


@repeated_transaction
def send_again(*, actor: User, mail_id: int) -> BookingMail:
    """Return the mail, now waiting to be sent once more; the reader may get it twice.

    It keeps its Message-ID, by which many mail servers tell that the second is the first. Raises as `note_arrived`.
    """
    mail = _open(actor, mail_id)
    mail.state, mail.send_after, mail.last_error = State.WAITING, timezone.now(), ""
    _decide(mail, actor, "is sent again")
    wake()
    return mail


@repeated_transaction
def give_up(*, actor: User, mail_id: int) -> BookingMail:
    """Return the mail, now dropped: nobody needs it any more. Raises as `note_arrived`."""
    mail = _open(actor, mail_id)
    mail.state, mail.last_error = State.DROPPED, f"{actor} gave it up."[:500]
    _decide(mail, actor, "is given up")
    return mail


def _open(actor: User, mail_id: int) -> BookingMail:
    require(actor, "queue.manage")
    mail = BookingMail.objects.select_for_update(of=("self",)).filter(pk=mail_id).first()
    if mail is None:
        raise NotFound("There is no such mail.")
    if mail.state not in OPEN:
        raise Conflict("Somebody has decided on this mail already.", code="already_decided")
    return mail


def _decide(mail: BookingMail, actor: User, what: str) -> None:
    """Store the decision, fence off whoever was sending, and tell it on the customer's timeline."""
    mail.attempts += 1
    mail.claimed_until = None
    mail.save(update_fields=["state", "sent_at", "send_after", "last_error", "attempts", "claimed_until"])
    booking: Booking | None = mail.booking
    customer_id = booking.customer_id if booking is not None else mail.offer.entry.customer_id  # type: ignore[union-attr]
    summary = f"{mail.get_kind_display()} mail to {mail.address} {what.format(actor=actor)}"
    record(customer_id, "booking.mail_decided", summary, actor=actor, data={"mail": mail.pk, "state": mail.state})
