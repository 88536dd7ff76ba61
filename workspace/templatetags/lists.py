"""Template filters of lists and customer pages: countries, languages and shares in words."""

from datetime import date, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from django import template
from django.utils import timezone

from accounts.models import TimelineEntry
from workspace.lists import Column, Row
from workspace.reading import current_locale

register = template.Library()

# A renewal this near is marked in lists: the main price talk starts about a month before the end.
RENEWAL_NEAR = timedelta(days=30)


@register.filter
def cell(row: Row, column: Column) -> Any:
    """Return what a column shows of a row."""
    return column.value(row)


@register.filter
def country_name(code: str) -> str:
    """Return a country's name in the page's language, or the code where it has none."""
    return current_locale().territories.get(code, code)


@register.filter
def language_name(code: str) -> str:
    """Return a language's name in the page's language, or the code where it has none."""
    try:
        return Locale.parse(code, sep="-").get_display_name(current_locale()) or code
    except (UnknownLocaleError, ValueError, TypeError):
        return code


@register.filter
def renewal_tone(day: date | None) -> str:
    """Return how a renewal looks: bad once past, warn within a month, nothing further off."""
    if day is None:
        return ""
    today = timezone.localdate()
    return "bad" if day < today else "warn" if day <= today + RENEWAL_NEAR else ""


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
