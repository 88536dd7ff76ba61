"""Asking for a rebalance, and putting it aside."""

from collections.abc import Collection

from accounts.access import people_within
from accounts.models import User
from accounts.permissions import require
from core.errors import Conflict, Invalid, NotFound
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments import promises
from segments.models import Rebalance
from segments.rebalancing import Rails

State = Rebalance.State
AT_WORK = (State.WAITING, State.SOLVING)
# Portfolios of one proposal: more than any manager looks through.
MOST_PEOPLE = 500


@repeated_transaction
def propose_rebalance(*, actor: User, people: Collection[int], rails: Rails) -> Rebalance:
    """Return the rebalance that a worker will work out; asked again while it waits or is at work, it is the same one.

    Raises NotFound for a person who is not the actor's to move, Invalid for nobody, too many, or nobody left to take
    customers.
    """
    require(actor, "rebalance.propose")
    ids = sorted(set(people))
    if not ids:
        raise Invalid("Choose the CSMs between whom customers may move.", field="people")
    if len(ids) > MOST_PEOPLE:
        raise Invalid(f"At most {MOST_PEOPLE} CSMs at once; choose fewer.", field="people", code="too_many")
    if people_within(actor, "rebalance.propose").filter(pk__in=ids).count() != len(ids):
        raise NotFound("There is no such person.")
    if not set(ids) - set(rails.emptied):
        raise Invalid("Somebody has to be left who takes the customers.", field="emptied")
    if not rails.tiers:
        raise Invalid("Choose at least one tier.", field="tiers")
    # Two clicks at once take turns on the person's own row.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    wanted = {"people": ids, "options": rails.kept()}
    same = Rebalance.objects.filter(created_by=actor, state__in=AT_WORK, **wanted).first()
    if same is not None:
        return same
    rebalance = Rebalance.objects.create(created_by=actor, step="Waiting for a worker", **wanted)
    enqueue(promises.REBALANCE, {"rebalance": rebalance.pk}, key=str(rebalance.pk))
    return rebalance


@repeated_transaction
def discard_rebalance(*, actor: User, rebalance: Rebalance) -> Rebalance:
    """Return the rebalance, put aside: a worker that is at it stops, and nothing of it can be applied any more.

    Raises Conflict where it was applied.
    """
    locked = lock_rebalance(rebalance)
    if locked.state in (State.APPLIED, State.UNDONE):
        raise Conflict("It was applied; undo it instead.", code="decided")
    if locked.state != State.DISCARDED:
        locked.state, locked.step, locked.claimed_until = State.DISCARDED, f"Put aside by {actor}"[:120], None
        locked.save(update_fields=["state", "step", "claimed_until"])
    return locked


def lock_rebalance(rebalance: Rebalance) -> Rebalance:
    """Return the rebalance as it is now, its row locked until the transaction ends; before any customer or person."""
    return Rebalance.objects.select_for_update(no_key=True, of=("self",)).get(pk=rebalance.pk)


def require_proposed(rebalance: Rebalance) -> None:
    """Return nothing for a proposal that waits for its manager; raise Conflict otherwise."""
    if rebalance.state != State.PROPOSED:
        label = Rebalance.State(rebalance.state).label.lower()
        raise Conflict(f"This rebalance can't be changed any more: {label}.", code="decided", state=rebalance.state)
