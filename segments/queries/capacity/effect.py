"""What other terms would make of the team's hours."""

from dataclasses import dataclass

from accounts.models import User
from segments.capacity.figures import State, TeamCapacity, worked_out
from segments.capacity.inputs import Terms
from segments.queries.allowances import company_today
from segments.queries.capacity.inputs import inputs_for, with_terms
from segments.queries.capacity.page import note_text, percent_text
from segments.queries.capacity.people import csms_seen_by


@dataclass(frozen=True)
class Side:
    """The team under some terms."""

    team: TeamCapacity

    @property
    def percent(self) -> str:
        """Return the utilisation of the next four weeks."""
        return percent_text(self.team.near)

    @property
    def note(self) -> str:
        """Return how much is left or missing in the next four weeks."""
        return note_text(self.team.near)

    @property
    def over(self) -> int:
        """Return how many CSMs have more promised than they have hours."""
        return sum(one.near.state == State.OVER for one in self.team.people)

    @property
    def short_weeks(self) -> int:
        """Return in how many weeks the team has too few hours."""
        return sum(week.state == State.OVER for week in self.team.weeks)


@dataclass(frozen=True)
class Effect:
    """The team under the terms before and after a change."""

    before: Side
    after: Side


def effect_of(user: User, before: Terms, after: Terms) -> Effect:
    """Return what the change makes of the CSMs whose capacity the person may see."""
    people = list(csms_seen_by(user).order_by("name", "pk"))
    inputs = inputs_for(people, today=company_today(), terms=before)
    return Effect(Side(worked_out(inputs)), Side(worked_out(with_terms(inputs, after))))
