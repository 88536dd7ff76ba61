"""The team's calendar: who works, who is away and who is free on which day, and who stands in."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import User
from calendars.models import Absence
from calendars.queries.absences import absences_between
from calendars.queries.hours import free_days, working_days
from calendars.rules.clock import FURTHEST, midnight_of
from calendars.rules.spans import Span, joined, total_minutes, within
from calendars.rules.weeks import days_between


@dataclass(frozen=True)
class Cell:
    """A person's day: `state` is works, away, part, holiday or off; `text` says it in words, minutes are worked."""

    day: date
    state: str
    text: str
    minutes: int = 0

    @property
    def mark(self) -> str:
        """Return the letter that stands in a narrow column."""
        return {"away": "A", "part": "½", "holiday": "H", "off": "·"}.get(self.state, "")


@dataclass(frozen=True)
class Row:
    """A person's days in order."""

    person: User
    cells: list[Cell]


@dataclass(frozen=True)
class TeamCalendar:
    """Some people's days, and the absences that touch them."""

    days: list[date]
    rows: list[Row]
    absences: list[Absence]


def team_calendar(people: list[User], first: date, last: date, *, open_to: set[int]) -> TeamCalendar:
    """Return the days of these people from the first to the last, in a fixed number of queries.

    Why somebody is away is told only of the people in `open_to` (ids).
    """
    ids = [person.pk for person in people]
    worked, free = working_days(ids, first, last), free_days(ids, first, last)
    window = Span(midnight_of(first) - FURTHEST, midnight_of(last) + timedelta(days=1) + FURTHEST)
    absences = list(absences_between(ids, window))
    of_person: dict[int, list[Absence]] = {pk: [] for pk in ids}
    for absence in absences:
        of_person[absence.person_id].append(absence)
    days = days_between(first, last)
    rows = [
        Row(
            person,
            [
                _cell(
                    day,
                    worked[person.pk][day],
                    free.get(person.pk, {}).get(day, ""),
                    of_person[person.pk],
                    tells=person.pk in open_to,
                )
                for day in days
            ],
        )
        for person in people
    ]
    return TeamCalendar(days, rows, absences)


def _cell(day: date, spans: list[Span], holiday: str, absences: list[Absence], *, tells: bool) -> Cell:
    if not spans:
        return Cell(day, "holiday", holiday) if holiday else Cell(day, "off", "off")
    minutes = total_minutes(spans)
    touching = [
        absence for absence in absences if absence.starts_at < spans[-1].ends and absence.ends_at > spans[0].starts
    ]
    away = total_minutes(within(spans, joined(absence.span for absence in touching)))
    if not away:
        return Cell(day, "works", "works", minutes)
    why = f": {touching[0].get_kind_display().lower()}" if tells else ""
    if away >= minutes:
        return Cell(day, "away", f"away{why}")
    return Cell(day, "part", f"away for a part of the day{why}", minutes - away)
