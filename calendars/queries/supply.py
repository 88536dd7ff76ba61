"""What people can give: working time less absences and less what they are committed to beside customers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from calendars.models import Commitment
from calendars.queries.hours import Days, working_days
from calendars.queries.ledger import taken_spans
from calendars.rules.clock import FURTHEST, midnight_of
from calendars.rules.spans import MINUTE, Span, joined, total_minutes, within
from calendars.rules.weeks import DAYS_A_WEEK, days_between

ABSENCE = frozenset({str(Commitment.Kind.ABSENCE)})
# Customers' time is demand, so it is not taken from the supply as well.
TAKEN_OFF = frozenset(str(kind) for kind in Commitment.Kind) - Commitment.CUSTOMERS_TIME


@dataclass(frozen=True)
class WeekHours:
    """A person's ISO week in its own zone, in minutes: working is absent, committed and free together."""

    working: int = 0
    absent: int = 0
    committed: int = 0
    free: int = 0


def weekly_minutes(people_ids: Iterable[int], first_monday: date, weeks: int) -> dict[int, list[WeekHours]]:
    """Return the hours of each person in each of so many weeks, from the one that begins on this Monday.

    Absent is working time that an absence takes in the ledger, committed what else but customers' time is taken of it
    (`Commitment.CUSTOMERS_TIME`). An hour booked before an absence began counts as worked, as it does in the demand.
    Five queries. Raises ValueError for a day that is not a Monday.
    """
    if first_monday.weekday():
        raise ValueError(f"{first_monday} is not a Monday.")
    ids = list(dict.fromkeys(people_ids))
    days = days_between(first_monday, first_monday + timedelta(days=weeks * DAYS_A_WEEK - 1))
    if not days:
        return {person: [] for person in ids}
    worked = working_days(ids, days[0], days[-1])
    window = Span(midnight_of(days[0]) - FURTHEST, midnight_of(days[-1]) + FURTHEST + timedelta(days=1))
    taken = taken_spans(ids, window, TAKEN_OFF)
    return {person: _weeks(days, worked[person], taken[person]) for person in ids}


def _weeks(days: list[date], worked: Days, taken: list[tuple[str, Span]]) -> list[WeekHours]:
    absences = joined(span for kind, span in taken if kind in ABSENCE)
    others = joined(span for kind, span in taken if kind not in ABSENCE)
    result = []
    for number in range(0, len(days), DAYS_A_WEEK):
        spans = [span for day in days[number : number + DAYS_A_WEEK] for span in worked[day]]
        working = sum((span.ends - span.starts for span in spans), timedelta(0)) // MINUTE
        absent, committed = _shared_minutes(spans, absences), _shared_minutes(spans, others)
        result.append(WeekHours(working, absent, committed, working - absent - committed))
    return result


def _shared_minutes(spans: list[Span], taken: list[Span]) -> int:
    """Return the minutes that both have in common; of `taken`, in order and apart, only what is near is looked at."""
    if not spans or not taken:
        return 0
    first = bisect_right(taken, min(span.starts for span in spans), key=lambda one: one.ends)
    beyond = bisect_left(taken, max(span.ends for span in spans), key=lambda one: one.starts)
    return total_minutes(within(spans, taken[first:beyond])) if first < beyond else 0
