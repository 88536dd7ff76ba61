"""The sample's calendars: who works when and where, who is away and who stands in, when nobody works."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import User
from calendars.actions.absences import enter_absence
from calendars.actions.hours import add_company_holiday, set_pattern
from calendars.models import Absence, CompanyHoliday
from demo.sample.work import Work

HOUR = 60
# Patterns begin so long ago that the weeks that are told of lie behind.
LONG_AGO = 300
Periods = tuple[tuple[int, int, int], ...]


def week(days: range | tuple[int, ...], *parts: tuple[float, float]) -> Periods:
    """Return the same hours of the clock on several weekdays; Monday is 0."""
    return tuple((day, int(starts * HOUR), int(ends * HOUR)) for day in days for starts, ends in parts)


OFFICE = week(range(5), (9, 12.5), (13.5, 18))
PART_TIME = week(range(4), (9, 15))
MORNINGS = week(range(5), (8, 13))
NIGHT_OWL = week(range(5), (14, 18), (19, 23))
FOUR_DAYS = week((1, 2, 3, 4), (8, 12.5), (13, 18.5))
# Nepal rests on Saturday.
FROM_SUNDAY = week((6, 0, 1, 2, 3), (10, 13), (14, 18))
NOBODY: Periods = ()


@dataclass(frozen=True)
class Hours:
    """How somebody works from a day on, counted from the day of the load; None is the first of the next month."""

    login: str
    periods: Periods
    from_day: int | None = -LONG_AGO
    subdivision: str = ""


HOURS = (
    Hours("csm", OFFICE),
    Hours("specialist", OFFICE),
    Hours("specialist2", MORNINGS),
    Hours("csm2", OFFICE, subdivision="CA"),
    Hours("csm3", PART_TIME),
    Hours("csm5", NIGHT_OWL, subdivision="BE"),
    Hours("csm6", OFFICE),
    Hours("csm6", PART_TIME, from_day=-30),
    Hours("csm7", FOUR_DAYS, subdivision="MD"),
    # Leaves in six weeks.
    Hours("csm9", OFFICE),
    Hours("csm9", NOBODY, from_day=42),
    Hours("csm11", FROM_SUNDAY),
    # Signed, and starts next month.
    Hours("csm12", NOBODY),
    Hours("csm12", OFFICE, from_day=None, subdivision="NY"),
)


@dataclass(frozen=True)
class Away:
    """Somebody's absence, in days from the day of the load; the note tells it apart."""

    login: str
    first: int
    last: int
    note: str
    kind: str = Absence.Kind.VACATION
    cover: str = ""


AWAY = (
    Away("csm7", -40, -31, "Back from the mountains", cover="csm6"),
    Away("csm3", -12, -10, "Flu", kind=Absence.Kind.SICK),
    Away("csm2", -3, 8, "Two weeks off the grid", cover="csm"),
    Away("csm10", -45, 60, "Parental leave", kind=Absence.Kind.PARENTAL, cover="csm4"),
    Away("csm8", 7, 8, "Product certification", kind=Absence.Kind.TRAINING),
    Away("specialist", 21, 25, "A week by the sea", cover="specialist2"),
    Away("csm5", 14, 18, "Moving house", cover="csm6"),
    Away("csm", 29, 42, "Christmas with the family", cover="csm5"),
)


def keep_calendars(work: Work) -> None:
    """Set working hours, days on which nobody works, and absences with who stands in."""
    for hours in HOURS:
        _set_hours(work, hours)
    for on, name, country in _holidays(work.today):
        if not CompanyHoliday.objects.filter(on=on, country=country).exists():
            add_company_holiday(actor=work.administrator, on=on, name=name, country=country)
    for away in AWAY:
        _send_away(work, away)


def _set_hours(work: Work, hours: Hours) -> None:
    person = work.person(hours.login)
    first_of_next_month = (work.today.replace(day=1) + timedelta(days=32)).replace(day=1)
    starts_on = first_of_next_month if hours.from_day is None else work.today + timedelta(days=hours.from_day)
    set_pattern(
        actor=work.administrator,
        person=person,
        starts_on=starts_on,
        periods=hours.periods,
        time_zone=person.time_zone,
        country=person.country,
        subdivision=hours.subdivision,
    )


def _holidays(today: date) -> list[tuple[date, str, str]]:
    """Return the coming days on which the company, or its people in one country, does not work."""
    year = today.year if today < date(today.year, 12, 24) else today.year + 1
    return [
        (date(year, 12, 24), "Christmas Eve", ""),
        (date(year, 12, 31), "New Year’s Eve", ""),
        (today + timedelta(days=45 - today.weekday()), "Team days in Berlin", "DE"),
    ]


def _send_away(work: Work, away: Away) -> None:
    person = work.person(away.login)
    if Absence.objects.filter(person=person, note=away.note).exists():
        return
    cover: User | None = work.person(away.cover) if away.cover else None
    enter_absence(
        actor=person,
        person=person,
        first=work.today + timedelta(days=away.first),
        last=work.today + timedelta(days=away.last),
        kind=away.kind,
        cover=cover,
        note=away.note,
    )
