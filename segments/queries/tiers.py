"""The tiers in figures: who is where, what ran, what waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import Assignment, Customer, Role, Tier, User
from core.models import OutboxEntry
from segments import promises
from segments.access import moves_within
from segments.models import TierMove, TierRun

# A run that a worker has not even begun after this long waits for a worker that is not there.
SLOW_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class TierFigures:
    """A tier's customers and their ARR in the company's currency; `tier` is "" for those in none yet."""

    tier: str
    customers: int
    arr: Decimal


def tier_figures() -> list[TierFigures]:
    """Return the customers and the ARR of every tier, and of no tier where there are any; one query."""
    rows = (
        Customer.objects.filter(merged_into=None)
        .order_by()
        .values("tier")
        .annotate(customers=Count("id"), mrr=Sum("mrr"))
    )
    found = {row["tier"] or "": row for row in rows}
    shown = [*Tier.values, *([""] if "" in found else [])]
    return [
        TierFigures(tier, found[tier]["customers"], found[tier]["mrr"] * 12)
        if tier in found
        else TierFigures(tier, 0, Decimal(0))
        for tier in shown
    ]


@dataclass(frozen=True)
class RunState:
    """A run with where it is: waiting, running, done or failed."""

    run: TierRun
    state: str
    is_slow: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more will come of it."""
        return self.state in ("done", "failed")


def run_state(run: TierRun) -> RunState:
    """Return where the run is; one query for one that is not done."""
    if run.finished_at is not None:
        return RunState(run, "done")
    promise = OutboxEntry.objects.filter(kind=promises.RUN, payload__run=run.pk).order_by("-pk").first()
    if promise is None or promise.state in (OutboxEntry.State.FAILED, OutboxEntry.State.DONE):
        return RunState(run, "failed")
    is_claimed = promise.state == OutboxEntry.State.CLAIMED
    return RunState(
        run, "running" if is_claimed else "waiting", is_slow=timezone.now() - promise.run_after > SLOW_AFTER
    )


def latest_runs(count: int = 8) -> list[RunState]:
    """Return the newest runs over all customers; one query, and one more for each that is not done."""
    runs = TierRun.objects.exclude(trigger=TierRun.Trigger.FACTS).select_related("rule_set", "started_by")
    return [run_state(run) for run in runs.order_by("-started_at", "-pk")[:count]]


def waiting_moves(user: User, action: str = "tier.approve") -> QuerySet[TierMove]:
    """Return the moves that wait and that the person may decide, with their customers and their CSMs' names."""
    csm = Assignment.objects.filter(customer=OuterRef("customer"), role=Role.CSM, ends_at=None).values("person__name")
    return (
        moves_within(user, action)
        .filter(status=TierMove.Status.WAITING)
        .select_related("customer", "rule_set")
        .annotate(csm_name=Subquery(csm))
    )


@dataclass(frozen=True)
class MoveFilter:
    """What a list of moves is narrowed to; empty fields narrow nothing."""

    name: str = ""
    status: str = ""
    reason: str = ""
    from_tier: str = ""
    to_tier: str = ""
    version: int | None = None
    since: datetime | None = None


def filtered_moves(user: User, wanted: MoveFilter) -> QuerySet[TierMove]:
    """Return the moves of customers that the person may see, narrowed."""
    conditions: dict[str, Any] = {
        "status": wanted.status,
        "reason": wanted.reason,
        "to_tier": wanted.to_tier,
        "rule_set__version": wanted.version,
        "customer__name__icontains": wanted.name,
        "created_at__gte": wanted.since,
    }
    moves = moves_within(user).filter(**{key: value for key, value in conditions.items() if value})
    if wanted.from_tier:
        none = Q(from_tier=None) if wanted.from_tier == "none" else Q(from_tier=wanted.from_tier)
        moves = moves.filter(none)
    return moves.select_related("customer", "rule_set", "decided_by")
