"""What a scenario changes, as plain values; kept as JSON that `segments/scenarios/reading.py` reads again."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

WEEKS = 13
# The tiers whose customers have a CSM of their own, and so take room and hours.
TIERS = ("high", "low")
EVENTS = ("renewal", "onboarding")
# A full week; whoever is hired for less gets as much smaller a portfolio.
FULL_WEEK_MINUTES = 40 * 60


@dataclass(frozen=True, order=True)
class ThresholdKey:
    """Which number of the tier rules is meant, so that it is found again in the next version of the rules.

    `place` counts the same questions of one rule from 0; `end` is 1 for the upper end of "between".
    """

    rule: str
    field: str
    op: str
    place: int = 0
    end: int = 0


@dataclass(frozen=True)
class HoursChange:
    """That a person works another week from a Monday on; minutes a week."""

    starts: date
    weekly_minutes: int


@dataclass(frozen=True)
class Hire:
    """New CSMs, all alike, from a Monday on; without limits of their own, those of the tiers in proportion."""

    count: int
    starts: date
    weekly_minutes: int = FULL_WEEK_MINUTES
    time_zone: str = "UTC"
    languages: tuple[str, ...] = ()
    name: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """All that a scenario changes. Limits in customers, work in minutes, the target in per cent, weeks by Monday."""

    thresholds: Mapping[ThresholdKey, Decimal] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    planned_minutes: Mapping[str, int] = field(default_factory=dict)
    event_minutes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    utilisation_target: int | None = None
    own_limits: Mapping[tuple[int, str], int] = field(default_factory=dict)
    leaving: Mapping[int, date] = field(default_factory=dict)
    hours: Mapping[int, HoursChange] = field(default_factory=dict)
    hires: tuple[Hire, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether everything stays as it is."""
        return self == Changes()

    @property
    def people_ids(self) -> set[int]:
        """Return the ids of the people about whom something changes."""
        return {*self.leaving, *self.hours, *(person for person, _ in self.own_limits)}

    def only_about(self, people: Collection[int]) -> "Changes":
        """Return the changes without those about anybody else than these people."""
        return replace(
            self,
            own_limits={key: limit for key, limit in self.own_limits.items() if key[0] in people},
            leaving={person: week for person, week in self.leaving.items() if person in people},
            hours={person: change for person, change in self.hours.items() if person in people},
        )


def to_json(changes: Changes) -> dict[str, Any]:
    """Return the changes as they are kept and as `read_changes` knows them; what stays as it is is left out."""
    events: dict[str, dict[str, int]] = {}
    for (event, tier), minutes in changes.event_minutes.items():
        events.setdefault(event, {})[tier] = minutes
    written = {
        "thresholds": [vars(key) | {"value": _plain(value)} for key, value in changes.thresholds.items()],
        "limits": dict(changes.limits),
        "planned_minutes": dict(changes.planned_minutes),
        "event_minutes": events,
        "utilisation_target": changes.utilisation_target,
        "people": list(_people_rows(changes)),
        "hires": [_hire_row(hire) for hire in changes.hires],
    }
    return {key: value for key, value in written.items() if value not in (None, {}, [])}


def _people_rows(changes: Changes) -> Iterator[dict[str, Any]]:
    for person, starts in changes.leaving.items():
        yield {"what": "leave", "person": person, "from": starts.isoformat()}
    for person, change in changes.hours.items():
        yield {
            "what": "hours",
            "person": person,
            "from": change.starts.isoformat(),
            "weekly_minutes": change.weekly_minutes,
        }
    for (person, tier), limit in changes.own_limits.items():
        yield {"what": "limit", "person": person, "tier": tier, "limit": limit}


def _hire_row(hire: Hire) -> dict[str, Any]:
    return {
        "count": hire.count,
        "from": hire.starts.isoformat(),
        "weekly_minutes": hire.weekly_minutes,
        "time_zone": hire.time_zone,
        "languages": list(hire.languages),
        "name": hire.name,
        "limits": dict(hire.limits),
    }


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
