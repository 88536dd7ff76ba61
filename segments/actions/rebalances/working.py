"""The worker's side: claimed by one worker at a time, told step by step, taken up again where a worker died."""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F, Q
from django.utils import timezone

from core.transactions import repeated_transaction
from segments.models import Rebalance, RebalanceMove
from segments.queries.rebalance_problems import problem_of
from segments.rebalancing import Move, Problem, Solution, solve

log = logging.getLogger(__name__)

State = Rebalance.State
# A worker renews its claim with every step, and the longest step at the promised size takes seconds.
LEASE = timedelta(minutes=2)
# A problem that stopped its worker so often would stop the next one too.
MOST_ATTEMPTS = 5
# A rebalance that no worker has begun for so long is asked for again.
PATIENCE = timedelta(seconds=30)
BATCH = 2_000


class LostLease(Exception):
    """That the rebalance was put aside, or that another worker has taken it over."""


@dataclass(frozen=True)
class Lease:
    """The right to write for a rebalance until another worker takes it over."""

    pk: int
    attempt: int

    def say(self, share: float, step: str) -> None:
        """Tell how far the work is, 0 to 1, and in words; raise LostLease where it is this worker's no more."""
        mine = Rebalance.objects.filter(pk=self.pk, attempt=self.attempt, state=State.SOLVING)
        told = mine.update(progress=round(100 * share), step=step[:120], claimed_until=timezone.now() + LEASE)
        if not told:
            raise LostLease


def run_rebalance(pk: int) -> bool:
    """Return whether this worker brought the rebalance to an end.

    A connection or a database that fails leaves it to whoever resumes it; any other failure is told on it.
    """
    lease = claim(pk)
    if lease is None:
        return False
    try:
        _work_out(lease)
    except LostLease:
        log.info("Rebalance %s was put aside or taken over; this worker leaves it", pk)
        return False
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("Rebalance %s failed", pk)
        _fail(lease, f"An error of the program stopped it ({type(error).__name__}: {error})")
    return True


def claim(pk: int) -> Lease | None:
    """Return the lease of a rebalance that nobody works on; None where somebody does or nothing is left to do."""
    now = timezone.now()
    free = Q(state=State.WAITING) | Q(state=State.SOLVING, claimed_until__lt=now)
    claimed = Rebalance.objects.filter(free, pk=pk, attempt__lt=MOST_ATTEMPTS).update(
        state=State.SOLVING, attempt=F("attempt") + 1, claimed_until=now + LEASE, progress=0, step="Begun"
    )
    if not claimed:
        return None
    return Lease(pk, Rebalance.objects.values_list("attempt", flat=True).get(pk=pk))


def resume_rebalances() -> list[int]:
    """Return the rebalances whose worker died or that none has begun; those that died too often are given up."""
    now = timezone.now()
    stuck = Rebalance.objects.filter(
        Q(state=State.WAITING, created_at__lt=now - PATIENCE) | Q(state=State.SOLVING, claimed_until__lt=now)
    )
    stuck.filter(attempt__gte=MOST_ATTEMPTS).update(
        state=State.FAILED, error=f"It was interrupted {MOST_ATTEMPTS} times. Choose fewer CSMs, or ask again."
    )
    return list(stuck.order_by("pk").values_list("pk", flat=True)[:100])


def _work_out(lease: Lease) -> None:
    started = time.monotonic()
    lease.say(0.02, "Reading the portfolios")
    rebalance = Rebalance.objects.select_related("created_by").get(pk=lease.pk)
    problem = problem_of(rebalance)
    count = f"{len(problem.customers):,} customers of {len(problem.csms):,} CSMs"
    lease.say(0.25, f"Looking at {count}")
    solution = solve(problem, lambda share, step: lease.say(0.3 + 0.5 * share, f"{step}: {count}"))
    lease.say(0.85, f"Writing {len(solution.moves):,} moves")
    _write(lease, problem, solution, seconds=time.monotonic() - started)


@repeated_transaction
def _write(lease: Lease, problem: Problem, solution: Solution, *, seconds: float) -> None:
    """Write the proposal, all of it and only while the lease holds."""
    mine = Rebalance.objects.select_for_update(no_key=True, of=("self",)).filter(
        pk=lease.pk, attempt=lease.attempt, state=State.SOLVING
    )
    rebalance = mine.first()
    if rebalance is None:
        raise LostLease
    rows = [_row(rebalance, move) for move in sorted(solution.moves, key=_in_order)]
    RebalanceMove.objects.bulk_create(rows, batch_size=BATCH)
    rebalance.state, rebalance.progress, rebalance.step = State.PROPOSED, 100, "Done"
    rebalance.proposed_at, rebalance.claimed_until = timezone.now(), None
    rebalance.result = _result(problem, solution, seconds)
    rebalance.save(update_fields=["state", "progress", "step", "proposed_at", "claimed_until", "result"])


def _row(rebalance: Rebalance, move: Move) -> RebalanceMove:
    return RebalanceMove(
        rebalance=rebalance,
        customer_id=move.customer.pk,
        tier=move.customer.tier,
        from_person_id=move.source,
        to_person_id=move.target,
        assignment_before_id=move.customer.assignment,
        cost=move.cost,
        arr=round(move.customer.arr, 4),
        why=move.why,
    )


def _in_order(move: Move) -> tuple[Any, ...]:
    """Return by what the moves of a page are ordered: by tier, the biggest ARR first."""
    return move.customer.tier, -move.customer.arr, move.customer.pk


def _result(problem: Problem, solution: Solution, seconds: float) -> dict[str, Any]:
    return {
        "customers": len(problem.customers),
        "seconds": round(seconds, 1),
        "unplaced": dict(solution.unplaced),
        "shortfalls": [
            {"person": one.person, "tier": one.tier, "over": one.over, "text": one.text} for one in solution.shortfalls
        ],
    }


def _fail(lease: Lease, sentence: str) -> None:
    Rebalance.objects.filter(pk=lease.pk, attempt=lease.attempt, state=State.SOLVING).update(
        state=State.FAILED, error=sentence[:300], claimed_until=None
    )
