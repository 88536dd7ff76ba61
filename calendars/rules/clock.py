"""Wall clocks: what a local time means on the days when clocks change."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from calendars.rules.spans import Span, joined

MINUTES_A_DAY = 24 * 60

# No clock is or was further from UTC.
FURTHEST = timedelta(hours=16)
BLOCK = timedelta(hours=4)
SECOND = timedelta(seconds=1)
# A quarter of a year in every zone there is.
REMEMBERED_DAYS = 60_000

Minutes = tuple[int, int]


class Piece(NamedTuple):
    """The time in UTC from one moment up to another through which a zone's clock is `offset` ahead."""

    starts: datetime
    ends: datetime
    offset: timedelta


@lru_cache(maxsize=700)
def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone; UTC for a name that this machine doesn't know."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


@lru_cache(maxsize=REMEMBERED_DAYS)
def pieces_around(day: date, zone: str) -> tuple[Piece, ...]:
    """Return the time around a local day as pieces of one offset each: a single one but where clocks change."""
    tz, midnight = zone_of(zone), midnight_of(day)
    low, high = midnight - FURTHEST, midnight + timedelta(days=1) + FURTHEST
    if _offset(low, tz) == _offset(high, tz):
        return (Piece(low, high, _offset(low, tz)),)
    pieces, starts, at = [], low, low
    while at < high:
        after = min(at + BLOCK, high)
        if _offset(at, tz) != _offset(after, tz):
            change = _change(at, after, tz)
            pieces.append(Piece(starts, change, _offset(at, tz)))
            starts = change
        at = after
    return (*pieces, Piece(starts, high, _offset(high, tz)))


def moment(day: date, minute: int, zone: str, *, is_end: bool = False) -> datetime:
    """Return the moment in UTC at which the wall clock shows so many minutes after midnight.

    Where the clock shows it twice, a beginning means the first time and an end the second. Where the clock jumps over
    it, it is the moment of the jump. 1440 is the next midnight.
    """
    wall, pieces = midnight_of(day) + _MINUTES[minute], pieces_around(day, zone)
    if is_end:
        return next(
            min(piece.ends, wall - piece.offset) for piece in reversed(pieces) if wall - piece.offset >= piece.starts
        )
    return next(max(piece.starts, wall - piece.offset) for piece in pieces if wall - piece.offset < piece.ends)


def day_span(day: date, zone: str) -> Span:
    """Return the local day from midnight to midnight: 23, 24 or 25 hours, or half an hour more or less."""
    return Span(moment(day, 0, zone), moment(day, MINUTES_A_DAY, zone))


def period_spans(day: date, periods: tuple[Minutes, ...], zone: str) -> list[Span]:
    """Return the time in which the wall clock of this day shows a minute of these periods, in order.

    The periods are minutes from midnight, in order, and neither overlap nor touch. So an hour that the clock shows
    twice counts twice, one that it jumps over counts nothing, and periods that are apart are apart on every day.
    """
    pieces = pieces_around(day, zone)
    midnight = midnight_of(day)
    if len(pieces) == 1:
        midnight -= pieces[0].offset
        return [Span(midnight + _MINUTES[starts], midnight + _MINUTES[ends]) for starts, ends in periods]
    return joined(
        Span(
            max(piece.starts, midnight + _MINUTES[starts] - piece.offset),
            min(piece.ends, midnight + _MINUTES[ends] - piece.offset),
        )
        for starts, ends in periods
        for piece in pieces
    )


def local_day(at: datetime, zone: str) -> date:
    """Return the date on the wall of this zone at this moment."""
    return at.astimezone(zone_of(zone)).date()


def midnight_of(day: date) -> datetime:
    """Return the day's midnight as the wall shows it, written as if it were UTC: an offset leads to the moment."""
    return datetime.combine(day, time(), tzinfo=UTC)


def monday_of(day: date) -> date:
    """Return the Monday of the day's week; weeks are ISO 8601's."""
    return day - timedelta(days=day.weekday())


def _offset(at: datetime, tz: zoneinfo.ZoneInfo) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta(0)


def _change(low: datetime, high: datetime, tz: zoneinfo.ZoneInfo) -> datetime:
    """Return the first moment after `low` at which the offset is no longer that of `low`, to the second."""
    before = _offset(low, tz)
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        if _offset(middle, tz) == before:
            low = middle
        else:
            high = middle
    return high


_MINUTES = tuple(timedelta(minutes=minute) for minute in range(MINUTES_A_DAY + 1))
