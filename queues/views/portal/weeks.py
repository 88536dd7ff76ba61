"""Free hours arranged as a person picks them: a week of days, each with its hours on the wall of a zone."""

import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from accounts.forms.choices import time_zones
from calendars.rules.clock import local_day, monday_of, zone_of


class FreeHour(Protocol):
    """An hour that may be booked."""

    @property
    def starts(self) -> datetime:
        """Return when it begins, in UTC."""

    @property
    def ends(self) -> datetime:
        """Return when it ends, in UTC."""


@dataclass(frozen=True)
class HourChoice:
    """One hour to pick. `note` tells two of the same wall time apart on the day when clocks go back."""

    starts: datetime
    ends: datetime
    note: str = ""


@dataclass(frozen=True)
class Day:
    """One day of the week shown."""

    date: date
    hours: list[HourChoice]

    @property
    def count_words(self) -> str:
        """Return how many hours are free, in words."""
        return f"{len(self.hours)} free hour{'' if len(self.hours) == 1 else 's'}" if self.hours else "no free hours"


@dataclass(frozen=True)
class Week:
    """Seven days from a Monday; `previous` and `following` are None where there is nothing to look for."""

    monday: date
    days: list[Day]
    previous: date | None
    following: date | None

    @property
    def sunday(self) -> date:
        """Return its last day."""
        return self.monday + timedelta(days=6)

    @property
    def count(self) -> int:
        """Return how many hours are free in it."""
        return sum(len(day.hours) for day in self.days)


def week_of(free: Iterable[FreeHour], *, monday: date, zone: str, first: date, last: date) -> Week:
    """Return the week from this Monday; days outside `first` to `last`, which may not be booked, are left out."""
    by_day: dict[date, list[FreeHour]] = defaultdict(list)
    for hour in free:
        by_day[local_day(hour.starts, zone)].append(hour)
    days = [monday + timedelta(days=number) for number in range(7)]
    return Week(
        monday=monday,
        days=[Day(day, _choices(by_day[day], zone)) for day in days if first <= day <= last],
        previous=monday - timedelta(days=7) if monday > first else None,
        following=monday + timedelta(days=7) if monday + timedelta(days=7) <= last else None,
    )


def monday_asked(text: str, *, first: date, last: date) -> date:
    """Return the Monday of the week asked for, within the days that may be booked; the first week for no date."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        asked = first
    return monday_of(min(max(asked, first), last))


def zone_asked(*wishes: str) -> str:
    """Return the first of the zones that this machine knows, UTC where none is."""
    return next((wish for wish in wishes if wish in _known_zones()), "UTC")


def zone_choices(zone: str) -> list[tuple[str, str]]:
    """Return the zones to choose from, this one among them."""
    choices = time_zones()
    return choices if any(value == zone for value, _ in choices) else [(zone, zone), *choices]


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _choices(hours: Sequence[FreeHour], zone: str) -> list[HourChoice]:
    tz = zone_of(zone)
    walls = [hour.starts.astimezone(tz).replace(tzinfo=None, fold=0) for hour in hours]
    return [
        HourChoice(hour.starts, hour.ends, hour.starts.astimezone(tz).strftime("%Z") if walls.count(wall) > 1 else "")
        for hour, wall in sorted(zip(hours, walls, strict=True), key=lambda pair: pair[0].starts)
    ]
