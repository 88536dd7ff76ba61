"""A manager edits a proposal: keeps or removes moves, gives a customer another target, adds a move."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import User
from core.errors import Conflict, Invalid, NotFound
from core.transactions import repeated_transaction
from segments.actions.rebalances.proposing import lock_rebalance, require_proposed
from segments.models import Rebalance, RebalanceMove
from segments.queries.rebalance_problems import problem_of
from segments.queries.rebalances import TierLoad, loads_of
from segments.rebalancing import Csm, Customer, Problem
from segments.rebalancing.costs import POINT, cost_of_arriving, cost_of_leaving
from segments.rebalancing.rails import Nearness, broken_rails
from segments.rebalancing.words import fit_in_words, together_in_words


@repeated_transaction
def accept_moves(*, actor: User, rebalance: Rebalance, moves: Collection[int], accepted: bool) -> int:
    """Return how many of these moves are now kept in the proposal, or removed from it.

    Raises Conflict where the proposal is no longer open.
    """
    require_proposed(lock_rebalance(rebalance))
    chosen = RebalanceMove.objects.filter(rebalance=rebalance, pk__in=moves).exclude(is_accepted=accepted)
    return chosen.update(is_accepted=accepted)


@repeated_transaction
def move_to(
    *, actor: User, rebalance: Rebalance, customer: int, person: int, why: str = "", knowingly: bool = False
) -> RebalanceMove:
    """Return the move by which the customer goes to this CSM: the proposal's own with a new target, or a new one.

    Raises NotFound for a customer or a CSM that the proposal does not know, Invalid for the present CSM, and Conflict
    `breaks_rails` naming the guard rails that it breaks, unless it is done `knowingly`.
    """
    require_proposed(lock_rebalance(rebalance))
    problem = problem_of(rebalance, customer_ids=[customer])
    moved, target = _found(problem, customer, person)
    if target.pk == moved.csm:
        raise Invalid(f"{target.name} is the CSM already; remove the move instead.", field="person")
    near = Nearness(problem.at)
    broken = broken_rails(problem, moved, target, near)
    if broken and not knowingly:
        raise Conflict(
            f"This breaks {'a guard rail' if len(broken) == 1 else 'guard rails'}: {'; '.join(broken)}.",
            code="breaks_rails",
            field="person",
            rails=broken,
        )
    fit = fit_in_words(near, moved, target)
    words = [f"{actor} chose it" + (f": {why.strip()}" if why.strip() else ""), f"{target.name}: {fit}" if fit else ""]
    words += [together_in_words(problem, moved), f"although {'; '.join(broken)}" if broken else ""]
    values = {
        "tier": moved.tier,
        "from_person_id": moved.csm,
        "to_person_id": target.pk,
        "assignment_before_id": moved.assignment,
        "is_accepted": True,
        "is_by_hand": True,
        "cost": (cost_of_leaving(problem, moved) + cost_of_arriving(near, moved, target)) / POINT,
        "arr": round(moved.arr, 4),
        "why": " · ".join(word for word in words if word)[:300],
    }
    move, _ = RebalanceMove.objects.update_or_create(rebalance=rebalance, customer_id=customer, defaults=values)
    return move


@dataclass(frozen=True)
class Option:
    """A CSM to whom a customer could go: how it fits, and which guard rails that would break."""

    csm: Csm
    fit: str
    broken: list[str]
    load: TierLoad

    @property
    def is_full(self) -> bool:
        """Tell whether the moves that are kept fill the portfolio already."""
        return self.load.limit is not None and self.load.after >= self.load.limit


@dataclass(frozen=True)
class Choice:
    """A customer with the CSMs to choose from, those who break no rail and fit best first."""

    customer: Customer
    present: Csm | None
    options: list[Option]


def choice_for(rebalance: Rebalance, customer: int) -> Choice:
    """Return to whom the customer could go in this proposal; raise NotFound for one that it does not know."""
    problem = problem_of(rebalance, customer_ids=[customer])
    found = next((one for one in problem.customers if one.pk == customer), None)
    if found is None:
        raise NotFound("There is no such customer in these portfolios.")
    near = Nearness(problem.at)
    others = sorted(
        (csm for csm in problem.csms if csm.pk != found.csm),
        key=lambda csm: (cost_of_arriving(near, found, csm), csm.name, csm.pk),
    )
    loads = {row.pk: load for row in loads_of(rebalance).rows for load in row.tiers if load.tier == found.tier}
    options = [
        Option(csm, fit_in_words(near, found, csm), broken_rails(problem, found, csm, near), loads[csm.pk])
        for csm in others
    ]
    present = problem.by_pk.get(found.csm) if found.csm is not None else None
    return Choice(found, present, sorted(options, key=lambda one: (len(one.broken), one.is_full)))


def _found(problem: Problem, customer: int, person: int) -> tuple[Customer, Csm]:
    moved = next((one for one in problem.customers if one.pk == customer), None)
    if moved is None:
        raise NotFound("There is no such customer in these portfolios.")
    target = problem.by_pk.get(person)
    if target is None:
        raise NotFound("There is no such CSM in this rebalance.")
    return moved, target
