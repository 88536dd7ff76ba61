"""One week of a team: who has how many hours promised, by cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from segments.capacity.figures import TeamCapacity, WeekCapacity, worked_out
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.page import TONES, WORDS, note_text, percent_text
from segments.queries.capacity.person import Cause, causes_of


@dataclass(frozen=True)
class WeekRow:
    """A CSM's week, or the team's where there is no person."""

    name: str
    person_id: int | None
    week: WeekCapacity
    minutes: list[float]

    @property
    def word(self) -> str:
        """Return in a word whether it fits."""
        return WORDS[self.week.state]

    @property
    def tone(self) -> str:
        """Return how the word looks."""
        return TONES[self.week.state]

    @property
    def percent(self) -> str:
        """Return the utilisation."""
        return percent_text(self.week)

    @property
    def note(self) -> str:
        """Return how much is left or missing."""
        return note_text(self.week)


@dataclass(frozen=True)
class WeekPage:
    """A team's week; `causes` are the columns."""

    team: TeamCapacity
    causes: list[Cause]
    rows: list[WeekRow]
    total: WeekRow


def week_page(people: Sequence[User], today: date, monday: date) -> WeekPage:
    """Return the week of these people, the fullest first."""
    team = worked_out(inputs_for(people, today=today, first_monday=monday, weeks=1))
    causes = causes_of(team)
    ordered = sorted(team.people, key=lambda one: (-(one.weeks[0].promised - one.weeks[0].available), one.person.name))
    rows = [_row(one.person.name, one.person.person_id, one.weeks[0], causes) for one in ordered]
    return WeekPage(team, causes, rows, _row("All", None, team.weeks[0], causes))


def _row(name: str, person_id: int | None, week: WeekCapacity, causes: list[Cause]) -> WeekRow:
    return WeekRow(name, person_id, week, [week.causes.get(cause.name, 0.0) for cause in causes])
