"""One CSM's hours, with all that takes them beside customers."""

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from segments.capacity import demand
from segments.capacity.demand import DemandRow
from segments.capacity.figures import PersonCapacity, TeamCapacity, worked_out
from segments.capacity.inputs import NEAR_WEEKS, planning_monday
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.people import people_of


@dataclass(frozen=True)
class Cause:
    """One thing that takes minutes."""

    name: str
    label: str
    minutes: float


@dataclass(frozen=True)
class PersonPage:
    """A CSM's hours in some weeks."""

    team: TeamCapacity
    other: list[tuple[str, list[DemandRow]]]

    @property
    def one(self) -> PersonCapacity:
        """Return the person's figures."""
        return self.team.people[0]

    @property
    def causes(self) -> list[Cause]:
        """Return what takes the time, in a fixed order; what takes none is left out."""
        return causes_of(self.team)

    @property
    def working(self) -> int:
        """Return the minutes worked by the pattern."""
        return sum(self.one.person.working)

    @property
    def absent(self) -> int:
        """Return the minutes away."""
        return sum(self.one.person.absent)

    @property
    def free(self) -> int:
        """Return the minutes that are left of work, before the target."""
        return sum(self.one.person.free)

    @property
    def committed(self) -> int:
        """Return the minutes of meetings and the like."""
        return self.working - self.absent - self.free


LABELS = {
    "high": "High-touch customers",
    "low": "Low-touch customers",
    "tech": "Tech-touch customers",
    "renewal": "Renewals",
    "onboarding": "Onboardings",
}


def labels_of(team: TeamCapacity) -> dict[str, str]:
    """Return the words for every cause."""
    return {**LABELS, **dict(team.inputs.sources)}


def causes_of(team: TeamCapacity) -> list[Cause]:
    """Return what takes the team's time in all its weeks; what takes none is left out."""
    sums = {name: sum(week.causes.get(name, 0.0) for week in team.weeks) for name in labels_of(team)}
    return [Cause(name, label, sums[name]) for name, label in labels_of(team).items() if sums[name]]


def near_of(csm: User, today: date) -> PersonPage:
    """Return the CSM's hours in the four weeks that its row sums up."""
    return _page(csm, today, planning_monday(today), NEAR_WEEKS)


def week_of(csm: User, today: date, monday: date) -> PersonPage:
    """Return the CSM's hours in one week."""
    return _page(csm, today, monday, 1)


def _page(csm: User, today: date, first: date, weeks: int) -> PersonPage:
    team = worked_out(inputs_for(people_of([csm.pk]), today=today, first_monday=first, weeks=weeks))
    other = [
        (source.label, [row for monday in team.inputs.mondays for row in source.rows(csm.pk, monday)])
        for source in demand.sources()
    ]
    return PersonPage(team, [(label, rows) for label, rows in other if rows])
