"""Holding an hour while somebody fills in the form."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.actions.editing import lock_customer
from accounts.models import Contact, Customer, User
from calendars.ledger import lock_hosts, release
from calendars.models import Commitment
from core.transactions import repeated_transaction
from queues.actions.placing import Wish, place, start_of
from queues.actions.refusals import Taken, refused, slot_taken
from queues.models import Hold, Queue
from queues.queries.customers import own_holds, refusal_of

# As long as filling in the form takes somebody who is interrupted once.
HOLD_MINUTES = 5


def hold_slot(
    *,
    actor: User | None,
    queue: Queue,
    customer: Customer,
    starts_at: datetime,
    host: User | None = None,
    contact: Contact | None = None,
    beyond_allowance: bool = False,
) -> Hold:
    """Return the hour held for the customer for five minutes; a hold that it had in this queue is given back.

    With `beyond_allowance` the customer's allowance may be used up: whoever books then says why.
    Raises Conflict `slot_taken` with `nearest` and Invalid for a rule that is not met, as `book` does.
    """
    try:
        return _hold(
            actor=actor,
            queue=queue,
            customer=customer,
            starts_at=starts_at,
            host=host,
            contact=contact,
            beyond_allowance=beyond_allowance,
        )
    except Taken as taken:
        host_id = host.pk if host else None
        raise slot_taken(taken, queue, starts_at, customer=customer, contact=contact, host_id=host_id) from None


@repeated_transaction
def release_hold(*, hold: Hold) -> None:
    """Give the held hour back, where it is still held."""
    customer = lock_customer(hold.customer)
    found = [own for own in own_holds(hold.queue, customer) if own.pk == hold.pk]
    lock_hosts(own.commitment.host_id for own in found)
    for own in found:
        release(own.commitment)


def remaining(hold: Hold, *, now: datetime | None = None) -> timedelta:
    """Return for how long the hour is still held; nothing where it is free again."""
    ends = hold.commitment.expires_at
    if not hold.commitment.active or ends is None:
        return timedelta(0)
    return max(timedelta(0), ends - (now or timezone.now()))


@repeated_transaction
def _hold(
    *,
    actor: User | None,
    queue: Queue,
    customer: Customer,
    starts_at: datetime,
    host: User | None,
    contact: Contact | None,
    beyond_allowance: bool,
) -> Hold:
    customer, starts_at = lock_customer(customer), start_of(starts_at)
    queue = Queue.objects.get(pk=queue.pk)
    refusal = refusal_of(queue, customer, contact=contact)
    if refusal is not None:
        raise refused(refusal)
    held = own_holds(queue, customer)
    given_back = tuple(own.commitment for own in held)
    wish = Wish(queue, customer, starts_at, host.pk if host else None, given_back, beyond_allowance=beyond_allowance)
    expires_at = timezone.now() + timedelta(minutes=HOLD_MINUTES)
    placed = place(wish, kind=Commitment.Kind.HELD, title=f"Held: {customer}", expires_at=expires_at, actor=actor)
    return Hold.objects.create(
        queue=queue,
        commitment=placed.commitment,
        customer=customer,
        is_any_host=host is None,
        why_host=placed.why[:300],
    )
