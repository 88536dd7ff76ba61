"""Forms of working hours: the week from a day on, and days that differ."""

from datetime import date
from typing import Any

import pycountry
from django import forms
from django.http import QueryDict

from accounts.forms.choices import countries, time_zones
from calendars.forms.periods import PeriodsField
from calendars.forms.weekdays import WeekdaysForm, week_rows
from calendars.models import WorkPattern
from calendars.rules.public_holidays import subdivisions_of
from calendars.rules.weeks import Rhythm

LONGEST_CODE = WorkPattern._meta.get_field("subdivision").max_length or 0


def _date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class WeekForm(WeekdaysForm):
    """A person's week from a day on: its hours, its clock, and whose public holidays are free."""

    starts_on = forms.DateField(label="From which day on", widget=_date_input())
    time_zone = forms.ChoiceField(choices=time_zones, label="Time zone", help_text="Of the clock that the hours mean.")
    country = forms.ChoiceField(choices=countries, required=False, label="Country")
    subdivision = forms.ChoiceField(required=False, label="State or province")
    field_order = ("starts_on", "time_zone", "country", "subdivision")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = str(self["country"].value() or "")
        self.fields["subdivision"].choices = subdivision_choices(country)  # type: ignore[attr-defined]
        if not subdivisions_of(country):
            self.fields["subdivision"].widget = forms.HiddenInput()

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
        } | WeekForm.rows_of_days(rhythm.week)


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


def subdivision_choices(country: str) -> list[tuple[str, str]]:
    """Return the states or provinces of a country that have holidays of their own, by name."""
    codes = [code for code in subdivisions_of(country) if len(code) <= LONGEST_CODE]
    named = sorted(((code, _subdivision_name(country, code)) for code in codes), key=lambda choice: choice[1])
    return [("", "The whole country's holidays only"), *named]


def _subdivision_name(country: str, code: str) -> str:
    found = pycountry.subdivisions.get(code=f"{country}-{code}")
    return f"{found.name} ({code})" if found else code
