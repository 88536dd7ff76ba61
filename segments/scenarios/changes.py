"""What a scenario changes, checked on plain values: every problem found at once, each with its place and a sentence."""

import re
import zoneinfo
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Invalid
from segments.conditions.trees import DECIMAL_PLACES, MAX_NUMBER
from segments.drafts import Problem

WEEKS = 13
# The tiers whose customers have a CSM of their own, and so take room and hours.
TIERS = ("high", "low")
EVENTS = ("renewal", "onboarding")
MOST_CUSTOMERS = 100_000
# All hours of a month of 31 days.
MOST_MINUTES = 31 * 24 * 60
MOST_WEEKLY_MINUTES = 80 * 60
LEAST_WEEKLY_MINUTES = 60
# A full week; whoever is hired for less gets as much smaller a portfolio.
FULL_WEEK_MINUTES = 40 * 60
MOST_HIRES = 100
MOST_ROWS = 300
MOST_LANGUAGES = 10
MAX_NAME = 60
KEYS = (
    "thresholds",
    "limits",
    "planned_minutes",
    "event_minutes",
    "utilisation_target",
    "people",
    "hires",
)


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


def read_changes(raw: object, *, last_monday: date | None = None) -> Changes:
    """Return the changes; raise Invalid with every problem in `details["problems"]`.

    Nothing may begin after `last_monday`; what began in the past is in force already.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("The changes of a scenario are an object.", code="bad_changes")
    reader = _Reader(last_monday)
    for key in raw:
        if key not in KEYS:
            reader.refuse(str(key)[:40], f"A scenario changes no “{str(key)[:40]}”.")
    thresholds = reader.thresholds(raw.get("thresholds"))
    limits = reader.by_tier(raw.get("limits"), "limits", _limit)
    planned = reader.by_tier(raw.get("planned_minutes"), "planned_minutes", _month_minutes)
    events = reader.events(raw.get("event_minutes"))
    target = reader.clean("utilisation_target", raw.get("utilisation_target"), _optional(_target))
    own_limits, leaving, hours = reader.people(raw.get("people"))
    hires = reader.hires(raw.get("hires"))
    if reader.problems:
        first = reader.problems[0]
        raise Invalid(first.message, code="bad_changes", field=first.path, problems=reader.problems)
    return Changes(thresholds, limits, planned, events, target, own_limits, leaving, hours, hires)


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


class _Reader:
    def __init__(self, last_monday: date | None) -> None:
        self._last_monday = last_monday
        self.problems: list[Problem] = []

    def refuse(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def clean(self, path: str, raw: object, cleaner: Callable[[object], Any]) -> Any:
        try:
            return cleaner(raw)
        except ValueError as error:
            self.refuse(path, str(error))
            return None

    def by_tier(self, raw: object, path: str, cleaner: Callable[[object], int]) -> dict[str, int]:
        found = {}
        for tier, value in self._object(raw, path).items():
            if tier not in TIERS:
                self.refuse(f"{path}.{str(tier)[:40]}", "Choose high or low touch.")
            elif (number := self.clean(f"{path}.{tier}", value, _optional(cleaner))) is not None:
                found[tier] = number
        return found

    def events(self, raw: object) -> dict[tuple[str, str], int]:
        found = {}
        for event, tiers in self._object(raw, "event_minutes").items():
            if event not in EVENTS:
                self.refuse(f"event_minutes.{str(event)[:40]}", "There is no such event.")
                continue
            for tier, minutes in self.by_tier(tiers, f"event_minutes.{event}", _month_minutes).items():
                found[event, tier] = minutes
        return found

    def thresholds(self, raw: object) -> dict[ThresholdKey, Decimal]:
        found: dict[ThresholdKey, Decimal] = {}
        for path, row in self._rows(raw, "thresholds"):
            key = self.clean(path, row, _threshold_key)
            value = self.clean(path, row.get("value"), _number)
            if key is None or value is None:
                continue
            if key in found:
                self.refuse(path, "This threshold is changed twice.")
            found[key] = value
        return found

    def people(self, raw: object) -> tuple[dict[tuple[int, str], int], dict[int, date], dict[int, HoursChange]]:
        limits: dict[tuple[int, str], int] = {}
        leaving: dict[int, date] = {}
        hours: dict[int, HoursChange] = {}
        for path, row in self._rows(raw, "people"):
            person = self.clean(path, row.get("person"), _person)
            match row.get("what"):
                case "leave":
                    self._once(leaving, person, self._week(path, row), path, "leaves twice")
                case "hours":
                    minutes = self.clean(path, row.get("weekly_minutes"), _weekly)
                    starts = self._week(path, row)
                    change = None if minutes is None or starts is None else HoursChange(starts, minutes)
                    self._once(hours, person, change, path, "changes hours twice")
                case "limit":
                    tier = self.clean(path, row.get("tier"), _tier)
                    limit = self.clean(path, row.get("limit"), _limit)
                    key = None if person is None or tier is None else (person, tier)
                    self._once(limits, key, limit, path, "gets two limits in one tier")
                case _:
                    self.refuse(path, "Say what changes: the person leaves, works other hours, or gets a limit.")
            self._contradictions(path, person, leaving, hours, limits)
        return limits, leaving, hours

    def _once(self, found: dict[Any, Any], key: Any, value: Any, path: str, twice: str) -> None:
        if key is None or value is None:
            return
        if key in found:
            self.refuse(path, f"The same person {twice}.")
        found[key] = value

    def _contradictions(
        self,
        path: str,
        person: int | None,
        leaving: Mapping[int, date],
        hours: Mapping[int, HoursChange],
        limits: Mapping[tuple[int, str], int],
    ) -> None:
        left = leaving.get(person) if person is not None else None
        if person is None or left is None:
            return
        if person in hours and hours[person].starts >= left:
            self.refuse(path, "The same person leaves and works other hours after that.")
        if any((person, tier) in limits for tier in TIERS):
            self.refuse(path, "The same person leaves and gets a limit.")

    def hires(self, raw: object) -> tuple[Hire, ...]:
        found = [self._hire(path, row) for path, row in self._rows(raw, "hires")]
        if sum(hire.count for hire in found if hire) > MOST_HIRES:
            self.refuse("hires", f"A scenario hires at most {MOST_HIRES} people.")
        return tuple(hire for hire in found if hire)

    def _hire(self, path: str, row: Mapping[str, Any]) -> Hire | None:
        before = len(self.problems)
        count = self.clean(f"{path}.count", row.get("count", 1), _count)
        starts = self._week(path, row)
        weekly = self.clean(f"{path}.weekly_minutes", row.get("weekly_minutes", FULL_WEEK_MINUTES), _worked_weekly)
        zone = self.clean(f"{path}.time_zone", row.get("time_zone") or "UTC", _zone)
        languages = self.clean(f"{path}.languages", row.get("languages") or [], _languages)
        name = self.clean(f"{path}.name", row.get("name") or "", _name)
        limits = self.by_tier(row.get("limits"), f"{path}.limits", _limit)
        if len(self.problems) > before or starts is None:
            return None
        return Hire(count, starts, weekly, zone, languages, name, limits)

    def _week(self, path: str, row: Mapping[str, Any]) -> date | None:
        def clean(raw: object) -> date:
            day = _day(raw)
            monday = day - timedelta(days=day.weekday())
            if self._last_monday is not None and monday > self._last_monday:
                raise ValueError(f"A scenario looks {WEEKS} weeks ahead; begin within them.")
            return monday

        return self.clean(f"{path}.from", row.get("from"), clean)

    def _object(self, raw: object, path: str) -> Mapping[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, Mapping):
            self.refuse(path, "Give the changes by name.")
            return {}
        return raw

    def _rows(self, raw: object, path: str) -> list[tuple[str, Mapping[str, Any]]]:
        if raw is None:
            return []
        if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
            self.refuse(path, "Give the changes as a list.")
            return []
        if len(raw) > MOST_ROWS:
            self.refuse(path, f"At most {MOST_ROWS} changes of this kind.")
            return []
        return [(f"{path}[{n}]", row) for n, row in enumerate(raw)]


def _optional(cleaner: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda raw: None if raw is None or raw == "" else cleaner(raw)


def _whole(least: int, most: int, sentence: str) -> Callable[[object], int]:
    def clean(raw: object) -> int:
        text = "" if isinstance(raw, bool | float) else str(raw).strip()
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(sentence)
        return int(text)

    return clean


_limit = _whole(0, MOST_CUSTOMERS, f"A limit is a whole number of customers from 0 to {MOST_CUSTOMERS:,}.")
_month_minutes = _whole(0, MOST_MINUTES, f"Hours from 0 to {MOST_MINUTES // 60}.")
_target = _whole(1, 100, "The target is a share of working time from 1 to 100 per cent.")
_weekly = _whole(0, MOST_WEEKLY_MINUTES, f"A working week has from 0 to {MOST_WEEKLY_MINUTES // 60} hours.")
_worked_weekly = _whole(
    LEAST_WEEKLY_MINUTES, MOST_WEEKLY_MINUTES, f"Somebody new works from 1 to {MOST_WEEKLY_MINUTES // 60} hours a week."
)
_count = _whole(1, MOST_HIRES, f"Hire from 1 to {MOST_HIRES} people.")
_person = _whole(1, 2**63 - 1, "Choose a person.")


def _number(raw: object) -> Decimal:
    try:
        number = Decimal("NaN") if isinstance(raw, bool) else Decimal(str(raw).strip()[:40])
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError("A threshold is a number.")
    if abs(number) >= MAX_NUMBER:
        raise ValueError("This threshold is too large.")
    if number != round(number, DECIMAL_PLACES):
        raise ValueError(f"A threshold has at most {DECIMAL_PLACES} decimal places.")
    return number


def _threshold_key(raw: object) -> ThresholdKey:
    row = raw if isinstance(raw, Mapping) else {}
    texts = [row.get(name) for name in ("rule", "field", "op")]
    counts = [row.get(name, 0) for name in ("place", "end")]
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts):
        raise ValueError("Say which rule's threshold changes.")
    if not all(isinstance(count, int) and 0 <= count < 100 for count in counts):
        raise ValueError("Say which threshold of the rule changes.")
    return ThresholdKey(*texts, *counts)  # type: ignore[arg-type]


def _tier(raw: object) -> str:
    if raw not in TIERS:
        raise ValueError("Choose high or low touch.")
    return str(raw)


def _day(raw: object) -> date:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueError("Choose a week.") from None


def _zone(raw: object) -> str:
    try:
        return zoneinfo.ZoneInfo(str(raw)[:64]).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("There is no such time zone.") from None


def _languages(raw: object) -> tuple[str, ...]:
    codes = raw if isinstance(raw, list | tuple) else [raw]
    if len(codes) > MOST_LANGUAGES:
        raise ValueError(f"At most {MOST_LANGUAGES} languages.")
    for code in codes:
        if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?", code):
            raise ValueError("Languages are given by their codes, as “de” or “pt-BR”.")
    return tuple(dict.fromkeys(codes))


def _name(raw: object) -> str:
    text = raw.strip() if isinstance(raw, str) else ""
    if not isinstance(raw, str) or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError(f"A name has at most {MAX_NAME} letters.")
    return text


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
