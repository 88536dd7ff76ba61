"""What a person writes into a rule set, checked on plain values: every problem found at once, each with its place."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Invalid
from segments.conditions import trees
from segments.conditions.fields import TIERS, FieldSet
from segments.conditions.trees import Node

MAX_RULES = 50
MAX_NAME = 120
MAX_NOTE = 4000
MAX_MARGIN_PERCENT = Decimal(50)
MAX_MINIMUM_DAYS = 730
MAX_APPROVAL = Decimal(10) ** 14
TIER_KEYS = tuple(key for key, _ in TIERS)


@dataclass(frozen=True)
class DraftRule:
    """One rule as it is going to be kept."""

    name: str
    tier: str
    conditions: Node


@dataclass(frozen=True)
class Draft:
    """All that a rule set says. `margin_percent` is in per cent, `approval_arr` in the company's currency a year."""

    name: str
    note: str
    fallback_tier: str
    margin_percent: Decimal
    minimum_days: int
    approval_arr: Decimal | None
    rules: tuple[DraftRule, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: "margin_percent", "rules[0].name", "rules[0].conditions.all[1]"."""

    path: str
    message: str
    part: str = ""


def read_draft(raw: object, fields: FieldSet) -> Draft:
    """Return the draft; raise Invalid with every problem in `details["problems"]`."""
    if not isinstance(raw, dict):
        raise Invalid("A rule set is an object.", code="bad_rule_set")
    reader = _Reader(raw, fields)
    draft = Draft(
        name=reader.take("name", _text(MAX_NAME, "Give the version a name.")),
        note=reader.take("note", _optional_text(MAX_NOTE)),
        fallback_tier=reader.take("fallback_tier", _tier),
        margin_percent=reader.take("margin_percent", _decimal(MAX_MARGIN_PERCENT, "per cent")),
        minimum_days=reader.take("minimum_days", _days),
        approval_arr=reader.take("approval_arr", _optional(_decimal(MAX_APPROVAL, "a year"))),
        rules=reader.rules(),
    )
    if reader.problems:
        first = reader.problems[0]
        raise Invalid(first.message, code="bad_rule_set", field=first.path, problems=reader.problems)
    return draft


def to_json(draft: Draft) -> dict[str, Any]:
    """Return the draft as pages, the API and `read_draft` know it."""
    return {
        "name": draft.name,
        "note": draft.note,
        "fallback_tier": draft.fallback_tier,
        "margin_percent": _plain(draft.margin_percent),
        "minimum_days": draft.minimum_days,
        "approval_arr": None if draft.approval_arr is None else _plain(draft.approval_arr),
        "rules": [
            {"name": rule.name, "tier": rule.tier, "conditions": trees.to_json(rule.conditions)} for rule in draft.rules
        ],
    }


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return a short mark of the content: two editors who began with different ones do not overwrite each other."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


class _Reader:
    def __init__(self, raw: dict[str, Any], fields: FieldSet) -> None:
        self._raw = raw
        self._fields = fields
        self.problems: list[Problem] = []

    def take(self, key: str, clean: Callable[[object], Any]) -> Any:
        try:
            return clean(self._raw.get(key))
        except ValueError as error:
            self.problems.append(Problem(key, str(error)))
            return None

    def rules(self) -> tuple[DraftRule, ...]:
        raw = self._raw.get("rules")
        if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
            self.problems.append(Problem("rules", "The rules are a list of objects."))
            return ()
        if len(raw) > MAX_RULES:
            self.problems.append(Problem("rules", f"A rule set holds at most {MAX_RULES} rules."))
            return ()
        return tuple(rule for n, one in enumerate(raw) if (rule := self._rule(one, f"rules[{n}]")))

    def _rule(self, raw: dict[str, Any], path: str) -> DraftRule | None:
        found = len(self.problems)
        inner = _Reader(raw, self._fields)
        name = inner.take("name", _text(MAX_NAME, "Give the rule a name."))
        tier = inner.take("tier", _tier)
        self.problems += [Problem(f"{path}.{one.path}", one.message) for one in inner.problems]
        conditions = None
        try:
            conditions = trees.parse(raw.get("conditions"), self._fields, path=f"{path}.conditions")
        except Invalid as error:
            place = str(error.details.get("path", path))
            self.problems.append(Problem(place, error.message, str(error.details.get("part", ""))))
        if conditions is None or len(self.problems) > found:
            return None
        return DraftRule(name, tier, conditions)


def _text(longest: int, missing: str) -> Callable[[object], str]:
    def clean(raw: object) -> str:
        text = _optional_text(longest)(raw)
        if not text:
            raise ValueError(missing)
        return text

    return clean


def _optional_text(longest: int) -> Callable[[object], str]:
    def clean(raw: object) -> str:
        if raw is None:
            return ""
        if not isinstance(raw, str):
            raise ValueError("Give a text.")
        text = raw.strip()
        if len(text) > longest:
            raise ValueError(f"At most {longest} letters.")
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValueError("There is a letter that cannot be kept.")
        return text

    return clean


def _tier(raw: object) -> str:
    if raw not in TIER_KEYS:
        raise ValueError("Choose a tier.")
    return str(raw)


def _decimal(most: Decimal, unit: str) -> Callable[[object], Decimal]:
    def clean(raw: object) -> Decimal:
        try:
            number = Decimal(str(raw).strip()[:40]) if not isinstance(raw, bool) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise ValueError("Give a number.")
        if not 0 <= number <= most:
            raise ValueError(f"From 0 to {most:,} {unit}.")
        if number != round(number, 2):
            raise ValueError("At most two decimal places.")
        return round(number, 2)

    return clean


def _optional(clean: Callable[[object], Any]) -> Callable[[object], Any]:
    return lambda raw: None if raw is None or raw == "" else clean(raw)


def _days(raw: object) -> int:
    text = str(raw).strip() if not isinstance(raw, bool) else ""
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > MAX_MINIMUM_DAYS:
        raise ValueError(f"A whole number of days, from 0 to {MAX_MINIMUM_DAYS}.")
    return int(text)


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)
