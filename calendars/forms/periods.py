"""A field for the periods of a day: rows of from and to, as many as are needed."""

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from django import forms

from calendars.rules.clock import MINUTES_A_DAY, Minutes
from calendars.rules.words import clock_text

_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?::00)?")

# A row as it was typed.
Row = tuple[str, str]


class PeriodsWidget(forms.Widget):
    """Rows of two times; each row's inputs are named alike, `<name>-from` and `<name>-to`."""

    template_name = "calendars/widgets/periods.html"
    # Where the buttons that add and remove rows ask, and whether the last row is new and gets the focus.
    address = ""
    has_new_row = False
    label = ""
    # What stands where there is no row.
    none_text = "Free"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return what the template shows."""
        context = super().get_context(name, value, attrs)
        context["widget"] |= {
            "rows": value or [],
            "label": self.label,
            "address": self.address,
            "has_new_row": self.has_new_row,
            "none_text": self.none_text,
        }
        return context

    def format_value(self, value: Any) -> Any:
        """Return the rows as they are."""
        return value

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[Row]:
        """Return the rows as they were typed, those that are empty too."""
        froms, tos = (_all(data, f"{name}-{end}") for end in ("from", "to"))
        return [(one.strip(), other.strip()) for one, other in zip_longest(froms, tos, fillvalue="")]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Return that nothing is missing: a day without rows is a free one."""
        return False


class PeriodsField(forms.Field):
    """Periods of a day in minutes from midnight; a row that is left empty is none, 00:00 as an end is midnight."""

    widget = PeriodsWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})
        self.widget.label = str(self.label or "")

    def clean(self, value: list[Row]) -> list[Minutes]:
        """Return the periods; raise ValidationError for a row that is half filled or can't be read."""
        return [_period(*row) for row in value if any(row)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other periods were sent."""
        return list(initial or []) != list(data or [])


def tell_rows(form: forms.Form, address: str, step: str = "") -> None:
    """Let the rows' buttons ask at this address, and the row that the step has added get the focus."""
    for name, field in form.fields.items():
        if isinstance(field, PeriodsField):
            field.widget.address = address
            field.widget.has_new_row = step == f"add:{name}"


def rows_of(periods: tuple[Minutes, ...] | list[Minutes]) -> list[Row]:
    """Return the periods as the rows show them; midnight at the end is 00:00."""
    return [(clock_text(starts), clock_text(ends % MINUTES_A_DAY)) for starts, ends in periods]


def clock_minutes(text: str, *, is_end: bool = False) -> int:
    """Return the minutes from midnight that a clock's text means; raise ValidationError for what can't be read."""
    found = _CLOCK.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if is_end and minute == 0:
        return MINUTES_A_DAY
    if not 0 <= minute < MINUTES_A_DAY + is_end:
        raise forms.ValidationError(f"“{text[:20]}” is no time of day; 09:30 is.", code="invalid")
    return minute


def _period(starts: str, ends: str) -> Minutes:
    if not starts or not ends:
        raise forms.ValidationError("Fill in both times of a row, or neither.", code="half")
    return clock_minutes(starts), clock_minutes(ends, is_end=True)


def _all(data: Mapping[str, Any], name: str) -> list[str]:
    getlist = getattr(data, "getlist", None)
    found = getlist(name) if getlist else data.get(name, [])
    return [found] if isinstance(found, str) else [str(one) for one in found]
