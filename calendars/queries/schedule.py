"""What the page of somebody's hours shows beside the form: what holds when, days that differ, holidays to come."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import User
from calendars.models import CompanyHoliday, SpecialDay, WorkPattern
from calendars.queries.hours import Rhythm, rhythm_on
from calendars.rules.public_holidays import holidays_between
from calendars.rules.weeks import Day, day_of, minutes_a_week, week_of
from calendars.rules.words import day_text, week_lines

HOLIDAYS_AHEAD = timedelta(days=365)
SHOWN_HOLIDAYS = 10
SHOWN_PATTERNS = 20
SHOWN_SPECIAL_DAYS = 50


@dataclass(frozen=True)
class Phase:
    """Working hours that begin on a day; `pattern` is None for the usual week that nobody has set."""

    pattern: WorkPattern | None
    starts_on: date | None
    rhythm: Rhythm
    is_current: bool

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the days that are worked with their hours."""
        return week_lines(self.rhythm.week)

    @property
    def minutes(self) -> int:
        """Return the minutes of a week."""
        return minutes_a_week(self.rhythm.week)


@dataclass(frozen=True)
class OtherDay:
    """A day that differs, with its hours."""

    day: SpecialDay
    periods: Day

    @property
    def text(self) -> str:
        """Return the hours in words; "free" where there are none."""
        return day_text(self.periods)


@dataclass(frozen=True)
class Holiday:
    """A day that is free, and whether it is the company's own."""

    on: date
    name: str
    is_companys: bool = False


def phases_of(person: User, today: date) -> list[Phase]:
    """Return the person's hours over time, the newest first; two queries and those of today's rhythm."""
    patterns = list(
        WorkPattern.objects.filter(person=person).prefetch_related("periods").order_by("-starts_on")[:SHOWN_PATTERNS]
    )
    current = next((pattern for pattern in patterns if pattern.starts_on <= today), None)
    phases = [Phase(pattern, pattern.starts_on, _rhythm(pattern), pattern == current) for pattern in patterns]
    if current is None:
        phases.append(Phase(None, None, rhythm_on(person, today), is_current=True))
    return phases


def special_days_of(person: User, today: date) -> list[OtherDay]:
    """Return the days of the person that differ, from today on, the first first."""
    days = SpecialDay.objects.filter(person=person, on__gte=today).prefetch_related("periods").order_by("on")
    return [
        OtherDay(day, day_of((one.starts, one.ends) for one in day.periods.all())) for day in days[:SHOWN_SPECIAL_DAYS]
    ]


def next_holidays(country: str, subdivision: str, today: date) -> list[Holiday]:
    """Return the next days that are free for somebody there, public holidays and the company's own."""
    last = today + HOLIDAYS_AHEAD
    public = [Holiday(on, name) for on, name in holidays_between(country, subdivision, today, last).items()]
    own = CompanyHoliday.objects.filter(on__range=(today, last), country__in={"", country})
    found = [*public, *(Holiday(one.on, one.name, is_companys=True) for one in own)]
    return sorted(found, key=lambda one: (one.on, one.name))[:SHOWN_HOLIDAYS]


def _rhythm(pattern: WorkPattern) -> Rhythm:
    week = week_of((one.weekday, one.starts, one.ends) for one in pattern.periods.all())
    return Rhythm(week, pattern.time_zone, pattern.country, pattern.subdivision)
