"""The plain values of a rebalance: who carries whom, what must not be broken, and what should move."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from segments.placement import Candidate, Need

# The tiers whose customers have a personal CSM; the others have no place that could be full.
TIERS = ("high", "low")
# What a rail on time zones compares: with the present CSM's distance, or with nothing.
ZONE_LIKE_NOW, ZONE_WITHIN = "now", "within"


@dataclass(frozen=True)
class Csm(Candidate):
    """A CSM with its limit in each tier (None: no limit); `takes_none` says why it gets no more customers, if so."""

    limits: Mapping[str, int | None] = field(default_factory=dict)
    takes_none: str = ""


@dataclass(frozen=True)
class Customer(Need):
    """A customer with its CSM (None: nobody), and what makes a move costly or forbids it.

    `held_since` is the day on which the present CSM began; `arr` is in the company's currency. `is_changing` says that
    the portfolio has not followed the customer's tier yet.
    """

    csm: int | None = None
    assignment: int | None = None
    name: str = ""
    renews_on: date | None = None
    held_since: date | None = None
    arr: float = 0.0
    is_pinned: bool = False
    is_let_past: bool = False
    is_changing: bool = False
    moved_lately: bool = False


@dataclass(frozen=True)
class Rails:
    """The guard rails and aims as a manager chose them; days, and hours between clocks."""

    # A renewal's price talks begin a month before; the customer should know the people two months before.
    renewal_days: int = 60
    keep_language: bool = True
    zone: str = ZONE_LIKE_NOW
    zone_hours: float = 1.0
    pinned_stay: bool = True
    let_past_stay: bool = True
    place_unassigned: bool = False
    even_out: bool = False
    tiers: tuple[str, ...] = TIERS
    emptied: tuple[int, ...] = ()

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> "Rails":
        """Return the rails kept as JSON; what is missing has its default."""
        known = {name: options[name] for name in cls.__dataclass_fields__ if name in options}
        for name in ("tiers", "emptied"):
            if name in known:
                known[name] = tuple(known[name])
        return cls(**known)

    def kept(self) -> dict[str, Any]:
        """Return the rails as JSON keeps them."""
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return kept | {"tiers": list(self.tiers), "emptied": list(self.emptied)}


@dataclass(frozen=True)
class Problem:
    """Everything a rebalance decides on; `today` is the company's day, `at` the moment at which clocks are compared."""

    csms: tuple[Csm, ...]
    customers: tuple[Customer, ...]
    rails: Rails
    today: date
    at: datetime

    @cached_property
    def by_pk(self) -> dict[int, Csm]:
        """Return the CSMs by id."""
        return {csm.pk: csm for csm in self.csms}

    @cached_property
    def usual_arr(self) -> float:
        """Return the median ARR, against which an ARR is large or small; at least 1."""
        found = sorted(customer.arr for customer in self.customers)
        return max(1.0, found[len(found) // 2]) if found else 1.0

    @cached_property
    def before(self) -> Counter[tuple[int, str]]:
        """Return how many customers each CSM has now, by its id and tier."""
        return Counter((one.csm, one.tier) for one in self.customers if one.csm is not None)

    def limit(self, csm: int, tier: str) -> int | None:
        """Return the CSM's limit in the tier; None where there is none."""
        return self.by_pk[csm].limits.get(tier)


@dataclass(frozen=True)
class Move:
    """One customer's move; the cost is in points."""

    customer: Customer
    source: int | None
    target: int
    cost: float
    why: str


@dataclass(frozen=True)
class Shortfall:
    """A limit that can't be met: by how many, and the plain statement of why."""

    person: int
    tier: str
    over: int
    text: str


@dataclass(frozen=True)
class Solution:
    """The moves, the loads after them by CSM and tier, what can't be met, and who would still have no CSM by tier."""

    moves: tuple[Move, ...]
    after: Mapping[tuple[int, str], int]
    shortfalls: tuple[Shortfall, ...]
    unplaced: Mapping[str, int]
