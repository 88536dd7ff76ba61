"""What comes of a scenario: plain figures of everybody and of the whole, the same for today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import ceil

from segments.capacity.figures import ROUNDING, Balance, PersonCapacity, balance_of
from segments.capacity.inputs import NEAR_WEEKS, Terms
from segments.scenarios.changes import FULL_WEEK_MINUTES
from segments.scenarios.company import Account
from segments.scenarios.portfolios import Place
from segments.simulation import Flow, Sum


@dataclass(frozen=True)
class PersonOutcome:
    """One CSM: the portfolio after the last placing, and every week's hours with the portfolio of that week."""

    capacity: PersonCapacity
    is_new: bool = False
    starts: date | None = None
    leaves: date | None = None

    @property
    def person_id(self) -> int:
        """Return the person's id; a new CSM's stands for nobody in the database."""
        return self.capacity.person.person_id

    @property
    def name(self) -> str:
        """Return the person's name."""
        return self.capacity.person.name

    @property
    def team_name(self) -> str:
        """Return the team's name; empty for none."""
        return self.capacity.person.team_name

    @property
    def over_weeks(self) -> int:
        """Return in how many weeks more is promised than there is time for."""
        return sum(1 for week in self.capacity.weeks if week.short > ROUNDING)


@dataclass(frozen=True)
class WeekOutcome(Balance):
    """One week of everybody: promised includes what those without a CSM should get."""

    monday: date
    waiting: float = 0.0

    def people_short(self, week_of_one: float) -> int:
        """Return how many CSMs more the week takes, each giving so many minutes."""
        return ceil((self.short - ROUNDING) / week_of_one) if self.short > ROUNDING and week_of_one else 0


@dataclass(frozen=True)
class Left:
    """The customers of a tier that stay without a CSM, and why."""

    total: Sum
    why: str
    accounts: tuple[Account, ...] = ()


@dataclass(frozen=True)
class Shortage:
    """How much is missing in the worst week, since when, and in how many weeks."""

    minutes: float = 0.0
    people: int = 0
    weeks: int = 0
    first: date | None = None
    worst: date | None = None


@dataclass(frozen=True)
class Outcome:
    """The company under a scenario, or today."""

    terms: Terms
    people: tuple[PersonOutcome, ...]
    weeks: tuple[WeekOutcome, ...]
    totals: Mapping[str, Sum]
    left: Mapping[str, Left]
    flows: tuple[Flow, ...] = ()
    # Of those that change tier: whom a manager would have to approve, and who waits for that today already.
    waits_today: int = 0
    places: Mapping[int, Place] | None = None
    released_to_tech: int = 0

    @property
    def moving(self) -> Sum:
        """Return the customers that change tier."""
        return sum((flow.total for flow in self.flows), Sum())

    @property
    def needing_approval(self) -> Sum:
        """Return those of them that a manager would have to approve."""
        return sum((flow.waiting for flow in self.flows), Sum())

    @cached_property
    def changing_csm(self) -> tuple[Place, ...]:
        """Return the customers that end with another CSM than they have today, or with none where they have one."""
        return tuple(
            place
            for place in (self.places or {}).values()
            if place.account.person is not None and place.person != place.account.person
        )

    @property
    def handed_over(self) -> int:
        """Return how many customers change or lose their CSM; those that go to tech touch among them."""
        return len(self.changing_csm) + self.released_to_tech

    def coming_to(self, person_id: int) -> list[Place]:
        """Return the customers that the person has not today."""
        found = (self.places or {}).values()
        return [one for one in found if one.person == person_id and one.account.person != person_id]

    def going_from(self, person_id: int) -> list[Place]:
        """Return the customers that leave the person for another one, or for none."""
        return [one for one in self.changing_csm if one.account.person == person_id]

    @property
    def unassigned(self) -> Sum:
        """Return the customers that should have a CSM and have none."""
        return sum((left.total for left in self.left.values()), Sum())

    @cached_property
    def near(self) -> Balance:
        """Return the sum of the first four weeks, those without a CSM not counted."""
        return self._portfolios(NEAR_WEEKS)

    @cached_property
    def whole(self) -> Balance:
        """Return the sum of all weeks, those without a CSM not counted."""
        return self._portfolios(len(self.weeks))

    def _portfolios(self, weeks: int) -> Balance:
        return balance_of(Balance(week.promised - week.waiting, week.available) for week in self.weeks[:weeks])

    @property
    def week_of_one(self) -> float:
        """Return the minutes for customers that a full week of one CSM has."""
        return FULL_WEEK_MINUTES * self.terms.utilisation_target / 100

    @cached_property
    def shortage(self) -> Shortage:
        """Return what is missing in all, those without a CSM counted."""
        short = [week for week in self.weeks if week.short > ROUNDING]
        if not short:
            return Shortage()
        worst = max(short, key=lambda week: week.short)
        return Shortage(worst.short, worst.people_short(self.week_of_one), len(short), short[0].monday, worst.monday)

    @property
    def overloaded(self) -> tuple[PersonOutcome, ...]:
        """Return the CSMs who have more to do than time in the weeks looked at, taken together."""
        return tuple(one for one in self.people if one.capacity.whole.short > ROUNDING)

    @property
    def past_limit(self) -> tuple[PersonOutcome, ...]:
        """Return the CSMs with more customers of a tier than their limit."""
        return tuple(one for one in self.people if one.capacity.is_past_a_limit)

    @property
    def csms(self) -> int:
        """Return how many CSMs there are at the end of the weeks."""
        return sum(1 for one in self.people if one.capacity.person.is_csm and one.leaves is None)

    def person(self, person_id: int) -> PersonOutcome | None:
        """Return the figures of one person; None where it is not there."""
        return next((one for one in self.people if one.person_id == person_id), None)


@dataclass(frozen=True)
class Group:
    """Several people taken together, as a team."""

    name: str
    people: int
    near: Balance
    whole: Balance
    weeks: tuple[Balance, ...]
    customers: Mapping[str, int]
    arr: Decimal


def grouped(name: str, people: Iterable[PersonOutcome]) -> Group:
    """Return the sums of these people."""
    members = list(people)
    count = len(members[0].capacity.weeks) if members else 0
    tiers = ("high", "low", "tech")
    return Group(
        name=name,
        people=sum(1 for one in members if one.leaves is None and one.capacity.person.is_csm),
        near=balance_of(one.capacity.near for one in members),
        whole=balance_of(one.capacity.whole for one in members),
        weeks=tuple(balance_of(one.capacity.weeks[number] for one in members) for number in range(count)),
        customers={tier: sum(one.capacity.person.customers.get(tier, 0) for one in members) for tier in tiers},
        arr=sum((one.capacity.arr for one in members), Decimal(0)),
    )
