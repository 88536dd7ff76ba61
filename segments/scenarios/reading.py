"""Reading a scenario's changes: every problem found at once, each with its place and a sentence."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.errors import Invalid
from segments.drafts import Problem
from segments.scenarios import values
from segments.scenarios.changes import EVENTS, FULL_WEEK_MINUTES, TIERS, WEEKS, Changes, Hire, HoursChange, ThresholdKey
from segments.scenarios.values import MOST_HIRES

MOST_ROWS = 300
KEYS = (
    "thresholds",
    "limits",
    "planned_minutes",
    "event_minutes",
    "utilisation_target",
    "people",
    "hires",
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
    limits = reader.by_tier(raw.get("limits"), "limits", values.limit)
    planned = reader.by_tier(raw.get("planned_minutes"), "planned_minutes", values.month_minutes)
    events = reader.events(raw.get("event_minutes"))
    target = reader.clean("utilisation_target", raw.get("utilisation_target"), values.optional(values.target))
    own_limits, leaving, hours = reader.people(raw.get("people"))
    hires = reader.hires(raw.get("hires"))
    if reader.problems:
        first = reader.problems[0]
        raise Invalid(first.message, code="bad_changes", field=first.path, problems=reader.problems)
    return Changes(thresholds, limits, planned, events, target, own_limits, leaving, hours, hires)


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
            elif (number := self.clean(f"{path}.{tier}", value, values.optional(cleaner))) is not None:
                found[tier] = number
        return found

    def events(self, raw: object) -> dict[tuple[str, str], int]:
        found = {}
        for event, tiers in self._object(raw, "event_minutes").items():
            if event not in EVENTS:
                self.refuse(f"event_minutes.{str(event)[:40]}", "There is no such event.")
                continue
            for tier, minutes in self.by_tier(tiers, f"event_minutes.{event}", values.month_minutes).items():
                found[event, tier] = minutes
        return found

    def thresholds(self, raw: object) -> dict[ThresholdKey, Decimal]:
        found: dict[ThresholdKey, Decimal] = {}
        for path, row in self._rows(raw, "thresholds"):
            key = self.clean(path, row, values.threshold_key)
            value = self.clean(path, row.get("value"), values.number)
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
            person = self.clean(path, row.get("person"), values.person)
            match row.get("what"):
                case "leave":
                    self._once(leaving, person, self._week(path, row), path, "leaves twice")
                case "hours":
                    minutes = self.clean(path, row.get("weekly_minutes"), values.weekly)
                    starts = self._week(path, row)
                    change = None if minutes is None or starts is None else HoursChange(starts, minutes)
                    self._once(hours, person, change, path, "changes hours twice")
                case "limit":
                    tier = self.clean(path, row.get("tier"), values.tier)
                    limit = self.clean(path, row.get("limit"), values.limit)
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
        count = self.clean(f"{path}.count", row.get("count", 1), values.count)
        starts = self._week(path, row)
        weekly = self.clean(
            f"{path}.weekly_minutes", row.get("weekly_minutes", FULL_WEEK_MINUTES), values.worked_weekly
        )
        zone = self.clean(f"{path}.time_zone", row.get("time_zone") or "UTC", values.zone)
        languages = self.clean(f"{path}.languages", row.get("languages") or [], values.languages)
        name = self.clean(f"{path}.name", row.get("name") or "", values.name)
        limits = self.by_tier(row.get("limits"), f"{path}.limits", values.limit)
        if len(self.problems) > before or starts is None:
            return None
        return Hire(count, starts, weekly, zone, languages, name, limits)

    def _week(self, path: str, row: Mapping[str, Any]) -> date | None:
        def clean(raw: object) -> date:
            day = values.day(raw)
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
