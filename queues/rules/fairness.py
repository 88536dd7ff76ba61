"""Whose turn it is when any expert will do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

# Booked hours count from so long ago on, and all that lie ahead.
RECENT_WEEKS = 4
ORDINARY_WEIGHT = 100
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Load:
    """What a host has had lately: booked minutes, its weight, and when it was last chosen."""

    minutes: int = 0
    weight: int = ORDINARY_WEIGHT
    last: datetime | None = None

    @property
    def weighted(self) -> float:
        """Return the minutes that an ordinary share would have had."""
        return self.minutes * ORDINARY_WEIGHT / self.weight


@dataclass(frozen=True)
class Choice:
    """A host, and why it comes now."""

    host: int
    why: str


def in_turn(hosts: Iterable[int], loads: Mapping[int, Load]) -> list[Choice]:
    """Return the hosts in the order in which an hour goes to them, each with the reason why before those behind it.

    The least weighted minutes come first, then who was chosen the longest ago, then the lower id.
    """
    known = {host: loads.get(host, Load()) for host in hosts}
    order = sorted(known, key=lambda host: (known[host].weighted, known[host].last or NEVER, host))
    return [Choice(host, _why(host, order[place + 1 :], known)) for place, host in enumerate(order)]


def _why(host: int, behind: list[int], loads: Mapping[int, Load]) -> str:
    mine = loads[host]
    if not behind:
        return "The only one free at that time"
    total = sum(loads[one].minutes for one in [host, *behind])
    told = f"{_hours(mine.minutes)} of {_hours(total)} in {RECENT_WEEKS} weeks and ahead"
    following = loads[behind[0]]
    if mine.weighted < following.weighted:
        share = "" if mine.weight == following.weight else " for its share"
        return f"Fewest hours lately{share}: {told}"
    if mine.last != following.last:
        return f"As few hours lately as others ({told}), and the longest without a new one"
    return f"As few hours lately as others ({told}), and first in turn"


def _hours(minutes: int) -> str:
    hours = minutes / 60
    return f"{hours:.0f} h" if minutes % 60 == 0 else f"{hours:.1f} h"
