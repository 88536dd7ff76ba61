"""What capacity is worked out from, as plain values: terms, portfolios, events, working time.

`segments.queries.capacity.inputs` reads them; a what-if changes them with `dataclasses.replace` and asks
`segments.capacity.figures.worked_out` again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

# The weeks that the page looks at: a quarter.
WEEKS = 13
# What a row sums up and a snapshot keeps: the first four weeks ahead, and of logged time the last four.
NEAR_WEEKS = 4
NEAR_DAYS = NEAR_WEEKS * 7
# A month is a twelfth of a year of 365.25 days; so 4.348 weeks.
DAYS_A_MONTH = 365.25 / 12
DAYS_A_WEEK = 7
SATURDAY = 5


def planning_monday(today: date) -> date:
    """Return the Monday of the week that is planned: this week's, and from Saturday on the next one's.

    At a weekend nobody can act on the week that ends, and a shortage in it would head the page all the same.
    """
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(weeks=1) if today.weekday() >= SATURDAY else monday


def mondays(first: date, weeks: int = WEEKS) -> tuple[date, ...]:
    """Return the Mondays of so many weeks from this one on."""
    return tuple(first + timedelta(weeks=number) for number in range(weeks))


@dataclass(frozen=True)
class EventPlan:
    """The minutes that an event takes, spread evenly over the days of some weeks."""

    minutes: int
    weeks: int

    @property
    def days(self) -> int:
        """Return over how many days it is spread."""
        return self.weeks * DAYS_A_WEEK

    def minutes_of(self, days: int) -> float:
        """Return the minutes that so many of its days take; days of several customers add up."""
        return days * self.minutes / self.days


@dataclass(frozen=True)
class Terms:
    """What the settings say; the target in per cent, planned minutes a customer and month by tier."""

    utilisation_target: int
    days_without_contact: int
    planned_minutes: Mapping[str, int]
    # The company's limits, which a person's own ones may replace; None is no limit.
    limits: Mapping[str, int | None]
    # By (event, tier); what is missing takes nothing.
    events: Mapping[tuple[str, str], EventPlan]

    def weekly_minutes(self, tier: str, customers: int) -> float:
        """Return what so many customers of the tier take in an ordinary week."""
        return customers * self.planned_minutes.get(tier, 0) * DAYS_A_WEEK / DAYS_A_MONTH

    def event_minutes(self, event: str, tier: str, days: int) -> float:
        """Return what so many days of such events take."""
        plan = self.events.get((event, tier))
        return plan.minutes_of(days) if plan else 0.0


@dataclass(frozen=True)
class PersonInput:
    """A CSM: who it is, what is in the portfolio, what happens there and how long it works.

    Tuples have one value a week. Money is in the company's currency, time in minutes.
    """

    person_id: int
    name: str
    team_id: int | None = None
    team_name: str = ""
    # Whether the person is an active CSM; of whoever is not there is no time to give.
    is_csm: bool = True
    takes_customers: bool = True
    # By tier.
    customers: Mapping[str, int] = field(default_factory=dict)
    arr_by_tier: Mapping[str, Decimal] = field(default_factory=dict)
    limits: Mapping[str, int | None] = field(default_factory=dict)
    # By (event, tier): the days of these customers' events that fall into each week.
    event_days: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    # By the name of the source.
    other_demand: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    working: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()
    # Working time less absences and what is in the ledger but for customers' time.
    free: tuple[int, ...] = ()
    # Time given in the last four weeks, by the customers' tier.
    logged_by_tier: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CapacityInput:
    """All that the figures of some people are worked out from."""

    today: date
    first_monday: date
    weeks: int
    terms: Terms
    people: tuple[PersonInput, ...]
    # (name, label) of the sources of higher apps.
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def mondays(self) -> tuple[date, ...]:
        """Return the Monday of each week."""
        return mondays(self.first_monday, self.weeks)
