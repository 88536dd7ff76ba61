"""Forms of working hours: the week from a day on, and days that differ."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pycountry
from django import forms
from django.http import QueryDict

from accounts.forms.choices import countries, time_zones
from calendars.actions.hours import DAY_FIELDS
from calendars.forms.periods import PeriodsField, PeriodsWidget, Row, rows_of
from calendars.models import WorkPattern
from calendars.rules.public_holidays import subdivisions_of
from calendars.rules.weeks import Rhythm

LONGEST_CODE = WorkPattern._meta.get_field("subdivision").max_length or 0
WORKING_DAYS = DAY_FIELDS[:5]


def _date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class WeekForm(forms.Form):
    """A person's week from a day on: its hours, its clock, and whose public holidays are free."""

    starts_on = forms.DateField(label="From which day on", widget=_date_input())
    time_zone = forms.ChoiceField(choices=time_zones, label="Time zone", help_text="Of the clock that the hours mean.")
    country = forms.ChoiceField(choices=countries, required=False, label="Country")
    subdivision = forms.ChoiceField(required=False, label="State or province")
    monday = PeriodsField(label="Monday")
    tuesday = PeriodsField(label="Tuesday")
    wednesday = PeriodsField(label="Wednesday")
    thursday = PeriodsField(label="Thursday")
    friday = PeriodsField(label="Friday")
    saturday = PeriodsField(label="Saturday")
    sunday = PeriodsField(label="Sunday")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = str(self["country"].value() or "")
        self.fields["subdivision"].choices = subdivision_choices(country)  # type: ignore[attr-defined]
        if not subdivisions_of(country):
            self.fields["subdivision"].widget = forms.HiddenInput()

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

    def holiday_place(self) -> tuple[str, str]:
        """Return the country and the subdivision that are chosen, as far as they fit one another."""
        country, part = (str(self[name].value() or "") for name in ("country", "subdivision"))
        return country, part if part in subdivisions_of(country) else ""

    @staticmethod
    def initial_of(rhythm: Rhythm, starts_on: date) -> dict[str, Any]:
        """Return what the form shows first."""
        return {
            "starts_on": starts_on,
            "time_zone": rhythm.zone,
            "country": rhythm.country,
            "subdivision": rhythm.subdivision,
        } | {name: rows_of(periods) for name, periods in zip(DAY_FIELDS, rhythm.week, strict=True)}


class SpecialDayForm(forms.Form):
    """A day on which other hours are worked, or none."""

    on = forms.DateField(label="Day", widget=_date_input())
    periods = PeriodsField(label="Hours on this day", help_text="Leave the times empty for a free day.")
    note = forms.CharField(max_length=200, required=False, label="Note")


def week_as_typed(data: QueryDict, step: str) -> dict[str, Any]:
    """Return what was typed, with a row more or less, or Monday's hours copied, as the step says.

    Steps are `add:<day>`, `remove:<day>:<row>`, `copy`; any other one changes nothing.
    """
    typed: dict[str, Any] = {name: data.get(name, "") for name in ("starts_on", "time_zone", "country", "subdivision")}
    return typed | week_rows(data, step)


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
    if verb == "remove" and row.isdecimal():
        return [one for number, one in enumerate(rows) if number != int(row)]
    return rows


def subdivision_choices(country: str) -> list[tuple[str, str]]:
    """Return the states or provinces of a country that have holidays of their own, by name."""
    codes = [code for code in subdivisions_of(country) if len(code) <= LONGEST_CODE]
    named = sorted(((code, _subdivision_name(country, code)) for code in codes), key=lambda choice: choice[1])
    return [("", "The whole country's holidays only"), *named]


def _subdivision_name(country: str, code: str) -> str:
    found = pycountry.subdivisions.get(code=f"{country}-{code}")
    return f"{found.name} ({code})" if found else code


def _rows(data: QueryDict, name: str) -> list[Row]:
    return PeriodsWidget().value_from_datadict(data, {}, name)
