"""Weeks: how a person works from a day on, and the days that this gives."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from calendars.rules.clock import Minutes, period_spans
from calendars.rules.spans import Span

ONE_DAY = timedelta(days=1)
DAYS_A_WEEK = 7

Day = tuple[Minutes, ...]
Week = tuple[Day, ...]

FREE: Day = ()
# What somebody works who has not said otherwise: Monday to Friday from 9 to 18 with an hour's break, 8 hours a day.
USUAL_DAY: Day = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
USUAL_WEEK: Week = (USUAL_DAY,) * 5 + (FREE,) * 2


@dataclass(frozen=True)
class Rhythm:
    """How a person works: its week (Monday first), the zone of its clock, and whose public holidays are free."""

    week: Week
    zone: str
    country: str = ""
    subdivision: str = ""


def day_of(periods: Iterable[Minutes]) -> Day:
    """Return the periods of a day in order, those that touch or overlap as one."""
    result: list[Minutes] = []
    for starts, ends in sorted(periods):
        if result and starts <= result[-1][1]:
            result[-1] = (result[-1][0], max(ends, result[-1][1]))
        else:
            result.append((starts, ends))
    return tuple(result)


def week_of(periods: Iterable[tuple[int, int, int]]) -> Week:
    """Return the week that these periods make, each a weekday (Monday is 0), a start and an end in minutes."""
    by_weekday: list[list[Minutes]] = [[] for _ in range(DAYS_A_WEEK)]
    for weekday, starts, ends in periods:
        by_weekday[weekday].append((starts, ends))
    return tuple(day_of(of_day) for of_day in by_weekday)


def days_between(first: date, last: date) -> list[date]:
    """Return every date from the first to the last, both included."""
    return [first + ONE_DAY * number for number in range((last - first).days + 1)]


def worked_days(rhythm: Rhythm, first: date, last: date, closed: Container[date]) -> dict[date, list[Span]]:
    """Return what is worked on each day from the first to the last; nothing on those that are closed."""
    week, zone = rhythm.week, rhythm.zone
    return {
        day: period_spans(day, periods, zone) if (periods := week[day.weekday()]) and day not in closed else []
        for day in days_between(first, last)
    }


def minutes_a_week(week: Week) -> int:
    """Return how many minutes the week has by the wall clock."""
    return sum(ends - starts for day in week for starts, ends in day)
