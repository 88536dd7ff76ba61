"""What a single value of a scenario may be: cleaners that return it, or raise ValueError with a sentence."""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from segments.conditions.trees import DECIMAL_PLACES, MAX_NUMBER
from segments.scenarios.changes import TIERS, ThresholdKey

MOST_CUSTOMERS = 100_000
# All hours of a month of 31 days.
MOST_MINUTES = 31 * 24 * 60
MOST_WEEKLY_MINUTES = 80 * 60
LEAST_WEEKLY_MINUTES = 60
MOST_HIRES = 100
MOST_LANGUAGES = 10
MAX_NAME = 60


def optional(cleaner: Callable[[object], Any]) -> Callable[[object], Any]:
    """Return the cleaner that takes nothing at all as None."""
    return lambda raw: None if raw is None or raw == "" else cleaner(raw)


def _whole(least: int, most: int, sentence: str) -> Callable[[object], int]:
    def clean(raw: object) -> int:
        text = "" if isinstance(raw, bool | float) else str(raw).strip()
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(sentence)
        return int(text)

    return clean


limit = _whole(0, MOST_CUSTOMERS, f"A limit is a whole number of customers from 0 to {MOST_CUSTOMERS:,}.")
month_minutes = _whole(0, MOST_MINUTES, f"Hours from 0 to {MOST_MINUTES // 60}.")
target = _whole(1, 100, "The target is a share of working time from 1 to 100 per cent.")
weekly = _whole(0, MOST_WEEKLY_MINUTES, f"A working week has from 0 to {MOST_WEEKLY_MINUTES // 60} hours.")
worked_weekly = _whole(
    LEAST_WEEKLY_MINUTES, MOST_WEEKLY_MINUTES, f"Somebody new works from 1 to {MOST_WEEKLY_MINUTES // 60} hours a week."
)
count = _whole(1, MOST_HIRES, f"Hire from 1 to {MOST_HIRES} people.")
person = _whole(1, 2**63 - 1, "Choose a person.")


def number(raw: object) -> Decimal:
    """Return a threshold as rules take it."""
    try:
        found = Decimal("NaN") if isinstance(raw, bool) else Decimal(str(raw).strip()[:40])
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError("A threshold is a number.")
    if abs(found) >= MAX_NUMBER:
        raise ValueError("This threshold is too large.")
    if found != round(found, DECIMAL_PLACES):
        raise ValueError(f"A threshold has at most {DECIMAL_PLACES} decimal places.")
    return found


def threshold_key(raw: object) -> ThresholdKey:
    """Return which threshold is meant."""
    row = raw if isinstance(raw, Mapping) else {}
    texts = [row.get(name) for name in ("rule", "field", "op")]
    counts = [row.get(name, 0) for name in ("place", "end")]
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in texts):
        raise ValueError("Say which rule's threshold changes.")
    if not all(isinstance(count, int) and 0 <= count < 100 for count in counts):
        raise ValueError("Say which threshold of the rule changes.")
    return ThresholdKey(*texts, *counts)  # type: ignore[arg-type]


def tier(raw: object) -> str:
    """Return a tier whose customers have a CSM of their own."""
    if raw not in TIERS:
        raise ValueError("Choose high or low touch.")
    return str(raw)


def day(raw: object) -> date:
    """Return the day of an ISO date."""
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueError("Choose a week.") from None


def zone(raw: object) -> str:
    """Return the name of a time zone."""
    try:
        return zoneinfo.ZoneInfo(str(raw)[:64]).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("There is no such time zone.") from None


def languages(raw: object) -> tuple[str, ...]:
    """Return language codes, each once."""
    codes = raw if isinstance(raw, list | tuple) else [raw]
    if len(codes) > MOST_LANGUAGES:
        raise ValueError(f"At most {MOST_LANGUAGES} languages.")
    for code in codes:
        if not isinstance(code, str) or not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?", code):
            raise ValueError("Languages are given by their codes, as “de” or “pt-BR”.")
    return tuple(dict.fromkeys(codes))


def name(raw: object) -> str:
    """Return a name without spaces around it, or nothing."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not isinstance(raw, str) or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError(f"A name has at most {MAX_NAME} letters.")
    return text
