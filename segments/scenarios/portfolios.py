"""Portfolios in motion, in memory: customers change tier, lose their CSM and are placed again, week by week.

The rules are those of the real moves: `segments.actions.assignments.tier_changes` and `segments.placement`.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from accounts.models import Tier
from segments.actions.assignments.tier_changes import Moved, without_place
from segments.capacity.inputs import CapacityInput, EventPlan
from segments.placement import Candidate, Placer, Room
from segments.queries.portfolios import Load
from segments.scenarios.changes import TIERS
from segments.scenarios.company import Account, Move, event_days

# Stands for "no CSM": who waits is with nobody, who promises hours and has none.
NOBODY = 0
Limits = Mapping[int, Mapping[str, int | None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer is: with whom, in which tier it counts there, and since which week."""

    account: Account
    person: int
    tier: str
    week: int = 0
    why: str = ""


class Portfolios:
    """Who has which customers: sums of everybody, and the places of those that move at all."""

    def __init__(
        self,
        inputs: CapacityInput,
        events: Mapping[tuple[str, str], EventPlan],
        limits: Limits,
        known: Iterable[Account],
    ) -> None:
        """Start from today; `known` are the customers that wait, and those that may move."""
        self._events = events
        self._first, self._weeks = inputs.first_monday, inputs.weeks
        self._limits = limits
        self.customers: Counter[tuple[int, str]] = Counter()
        self.arr: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
        # By person, and by event and tier: days a week.
        self._event_days: dict[int, dict[tuple[str, str], list[int]]] = {}
        self.touched: set[int] = set()
        self.places: dict[int, Place] = {}
        for person in inputs.people:
            for tier, count in person.customers.items():
                self.customers[person.person_id, tier] = count
                self.arr[person.person_id, tier] = person.arr_by_tier.get(tier, Decimal(0))
            self._event_days[person.person_id] = {kind: list(days) for kind, days in person.event_days.items()}
        for account in known:
            if account.person is not None:
                self.places[account.pk] = Place(account, account.person, account.held_tier)
            elif account.tier in TIERS:
                self._enter(account, NOBODY, account.tier)

    def follow(self, moves: Collection[Move]) -> None:
        """Carry out the moves between tiers: who is tech touch leaves its CSM, others stay while there is a place."""
        with_csm = [move for move in moves if move.account.person is not None]
        for move in moves:
            if move.account.person is None or move.to_tier == Tier.TECH:
                self._leave(move.account.pk)
                if move.to_tier in TIERS:
                    self._enter(move.account, NOBODY, move.to_tier)
        staying = [_moved(move) for move in with_csm if move.to_tier in TIERS]
        staying = [one for one in staying if one.old_tier != one.tier]
        loads = {one.person: self._load(one.person) for one in staying}
        gone = {one.customer for one in without_place(staying, loads)}
        accounts = {move.account.pk: move.account for move in with_csm}
        for one in staying:
            self._leave(one.customer)
            self._enter(accounts[one.customer], NOBODY if one.customer in gone else one.person, one.tier)

    def release(self, person: int, week: int, tiers: Mapping[int, str]) -> None:
        """Let the person's customers wait for another CSM; `tiers` are those that changed."""
        mine = [place for place in self.places.values() if place.person == person]
        for place in mine:
            account = place.account
            self._leave(account.pk)
            tier = tiers.get(account.pk, account.tier)
            if tier in TIERS:
                self._enter(account, NOBODY, tier, week=week)

    def fill(self, candidates: Collection[Candidate], week: int, at: datetime) -> None:
        """Place who waits with these CSMs: high touch first, the biggest ARR first, as far as places reach."""
        for tier in TIERS:
            rooms = self.rooms(candidates, tier)
            waiting = self._next_to_place(tier, rooms.values())
            placer = Placer(candidates, rooms, at)
            for placed in list(placer.place_all(account.need(tier) for account in waiting)):
                account = self.places[placed.customer].account
                self._leave(account.pk)
                self._enter(account, placed.person, tier, week=week, why=placed.why)

    def rooms(self, candidates: Collection[Candidate], tier: str) -> dict[tuple[int, str], Room]:
        """Return the room of these CSMs in the tier."""
        return {
            (one.pk, tier): Room(self.customers[one.pk, tier], self._limits[one.pk].get(tier)) for one in candidates
        }

    def event_days_of(self, person: int) -> dict[tuple[str, str], tuple[int, ...]]:
        """Return the days of the person's customers' events in each week, by (event, tier)."""
        return {kind: tuple(days) for kind, days in self._event_days.get(person, {}).items()}

    def waiting(self, tier: str) -> list[Account]:
        """Return the customers of the tier without a CSM."""
        return [one.account for one in self.places.values() if one.person == NOBODY and one.tier == tier]

    def _next_to_place(self, tier: str, rooms: Iterable[Room]) -> list[Account]:
        waiting = self.waiting(tier)
        free = sum(len(waiting) if room.limit is None else max(0, room.limit - room.used) for room in rooms)
        return heapq.nlargest(min(free, len(waiting)), waiting, key=lambda account: (account.mrr, account.pk))

    def _load(self, person: int) -> dict[str, Load]:
        limits = self._limits.get(person, {})
        return {
            tier: Load(used=self.customers[person, tier], limit=limits.get(tier), arr=self.arr[person, tier])
            for tier in TIERS
        }

    def _enter(self, account: Account, person: int, tier: str, *, week: int = 0, why: str = "") -> None:
        self.places[account.pk] = Place(account, person, tier, week, why)
        self._count(account, person, tier, 1)

    def _leave(self, pk: int) -> None:
        place = self.places.pop(pk, None)
        if place is not None:
            self._count(place.account, place.person, place.tier, -1)

    def _count(self, account: Account, person: int, tier: str, sign: int) -> None:
        self.touched.add(person)
        self.customers[person, tier] += sign
        self.arr[person, tier] += sign * account.arr
        for kind, days in event_days(account, tier, self._events, self._first, self._weeks).items():
            counted = self._event_days.setdefault(person, {}).setdefault(kind, [0] * self._weeks)
            for week, number in enumerate(days):
                counted[week] += sign * number


def _moved(move: Move) -> Moved:
    account = move.account
    return Moved(
        account.pk,
        account.pk,
        account.person or NOBODY,
        account.held_tier,
        move.to_tier,
        account.is_override,
        account.mrr,
    )
