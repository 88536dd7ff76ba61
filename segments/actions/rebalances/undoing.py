"""Undoing an applied rebalance: one act that gives every customer back, with a history of both ways."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone

from accounts.models import Assignment, Role, User
from accounts.permissions import require
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from segments.actions.assignments.handovers import close_for_handover
from segments.actions.rebalances.applying import insert_at_once, locked_moves, refuse_changed, write_timelines
from segments.actions.rebalances.proposing import lock_rebalance
from segments.actions.rebalances.telling import tell_csms
from segments.models import Rebalance, RebalanceMove, TierTerms
from segments.queries.portfolios import portfolio_load
from segments.queries.rebalance_problems import CAME_BACK
from segments.queries.rebalances import accepted, changes_of, sums_of


@repeated_transaction
def undo_rebalance(*, actor: User, rebalance: Rebalance, leave: Collection[int] = ()) -> Rebalance:
    """Return the rebalance, now undone: every customer is with its CSM of before, but for those in `leave`.

    Who had no CSM has none again. A portfolio that was past its limit is so again: what comes back passes the limit
    for that reason. Raises Conflict `changed_since` with `changes` where a customer has moved since, Conflict `decided`
    where there is nothing to undo; nothing is written then.
    """
    require(actor, "rebalance.approve")
    locked = lock_rebalance(rebalance)
    if locked.state != Rebalance.State.APPLIED:
        raise Conflict("Only a rebalance that is applied can be undone.", code="decided", state=locked.state)
    done, left = locked_moves(locked), set(leave)
    moves = [move for move in done if move.customer_id not in left]
    if not moves:
        raise Invalid("No customer is left to give back.", code="nothing_to_undo")
    TierTerms.current()
    refuse_changed([one for one in changes_of(locked, applied=True) if one.customer not in left], "undone")
    now = timezone.now()
    _carry_back(locked, moves, actor=actor, at=now)
    locked.state, locked.undone_at, locked.undone_by = Rebalance.State.UNDONE, now, actor
    locked.result = locked.result | {"left_at_undo": len(done) - len(moves)}
    locked.save(update_fields=["state", "undone_at", "undone_by", "result"])
    tell_csms(locked, moves, actor=actor, undone=True)
    return locked


def _carry_back(rebalance: Rebalance, moves: Sequence[RebalanceMove], *, actor: User, at: datetime) -> None:
    why = f"Rebalance {rebalance.pk} was undone"
    leaving = [move.assignment_after for move in moves if move.assignment_after is not None]
    close_for_handover(leaving, actor=actor, at=at, why=why)
    back = [move for move in moves if move.from_person_id is not None]
    past = _past_limits(rebalance, back)
    rows = [
        Assignment(
            customer_id=move.customer_id,
            person_id=move.from_person_id,
            role=Role.CSM,
            tier=move.tier,
            starts_at=at,
            why=why,
            over_limit_reason=_reason(move, past),
            assigned_by=actor,
        )
        for move in back
        if move.from_person_id is not None
    ]
    opened = insert_at_once(rows) if rows else []
    people = {move.from_person_id: move.from_person for move in back if move.from_person is not None}
    write_timelines(leaving, opened, people, actor=actor)  # type: ignore[arg-type]


def _past_limits(rebalance: Rebalance, back: Sequence[RebalanceMove]) -> set[tuple[int | None, str]]:
    """Return the portfolios that would be past a limit with what comes back; asked after all have left."""
    sums = sums_of(accepted(rebalance).filter(pk__in=[move.pk for move in back]))
    people = {move.from_person for move in back if move.from_person is not None}
    load = portfolio_load(people)
    return {
        (person, tier)
        for (person, tier), count in sums.leaving.items()
        if (limit := load[person][tier].limit) is not None and load[person][tier].used + count > limit
    }


def _reason(move: RebalanceMove, past: set[tuple[int | None, str]]) -> str:
    """Return why the customer may come back past a limit: the reason it had before, or the undoing."""
    if (move.from_person_id, move.tier) not in past:
        return ""
    before = move.assignment_before
    return (before.over_limit_reason if before is not None else "") or CAME_BACK
