"""Wall clocks: what a local time means on the days when clocks change."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from calendars.rules.spans import Span

MINUTES_A_DAY = 24 * 60


@lru_cache(maxsize=700)
def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone; UTC for a name that this machine doesn't know."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def moment(day: date, minute: int, zone: str, *, is_end: bool = False) -> datetime:
    """Return the moment in UTC at which the wall clock shows so many minutes after midnight.

    Where the clock shows it twice, a beginning means the first time and an end the second, so that a period contains
    the hour that is repeated. Where the clock jumps over it, it is the moment of the jump: a period contains nothing of
    an hour that does not exist. 1440 is the next midnight.
    """
    tz = zone_of(zone)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001  a wall clock has no zone
    earlier, later = wall.replace(tzinfo=tz, fold=0), wall.replace(tzinfo=tz, fold=1)
    before, after = earlier.utcoffset() or timedelta(0), later.utcoffset() or timedelta(0)
    if before == after:
        return earlier.astimezone(UTC)
    if before > after:
        return (later if is_end else earlier).astimezone(UTC)
    return _jump(wall.replace(tzinfo=UTC) - after, wall.replace(tzinfo=UTC) - before, tz)


def _jump(low: datetime, high: datetime, tz: zoneinfo.ZoneInfo) -> datetime:
    """Return the first moment after `low` with the offset that holds at `high`, to the second."""
    target = high.astimezone(tz).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(tz).utcoffset() == target:
            high = middle
        else:
            low = middle
    return high


def day_span(day: date, zone: str) -> Span:
    """Return the local day from midnight to midnight: 23, 24 or 25 hours, or half an hour more or less."""
    return Span(moment(day, 0, zone), moment(day, MINUTES_A_DAY, zone))


def period_span(day: date, starts: int, ends: int, zone: str) -> Span | None:
    """Return the minutes of a local day as a span; None where the clock jumps over all of it."""
    span = Span(moment(day, starts, zone), moment(day, ends, zone, is_end=True))
    return span if span.ends > span.starts else None


def local_day(at: datetime, zone: str) -> date:
    """Return the date on the wall of this zone at this moment."""
    return at.astimezone(zone_of(zone)).date()


def monday_of(day: date) -> date:
    """Return the Monday of the day's week; weeks are ISO 8601's."""
    return day - timedelta(days=day.weekday())
