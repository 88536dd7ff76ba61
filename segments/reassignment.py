"""The reassignment: every customer to the tier that the active rules and the pins lead to.

One transaction under one lock, set-based: two runs at once take turns and the second finds nothing left to do; a run
killed midway has done nothing, and its repetition does it all.
"""

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.figures import refresh_figures
from accounts.models import User
from core.audit import acting
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments import promises
from segments.models import TierRun
from segments.moving import Mover
from segments.plan import Moment, make_plan
from segments.queries.rule_sets import active_rule_set, rule_book
from segments.rules import HELD, MOVING, Outcome, RuleBook

# Runs take turns on this advisory lock; the number only has to be one that nothing else in the database uses.
TURN = 7_010_002
# Enough to hash and sort the customers that move without a file.
WORK_MEM = "128MB"


def reassign(
    *,
    trigger: str = TierRun.Trigger.DEMAND,
    customer_ids: Collection[int] | None = None,
    actor: User | None = None,
    run: TierRun | None = None,
) -> dict[str, Any]:
    """Return what the run did, as its TierRun keeps it: considered, moved, waiting, held … with the run's id.

    All customers, or those given, whose figures are brought to today first. A run for changed facts that changes
    nothing leaves no TierRun. Raises Conflict where no rule set is active.
    """
    ids = None if customer_ids is None else sorted(set(customer_ids))
    if ids == []:
        return _empty()
    refresh_figures(ids)
    return _reassign(trigger, ids, actor, run)


@repeated_transaction
def _reassign(trigger: str, ids: list[int] | None, actor: User | None, run: TierRun | None) -> dict[str, Any]:
    with connection.cursor() as cursor, _audit(trigger, actor):
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEM])
        _take_turn(cursor)
        if run is not None:
            run = TierRun.objects.get(pk=run.pk)
            if run.finished_at is not None:
                return run.summary
        # The clock is read under the lock, so that a later run never has an earlier time.
        moment = Moment.at(timezone.now())
        rule_set = active_rule_set()
        book = rule_book(rule_set, now=moment.now)
        make_plan(cursor, book, moment, customer_ids=ids)
        run = run or TierRun(trigger=trigger, started_by=actor, started_at=moment.now)
        run.rule_set = rule_set
        if trigger != TierRun.Trigger.FACTS:
            run.save()
        return _carry_out(cursor, book, moment, run, ids)


def _take_turn(cursor: Any) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _carry_out(cursor: Any, book: RuleBook, moment: Moment, run: TierRun, ids: list[int] | None) -> dict[str, Any]:
    planned = Mover(cursor, book, moment).counts()
    if run.pk is None and _changes_something(planned):
        run.save()
    mover = Mover(cursor, book, moment, run_id=run.pk)
    csms = mover.move(ids)
    waiting = mover.propose(ids)
    summary = {"considered": _count_customers(cursor, ids)} | _summary(mover.counts()) | waiting | csms
    needs_csm = any(new != "tech" and outcome in MOVING for outcome, _, new in planned)
    if needs_csm or csms["displaced"] or csms["released"]:
        # A place that got free may be what another customer waits for, so the filling is for all.
        enqueue(promises.FILL, {}, key="all")
    if run.pk is None:
        return summary | {"run": None}
    run.summary, run.finished_at = summary, timezone.now()
    run.save()
    return summary | {"run": run.pk}


def _changes_something(planned: dict[tuple[str, str, str], tuple[int, Any]]) -> bool:
    return any(outcome in (*MOVING, Outcome.WAITING) for outcome, _, _ in planned)


def _summary(counts: dict[tuple[str, str, str], tuple[int, Any]]) -> dict[str, Any]:
    """Return the counts of the plan by what became of the customers, and the moves by from and to."""
    found = dict.fromkeys((one.value for one in Outcome if one is not Outcome.STAYS), 0)
    moves: dict[str, int] = {}
    for (outcome, old, new), (count, _) in counts.items():
        found[outcome] += count
        if outcome in MOVING:
            moves[f"{old or 'none'}>{new}"] = moves.get(f"{old or 'none'}>{new}", 0) + count
    return {
        "moved": sum(found[one] for one in MOVING),
        "moves": moves,
        "first": found[Outcome.FIRST],
        "pinned": found[Outcome.PINNED],
        "waiting": found[Outcome.WAITING],
        "held": sum(found[one] for one in HELD),
        "held_by_margin": found[Outcome.MARGIN],
        "held_by_days": found[Outcome.DAYS],
        "held_by_rejection": found[Outcome.REJECTED],
        "skipped": found[Outcome.SKIPPED],
    }


def _empty() -> dict[str, Any]:
    nothing = {"proposed": 0, "overtaken": 0, "released": 0, "displaced": 0, "kept": 0}
    return {"considered": 0} | _summary({}) | nothing | {"run": None}


def _count_customers(cursor: Any, ids: list[int] | None) -> int:
    if ids is not None:
        cursor.execute("SELECT count(*) FROM accounts_customer WHERE merged_into_id IS NULL AND id = ANY (%s)", [ids])
    else:
        cursor.execute("SELECT count(*) FROM accounts_customer WHERE merged_into_id IS NULL")
    return cursor.fetchone()[0]


@contextlib.contextmanager
def _audit(trigger: str, actor: User | None) -> Iterator[None]:
    """Give the audit triggers who and why."""
    with acting(actor.email if actor else "tier run", why=f"Tiers reassigned ({trigger})"):
        yield
