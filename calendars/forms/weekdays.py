"""The weekdays of a form, each with rows of periods."""

from collections.abc import Iterator, Sequence

from django import forms
from django.http import QueryDict

from calendars.actions.hours import DAY_FIELDS
from calendars.forms.periods import PeriodsField, PeriodsWidget, Row, rows_of
from calendars.rules.clock import Minutes
from core.ids import read_id

WORKING_DAYS = DAY_FIELDS[:5]


class WeekdaysForm(forms.Form):
    """Periods of the seven days of a week."""

    monday = PeriodsField(label="Monday")
    tuesday = PeriodsField(label="Tuesday")
    wednesday = PeriodsField(label="Wednesday")
    thursday = PeriodsField(label="Thursday")
    friday = PeriodsField(label="Friday")
    saturday = PeriodsField(label="Saturday")
    sunday = PeriodsField(label="Sunday")

    def days(self) -> Iterator[forms.BoundField]:
        """Yield the fields of the weekdays, Monday first."""
        for name in DAY_FIELDS:
            yield self[name]

    def periods(self) -> list[tuple[int, int, int]]:
        """Return the periods of the week: weekday, start and end in minutes."""
        return [
            (weekday, starts, ends)
            for weekday, name in enumerate(DAY_FIELDS)
            for starts, ends in self.cleaned_data[name]
        ]

    @staticmethod
    def rows_of_days(week: Sequence[Sequence[Minutes]]) -> dict[str, list[Row]]:
        """Return the rows of the weekdays, Monday first, as the form shows them."""
        return {name: rows_of(list(periods)) for name, periods in zip(DAY_FIELDS, week, strict=True)}


def week_rows(data: QueryDict, step: str) -> dict[str, list[Row]]:
    """Return the rows of the weekdays as typed and changed by the step."""
    typed = {name: _rows(data, name) for name in DAY_FIELDS}
    verb, _, rest = step.partition(":")
    day, _, row = rest.partition(":")
    if verb == "copy":
        typed |= {name: list(typed["monday"]) for name in WORKING_DAYS}
    elif day in DAY_FIELDS:
        typed[day] = rows_after(typed[day], verb, row)
    return typed


def rows_after(rows: list[Row], verb: str, row: str = "") -> list[Row]:
    """Return the rows with an empty one more, or with one taken away."""
    if verb == "add":
        return [*rows, ("", "")]
    if verb == "remove":
        removed = read_id(row)
        return [one for number, one in enumerate(rows) if number != removed]
    return rows


def _rows(data: QueryDict, name: str) -> list[Row]:
    return PeriodsWidget().value_from_datadict(data, {}, name)
