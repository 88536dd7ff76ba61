"""The editorial calendar: a month of days with the issues that are planned or sent on each."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from calendars.rules.clock import local_day, moment, monday_of
from newsletters.models import Issue

MOST_SHOWN = 500
MOST_UNPLANNED = 50
WEEK = timedelta(days=7)
# Nobody looks further, and dates have an end.
YEARS = range(1990, 2200)


@dataclass(frozen=True)
class Entry:
    """An issue on a day; `at` is when it is or was sent, None while only its day is planned."""

    issue: Issue
    at: datetime | None
    is_local: bool = False


@dataclass(frozen=True)
class Day:
    """A day of the calendar."""

    day: date
    is_in_month: bool
    entries: list[Entry]


@dataclass(frozen=True)
class Month:
    """A month as whole weeks from Monday on, and what has no day yet."""

    first: date
    weeks: list[list[Day]]
    unplanned: list[Issue]
    has_more: bool

    @property
    def before(self) -> date:
        """Return the first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        """Return the first day of the next month."""
        return (self.first + timedelta(days=32)).replace(day=1)


def month_of(first: date, zone: str) -> Month:
    """Return the month that begins on `first`, its days those of the zone; two queries."""
    _, length = calendar.monthrange(first.year, first.month)
    begins = monday_of(first)
    ends = monday_of(first + timedelta(days=length - 1)) + WEEK
    by_day: dict[date | None, list[Entry]] = {}
    found = _issues_between(begins, ends, zone)
    for issue in found[:MOST_SHOWN]:
        day, entry = _entry(issue, zone)
        by_day.setdefault(day, []).append(entry)
    days = [
        Day(day, day.month == first.month, sorted(by_day.get(day, []), key=_order))
        for day in (begins + timedelta(days=n) for n in range((ends - begins).days))
    ]
    unplanned = Issue.objects.filter(state__in=Issue.EDITABLE, planned_on=None).select_related("topic")
    return Month(
        first=first,
        weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
        unplanned=list(unplanned.order_by("-created_at", "-pk")[:MOST_UNPLANNED]),
        has_more=len(found) > MOST_SHOWN,
    )


def _issues_between(begins: date, ends: date, zone: str) -> list[Issue]:
    starts_at, ends_at = moment(begins, 0, zone), moment(ends, 0, zone)
    in_preparation = Q(state__in=Issue.EDITABLE, planned_on__gte=begins, planned_on__lt=ends)
    committed = ~Q(state__in=Issue.EDITABLE)
    at_once = Q(timing=Issue.Timing.AT_ONCE, send_at__gte=starts_at, send_at__lt=ends_at)
    local = Q(timing=Issue.Timing.LOCAL, local_date__gte=begins, local_date__lt=ends)
    found = Issue.objects.filter(in_preparation | (committed & (at_once | local))).select_related("topic")
    return list(found.order_by("pk")[: MOST_SHOWN + 1])


def _entry(issue: Issue, zone: str) -> tuple[date | None, Entry]:
    if issue.state in Issue.EDITABLE:
        return issue.planned_on, Entry(issue, None)
    if issue.timing == Issue.Timing.LOCAL:
        return issue.local_date, Entry(issue, None, is_local=True)
    return local_day(issue.send_at, zone) if issue.send_at else None, Entry(issue, issue.send_at)


def _order(entry: Entry) -> tuple[datetime, int]:
    return entry.at or datetime(9999, 1, 1, tzinfo=UTC), entry.issue.pk


def month_named(text: str, zone: str) -> date:
    """Return the first day of the month written as 2026-11, of this month for anything else."""
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        first = date.min
    return first if first.year in YEARS else datetime.now(ZoneInfo(zone)).date().replace(day=1)
