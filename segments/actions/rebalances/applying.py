"""Applying a proposal: one act in one transaction, or nothing and a list of what has changed since."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.actions.portfolios import TIMELINE_BATCH, lock_customers, lock_people
from accounts.models import Assignment, Role, TimelineEntry, User
from accounts.permissions import require
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from segments.actions.assignments.giving import entries_of_entering
from segments.actions.assignments.handovers import close_for_handover, entries_of_leaving
from segments.actions.assignments.refusals import WITHIN_LIMIT
from segments.actions.rebalances.proposing import lock_rebalance, require_proposed
from segments.actions.rebalances.telling import tell_csms
from segments.models import Rebalance, RebalanceMove, TierTerms
from segments.queries.rebalances import OPEN_CSM, Change, accepted, changes_of, loads_of, places_missing, sums_of


@repeated_transaction
def apply_rebalance(*, actor: User, rebalance: Rebalance, note: str = "", drop: Collection[int] = ()) -> Rebalance:
    """Return the rebalance, now applied: every accepted move is done, but for the customers in `drop`.

    Raises Conflict `changed_since` with `changes` where a move no longer holds or a portfolio has no place left any
    more, Conflict `decided` where somebody decided before, Invalid where no move is left; nothing is written then.
    """
    require(actor, "rebalance.approve")
    locked = lock_rebalance(rebalance)
    require_proposed(locked)
    accepted(locked).filter(customer__in=drop).update(is_accepted=False)
    moves = locked_moves(locked)
    if not moves:
        raise Invalid("No move is left in this proposal; there is nothing to apply.", code="nothing_to_apply")
    _require_unchanged(locked)
    loads = loads_of(locked).kept()
    now = timezone.now()
    _carry_out(moves, actor=actor, at=now, why=_why(locked, note))
    locked.state, locked.applied_at, locked.applied_by = Rebalance.State.APPLIED, now, actor
    locked.result = locked.result | {"loads": loads, "note": note.strip()[:300]}
    locked.save(update_fields=["state", "applied_at", "applied_by", "result"])
    tell_csms(locked, moves, actor=actor, note=note.strip())
    return locked


def locked_moves(rebalance: Rebalance) -> list[RebalanceMove]:
    """Return the accepted moves with what they need; first the customers' rows are locked by id, then the people's."""
    keys = list(accepted(rebalance).values_list("customer", "from_person", "to_person"))
    lock_customers([customer for customer, _, _ in keys])
    lock_people(person for _, *both in keys for person in both if person is not None)
    moves = accepted(rebalance).select_related(
        "customer", "from_person", "to_person", "assignment_before__person", "assignment_after__person"
    )
    return list(moves.order_by("customer"))


def refuse_changed(changes: Sequence[Change], what: str) -> None:
    """Return nothing for no change; raise Conflict that tells what has changed."""
    if changes:
        first = "; ".join(f"{one.name} {one.text}" for one in changes[:3])
        more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""
        raise Conflict(
            f"Nothing was {what}, because things have changed since: {first}{more}.",
            code="changed_since",
            changes=[one.told() for one in changes],
        )


def _require_unchanged(rebalance: Rebalance) -> None:
    # Terms never set are made with their defaults before anything is compared with them.
    TierTerms.current()
    sums = sums_of(accepted(rebalance))
    refuse_changed([*changes_of(rebalance), *places_missing(sums.change, sums.entering)], "applied")


def _carry_out(moves: Sequence[RebalanceMove], *, actor: User, at: datetime, why: str) -> None:
    leaving = [move.assignment_before for move in moves if move.assignment_before is not None]
    # All portfolios are left before any is entered, so that two CSMs with full ones may change customers.
    for target, group in _by_target(moves).items():
        old = [move.assignment_before for move in group if move.assignment_before is not None]
        close_for_handover(old, actor=actor, at=at, why=f"Handed over to {target}: {why}")
    opened = insert_at_once(
        [
            Assignment(
                customer_id=move.customer_id,
                person_id=move.to_person_id,
                role=Role.CSM,
                tier=move.tier,
                starts_at=at,
                why=f"{why}: {move.why}"[:300],
                assigned_by=actor,
            )
            for move in moves
        ]
    )
    write_timelines(leaving, opened, {move.to_person_id: move.to_person for move in moves}, actor=actor)
    remember_opened(moves)


def insert_at_once(rows: list[Assignment]) -> list[Assignment]:
    """Return the assignments now open, entered in one statement, so that the database's guard counts once.

    Raises Conflict `changed_since` where the guard refuses all the same.
    """
    try:
        with transaction.atomic():
            return Assignment.objects.bulk_create(rows)
    except IntegrityError as error:
        report = getattr(error.__cause__, "diag", None)
        if getattr(report, "constraint_name", None) != WITHIN_LIMIT or report is None:
            raise
        facts = json.loads(report.message_detail)
        text = f"would have {facts['would_hold']} {facts['tier']}-touch customers; the limit is {facts['limit']}"
        refuse_changed([Change(text=text, name=str(User.objects.get(pk=facts["person"])))], "changed")
        raise


def write_timelines(
    leaving: Sequence[Assignment], opened: Sequence[Assignment], people: dict[int, User], *, actor: User
) -> None:
    """Tell every customer's timeline who left and who came, and why."""
    before = {old.customer_id: old for old in leaving}
    entries = entries_of_leaving(leaving, actor=actor)
    entered: dict[int, list[Assignment]] = defaultdict(list)
    for new in opened:
        entered[new.person_id].append(new)
    for person, rows in entered.items():
        entries += entries_of_entering(rows, people[person], before, actor=actor)
    TimelineEntry.objects.bulk_create(entries, batch_size=TIMELINE_BATCH)


def remember_opened(moves: Iterable[RebalanceMove]) -> None:
    """Let every move know the assignment that the act opened; one statement."""
    opened = OPEN_CSM.filter(customer=OuterRef("customer")).values("pk")[:1]
    RebalanceMove.objects.filter(pk__in=[move.pk for move in moves]).update(assignment_after=Subquery(opened))


def _by_target(moves: Sequence[RebalanceMove]) -> dict[User, list[RebalanceMove]]:
    groups: dict[User, list[RebalanceMove]] = defaultdict(list)
    for move in moves:
        groups[move.to_person].append(move)
    return groups


def _why(rebalance: Rebalance, note: str) -> str:
    return f"Rebalance {rebalance.pk}" + (f", {note.strip()}" if note.strip() else "")
