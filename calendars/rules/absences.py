"""Absences: from which moment to which somebody is away, as entered in days and times of its own zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from calendars.rules.clock import MINUTES_A_DAY, moment, zone_of
from calendars.rules.spans import Span


@dataclass(frozen=True)
class Away:
    """The days of an absence, and the minutes of the first and the last day where it is not whole days."""

    first: date
    last: date
    starts: int | None = None
    ends: int | None = None

    @property
    def is_whole_days(self) -> bool:
        """Tell whether the person is away from midnight to midnight."""
        return self.starts is None and self.ends is None

    def span(self, zone: str) -> Span:
        """Return the time in UTC; empty or backwards where it ends before it begins."""
        begins = moment(self.first, self.starts or 0, zone)
        if self.ends is None:
            return Span(begins, moment(self.last, MINUTES_A_DAY, zone))
        return Span(begins, moment(self.last, self.ends, zone, is_end=True))


def away_as_entered(span: Span, zone: str, *, is_whole_days: bool) -> Away:
    """Return the days and minutes by which the span was entered in this zone."""
    starts, ends = (at.astimezone(zone_of(zone)) for at in span)
    last, ends_minute = ends.date(), _minute(ends)
    if not ends_minute:
        last, ends_minute = last - timedelta(days=1), MINUTES_A_DAY
    if is_whole_days:
        return Away(starts.date(), last)
    return Away(starts.date(), last, _minute(starts), ends_minute)


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute
