"""How a rule that is not met is told: the code, the sentence, and what is near where the time is taken."""

from datetime import datetime
from typing import Any

from accounts.models import Contact, Customer
from core.errors import Conflict, Invalid, ProductError
from queues.models import Booking, Queue
from queues.queries.slots import Around, nearest
from queues.rules.customers import Refusal
from queues.rules.reasons import TAKEN, Reason

OUTSIDE = "Nobody gives hours at that time; choose one of the hours shown."


class Taken(Exception):
    """The time is somebody else's by now.

    It never leaves the actions: whoever asked is told what is near, once nothing is locked any more. `around` is what
    was read of the days around it, where that is how it was seen.
    """

    def __init__(self, around: Around | None = None) -> None:
        super().__init__()
        self.around = around


def refused(refusal: Refusal, **details: Any) -> Invalid:
    """Return the error of a rule about customers."""
    return Invalid(refusal.words, code=refusal.code, **details)


def not_offered(queue: Queue, around: Around, host_id: int | None) -> ProductError | Taken:
    """Return the error where none of the hosts has the hour."""
    reasons = set(around.reasons.values())
    if not reasons:
        if host_id is not None:
            return Invalid("This person does not host this queue.", code="host_unknown", field="host")
        return Invalid(OUTSIDE, code="outside_availability", field="start")
    if Reason.NOTICE in reasons:
        return Invalid(
            f"It must be booked at least {_notice(queue.notice_minutes)} ahead.", code="notice", field="start"
        )
    if Reason.HORIZON in reasons:
        return Invalid(f"It can be booked at most {queue.horizon_days} days ahead.", code="horizon", field="start")
    if TAKEN & reasons:
        return Taken(around)
    return Invalid(OUTSIDE, code="outside_availability", field="start")


def slot_taken(
    taken: Taken,
    queue: Queue,
    starts_at: datetime,
    *,
    customer: Customer,
    contact: Contact | None = None,
    host_id: int | None = None,
    moving: Booking | None = None,
) -> Conflict:
    """Return the error with the three nearest hours as `nearest` (Slots): the named host's, or anybody's."""
    asked: dict[str, Any] = {"customer": customer, "contact": contact, "host": host_id, "moving": moving}
    near = nearest(queue, starts_at, around=taken.around, **asked)
    words = "This hour has just been taken."
    words += " Take one of those near it." if near else " Nothing else is free; join the waiting list."
    return Conflict(words, code="slot_taken", nearest=near)


def _notice(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minutes"
    if rest:
        return f"{hours} h {rest} min"
    return "1 hour" if hours == 1 else f"{hours} hours"
