"""The adapter to the solver: one min-cost flow a tier, in which every customer is one unit that stays or moves once.

Nodes are the CSMs, the kinds of customers of each CSM that fit alike, those without a CSM, and the sink. A customer's
own arc leads from its CSM to its kind, has room for one and costs what leaving costs; from the kind an arc leads to
every CSM that the rails allow and costs what arriving costs. A CSM's places lead to the sink for nothing, and past the
limit for a price that outweighs every chain of moves, so that limits come first and there is always a solution.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ortools.graph.python import min_cost_flow

from segments.placement import main_language
from segments.rebalancing.costs import (
    EVENNESS,
    NOBODY,
    POINT,
    cost_of_arriving,
    cost_of_leaving,
    price_of_excess,
)
from segments.rebalancing.rails import Nearness, reason_to_stay, reasons_against
from segments.rebalancing.shortfalls import shortfalls_of
from segments.rebalancing.values import Csm, Customer, Move, Problem, Solution
from segments.rebalancing.words import Reasons

# The second aim counts shares in steps; within one step nobody is moved for evenness' sake.
STEPS = 20
# How far, from 0 to 1, and in words.
Progress = Callable[[float, str], None]


class Unsolved(Exception):
    """That the solver gave up, which a flow with a price for every excess never should."""


@dataclass(frozen=True)
class _Kind:
    """Customers of one CSM who fit alike: each with the cost of leaving, and who may take them at which cost."""

    csm: int | None
    members: list[tuple[int, Customer]]
    targets: list[tuple[int, int]]


@dataclass
class _Arcs:
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)

    def add(self, tail: int, head: int, room: int, cost: int) -> None:
        self.tails.append(tail)
        self.heads.append(head)
        self.rooms.append(room)
        self.costs.append(cost)

    def __len__(self) -> int:
        return len(self.tails)


def solve(problem: Problem, progress: Progress = lambda share, step: None) -> Solution:
    """Return the moves of least cost by which limits are kept, or are passed by as few customers as can be.

    The same problem always gives the same moves. Raises what `progress` raises, which stops the work.
    """
    near = Nearness(problem.at)
    moves: list[Move] = []
    after = Counter(problem.before)
    labels = {"high": "high touch", "low": "low touch"}
    for number, tier in enumerate(problem.rails.tiers):
        progress(number / len(problem.rails.tiers), f"Working out {labels.get(tier, tier)}")
        customers = sorted((one for one in problem.customers if one.tier == tier), key=lambda one: one.pk)
        found = _Tier(problem, near, tier, customers).moves()
        for customer, target in found:
            after[target, tier] += 1
            if customer.csm is not None:
                after[customer.csm, tier] -= 1
        moves += _told(problem, near, tier, found, after)
    progress(1.0, "Looking at what can't be met")
    unplaced = _unplaced(problem, moves)
    return Solution(tuple(moves), dict(after), tuple(shortfalls_of(problem, near, moves, after)), unplaced)


@dataclass
class _Tier:
    """One tier's flow."""

    problem: Problem
    near: Nearness
    tier: str
    customers: Sequence[Customer]

    def moves(self) -> list[tuple[Customer, int]]:
        """Return who moves to whom, in order of the customers' ids."""
        csms = sorted(self.problem.csms, key=lambda one: one.pk)
        node_of = {csm.pk: node for node, csm in enumerate(csms)}
        nobody, sink = len(csms), len(csms) + 1
        arcs = _Arcs()
        onward: list[tuple[int, _Kind, int]] = []
        for node, kind in enumerate(self._kinds(csms), start=sink + 1):
            home = nobody if kind.csm is None else node_of[kind.csm]
            for cost, _ in kind.members:
                arcs.add(home, node, 1, cost)
            for target, cost in kind.targets:
                onward.append((len(arcs), kind, target))
                arcs.add(node, node_of[target], len(kind.members), cost)
        supplies = Counter(nobody if one.csm is None else node_of[one.csm] for one in self.customers)
        total = supplies.total()
        for csm in csms:
            self._add_places(arcs, node_of[csm.pk], sink, self.problem.limit(csm.pk, self.tier), total)
        arcs.add(nobody, sink, total, NOBODY)
        return _read(_flows(arcs, supplies, sink, total), onward)

    def _kinds(self, csms: Sequence[Csm]) -> Iterator["_Kind"]:
        """Yield the kinds of customers who may move and whom somebody may take."""
        grouped: dict[tuple[Any, ...], list[Customer]] = defaultdict(list)
        for customer in self.customers:
            if not reason_to_stay(self.problem, customer):
                key = (customer.csm, main_language(customer.language), customer.time_zone, customer.country)
                grouped[key].append(customer)
        for members in grouped.values():
            one = members[0]
            targets = [
                (csm.pk, cost_of_arriving(self.near, one, csm))
                for csm in csms
                if csm.pk != one.csm and not reasons_against(self.problem, self.near, one, csm)
            ]
            if targets:
                # Of those alike the cheapest leave, and of those the first, whatever the solver's own order is.
                by_cost = [(cost_of_leaving(self.problem, member), member) for member in members]
                yield _Kind(one.csm, sorted(by_cost, key=lambda pair: (pair[0], pair[1].pk)), targets)

    def _add_places(self, arcs: _Arcs, node: int, sink: int, limit: int | None, total: int) -> None:
        """Let customers stay with the CSM: for nothing up to the limit, or dearer the fuller with the second aim."""
        if not self.problem.rails.even_out:
            arcs.add(node, sink, total if limit is None else limit, 0)
        else:
            # Where there is no limit, as many as everybody would have stands for a full portfolio.
            full = limit if limit is not None else max(1, -(-total // max(1, len(self.problem.csms))))
            for step in range(STEPS):
                places = full * (step + 1) // STEPS - full * step // STEPS
                if places:
                    arcs.add(node, sink, places, EVENNESS * step // STEPS)
            if limit is None:
                arcs.add(node, sink, total, EVENNESS)
        if limit is not None:
            arcs.add(node, sink, total, price_of_excess(len(self.problem.csms)))


def _read(flows: np.ndarray, onward: Iterable[tuple[int, "_Kind", int]]) -> list[tuple[Customer, int]]:
    """Return the moves that the flow stands for; within a kind everybody fits every CSM of it alike."""
    moves: list[tuple[Customer, int]] = []
    taken: Counter[int] = Counter()
    for arc, kind, target in onward:
        units, first = int(flows[arc]), taken[id(kind)]
        moves += [(customer, target) for _, customer in kind.members[first : first + units]]
        taken[id(kind)] += units
    return sorted(moves, key=lambda pair: pair[0].pk)


def _flows(arcs: _Arcs, supplies: Counter[int], sink: int, total: int) -> np.ndarray:
    solver = min_cost_flow.SimpleMinCostFlow()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(
        np.array(arcs.tails, dtype=np.int32),
        np.array(arcs.heads, dtype=np.int32),
        np.array(arcs.rooms, dtype=np.int64),
        np.array(arcs.costs, dtype=np.int64),
    )
    for node, units in sorted(supplies.items()):
        solver.set_node_supply(node, units)
    solver.set_node_supply(sink, -total)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise Unsolved(str(status))
    return solver.flows(numbers)


def _told(
    problem: Problem, near: Nearness, tier: str, found: Iterable[tuple[Customer, int]], after: Counter[tuple[int, str]]
) -> list[Move]:
    reasons = Reasons(problem, near, tier, after)
    return [
        Move(
            customer=customer,
            source=customer.csm,
            target=target,
            cost=(cost_of_leaving(problem, customer) + cost_of_arriving(near, customer, problem.by_pk[target])) / POINT,
            why=reasons.why(customer, problem.by_pk[target]),
        )
        for customer, target in found
    ]


def _unplaced(problem: Problem, moves: Sequence[Move]) -> dict[str, int]:
    placed = {move.customer.pk for move in moves}
    return dict(Counter(one.tier for one in problem.customers if one.csm is None and one.pk not in placed))
