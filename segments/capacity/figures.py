"""The figures of capacity: hours promised, hours there are, and in words whether the one fits into the other.

`worked_out` is pure: plain inputs in, plain figures out. `segments.queries.capacity.figures` reads the inputs first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from segments.capacity.inputs import NEAR_WEEKS, CapacityInput, PersonInput, Terms

# From here on a portfolio leaves no room for what nobody planned.
TIGHT_FROM = 0.9
# Minutes in which promised and available may differ by rounding alone.
ROUNDING = 1e-6

TIERS = ("high", "low", "tech")


class State(StrEnum):
    """Whether the promised hours fit into the hours there are."""

    IDLE = "idle"
    FITS = "fits"
    TIGHT = "tight"
    OVER = "over"


def state_of(promised: float, available: float) -> State:
    """Return how promised and available minutes fit: over where more is promised, tight from 90 %."""
    if promised <= ROUNDING and available <= ROUNDING:
        return State.IDLE
    if promised > available + ROUNDING:
        return State.OVER
    return State.TIGHT if promised >= TIGHT_FROM * available else State.FITS


@dataclass(frozen=True)
class Balance:
    """Minutes promised beside minutes available."""

    promised: float
    available: float

    @property
    def state(self) -> State:
        """Return how the one fits into the other."""
        return state_of(self.promised, self.available)

    @property
    def utilisation(self) -> float | None:
        """Return the part of the available time that is promised; None where there is no time."""
        return self.promised / self.available if self.available > ROUNDING else None

    @property
    def short(self) -> float:
        """Return the minutes that are missing; 0 where it fits."""
        return max(0.0, self.promised - self.available)

    @property
    def room(self) -> float:
        """Return the minutes that are left; 0 where it does not fit."""
        return max(0.0, self.available - self.promised)


@dataclass(frozen=True)
class WeekCapacity(Balance):
    """One week of a person or of a team, with what takes the time."""

    monday: date
    # Minutes by cause: the tiers, "renewal", "onboarding" and the names of other sources.
    causes: Mapping[str, float]
    working: int = 0
    absent: int = 0


@dataclass(frozen=True, kw_only=True)
class SeveralWeeks:
    """Weeks and their sums."""

    weeks: tuple[WeekCapacity, ...]

    @cached_property
    def near(self) -> Balance:
        """Return the sum of the first four weeks."""
        return balance_of(self.weeks[:NEAR_WEEKS])

    @cached_property
    def whole(self) -> Balance:
        """Return the sum of all weeks."""
        return balance_of(self.weeks)


@dataclass(frozen=True, kw_only=True)
class PersonCapacity(SeveralWeeks):
    """A CSM's figures."""

    person: PersonInput

    @property
    def customers(self) -> int:
        """Return how many customers the portfolio has."""
        return sum(self.person.customers.values())

    @property
    def arr(self) -> Decimal:
        """Return the portfolio's ARR in the company's currency."""
        return sum(self.person.arr_by_tier.values(), Decimal(0))

    @property
    def logged(self) -> int:
        """Return the minutes given in the last four weeks."""
        return sum(self.person.logged_by_tier.values())

    def over_limit(self, tier: str) -> int:
        """Return how many customers of the tier there are past the limit."""
        limit = self.person.limits.get(tier)
        return 0 if limit is None else max(0, self.person.customers.get(tier, 0) - limit)

    @property
    def is_past_a_limit(self) -> bool:
        """Tell whether there are too many customers of any tier."""
        return any(self.over_limit(tier) for tier in TIERS)


