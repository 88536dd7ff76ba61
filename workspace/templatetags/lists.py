"""Template filters of lists and customer pages: countries, languages and shares in words."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from accounts.models import TimelineEntry
from workspace.lists import Column, Row
from workspace.naming import country_name, language_name

register = template.Library()
register.filter(country_name)
register.filter(language_name)

# A renewal this near is marked in lists: the main price talk starts about a month before the end.
RENEWAL_NEAR = timedelta(days=30)


@register.filter
def cell(row: Row, column: Column) -> Any:
    """Return what a column shows of a row."""
    return column.value(row)


@register.filter
def renewal_tone(day: date | None) -> str:
    """Return how a renewal looks: bad once past, warn within a month, nothing further off."""
    if day is None:
        return ""
    today = timezone.localdate()
    return "bad" if day < today else "warn" if day <= today + RENEWAL_NEAR else ""


@register.filter
def days_away(day: date) -> str:
    """Return how many days away a day is, in words."""
    days = (day - timezone.localdate()).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")


@register.filter
def whole(amount: Decimal | None) -> Decimal | None:
    """Return an amount without its cents: in a list they only cost room."""
    return None if amount is None else Decimal(amount).quantize(Decimal(1))


@register.filter
def iso_day(value: str) -> Any:
    """Return a custom field's day as a date, or the text where it is none."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


TIMELINE_ICONS = {
    "note.note": "note",
    "note.call": "phone",
    "note.email": "mail",
    "note.meeting": "users",
    "tier": "stairs-up",
    "assignment": "user-check",
    "subscription": "contract",
    "contact": "address-book",
    "time": "clock",
    "customer.merged": "git-merge",
    "customer": "edit",
    "import": "file-import",
}


@register.filter
def timeline_icon(kind: str) -> str:
    """Return the icon of a kind of timeline entry, or of its group."""
    return TIMELINE_ICONS.get(kind) or TIMELINE_ICONS.get(kind.partition(".")[0], "circle-dot")


@register.filter
def note_text(entry: TimelineEntry) -> str:
    """Return a note's whole text where its summary does not tell all of it."""
    text = str(entry.data.get("text", "")) if isinstance(entry.data, dict) else ""
    return text if text != entry.summary else ""