@dataclass(frozen=True, kw_only=True)
class TeamCapacity(SeveralWeeks):
    """The figures of several people with their totals."""

    inputs: CapacityInput
    people: tuple[PersonCapacity, ...]

    @cached_property
    def customers(self) -> dict[str, int]:
        """Return the customers by tier."""
        return {tier: sum(one.person.customers.get(tier, 0) for one in self.people) for tier in TIERS}

    @cached_property
    def arr_by_tier(self) -> dict[str, Decimal]:
        """Return the ARR by tier, in the company's currency."""
        return {
            tier: sum((one.person.arr_by_tier.get(tier, Decimal(0)) for one in self.people), Decimal(0))
            for tier in TIERS
        }

    @property
    def arr(self) -> Decimal:
        """Return the ARR of all portfolios, in the company's currency."""
        return sum(self.arr_by_tier.values(), Decimal(0))

    @cached_property
    def limits(self) -> dict[str, int | None]:
        """Return the sum of the limits of active CSMs by tier; None where one of them has none."""
        summed: dict[str, int | None] = {}
        for tier in TIERS:
            limits = [one.person.limits.get(tier) for one in self.people if one.person.is_csm]
            summed[tier] = None if None in limits else sum(limit for limit in limits if limit is not None)
        return summed

    @cached_property
    def logged_by_tier(self) -> dict[str, int]:
        """Return the minutes given in the last four weeks by the customers' tier."""
        return {tier: sum(one.person.logged_by_tier.get(tier, 0) for one in self.people) for tier in (*TIERS, "")}

    @property
    def logged(self) -> int:
        """Return the minutes given in the last four weeks."""
        return sum(one.logged for one in self.people)


def balance_of(balances: Iterable[Balance]) -> Balance:
    """Return the sum."""
    promised = available = 0.0
    for one in balances:
        promised += one.promised
        available += one.available
    return Balance(promised, available)


def worked_out(inputs: CapacityInput) -> TeamCapacity:
    """Return the figures that follow from the inputs, people in the same order."""
    people = tuple(PersonCapacity(person=person, weeks=_weeks(person, inputs)) for person in inputs.people)
    return TeamCapacity(inputs=inputs, people=people, weeks=_team_weeks(people, inputs))


def available_minutes(person: PersonInput, week: int, terms: Terms) -> float:
    """Return the minutes for customers: free time at the target, none of whoever is no active CSM."""
    if not person.is_csm or week >= len(person.free):
        return 0.0
    return person.free[week] * terms.utilisation_target / 100


def _weeks(person: PersonInput, inputs: CapacityInput) -> tuple[WeekCapacity, ...]:
    terms = inputs.terms
    ordinary = {tier: terms.weekly_minutes(tier, person.customers.get(tier, 0)) for tier in TIERS}
    weeks = []
    for number, monday in enumerate(inputs.mondays):
        causes = dict(ordinary)
        for (event, tier), days in person.event_days.items():
            causes[event] = causes.get(event, 0.0) + terms.event_minutes(event, tier, days[number])
        for name, minutes in person.other_demand.items():
            causes[name] = minutes[number]
        weeks.append(
            WeekCapacity(
                promised=sum(causes.values()),
                available=available_minutes(person, number, terms),
                monday=monday,
                causes=causes,
                working=_at(person.working, number),
                absent=_at(person.absent, number),
            )
        )
    return tuple(weeks)


def _team_weeks(people: tuple[PersonCapacity, ...], inputs: CapacityInput) -> tuple[WeekCapacity, ...]:
    return tuple(
        _team_week([one.weeks[number] for one in people], monday) for number, monday in enumerate(inputs.mondays)
    )


def _team_week(weeks: list[WeekCapacity], monday: date) -> WeekCapacity:
    causes: dict[str, float] = {}
    for week in weeks:
        for cause, minutes in week.causes.items():
            causes[cause] = causes.get(cause, 0.0) + minutes
    return WeekCapacity(
        promised=sum(week.promised for week in weeks),
        available=sum(week.available for week in weeks),
        monday=monday,
        causes=causes,
        working=sum(week.working for week in weeks),
        absent=sum(week.absent for week in weeks),
    )


def _at(values: tuple[int, ...], number: int) -> int:
    return values[number] if number < len(values) else 0
