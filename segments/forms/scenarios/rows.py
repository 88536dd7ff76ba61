"""Rows of a what-if: one change of one person each, and people who are hired."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from babel.dates import format_date
from django import forms

from accounts.forms.choices import time_zones
from accounts.forms.people import SpokenLanguagesField
from core.reading import current_locale
from segments.capacity.inputs import mondays
from segments.forms.scenarios.hours import AN_HOUR, hours_of, minutes_of
from segments.queries.scenarios import Basis
from segments.scenarios.changes import FULL_WEEK_MINUTES, TIERS, WEEKS, Changes
from segments.scenarios.values import MAX_NAME, MOST_CUSTOMERS, MOST_HIRES, MOST_WEEKLY_MINUTES

MOST_PEOPLE_ROWS = 60
MOST_HIRE_ROWS = 20
AS_THE_TIER = "Empty: as the tier."
WHAT = [
    ("", "No change"),
    ("leave", "Leaves"),
    ("hours", "Works … hours a week"),
    ("high", "Takes … high-touch customers"),
    ("low", "Takes … low-touch customers"),
]
NUMBERED = ("hours", "high", "low")


class PersonRow(forms.Form):
    """One change of one person."""

    what = forms.ChoiceField(choices=WHAT, required=False, label="What")
    person = forms.ChoiceField(required=False, label="Who")
    starts = forms.ChoiceField(required=False, label="From the week of")
    number = forms.DecimalField(
        min_value=0,
        max_value=MOST_CUSTOMERS,
        decimal_places=2,
        required=False,
        label="How many",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )

    def __init__(self, *args: Any, basis: Basis, may_be_unfinished: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._may_be_unfinished = may_be_unfinished
        self.fields["person"].choices = [("", "Choose"), *((str(one.pk), str(one)) for one in basis.people)]  # type: ignore[attr-defined]
        self.fields["starts"].choices = week_choices(basis.first_monday)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the row; a change needs its person, and its number where it has one."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        what = cleaned.get("what")
        missing = {"person": "Choose a person."} if what and not cleaned.get("person") else {}
        if what in NUMBERED and cleaned.get("number") is None:
            missing["number"] = "Say how many."
        if missing and self._may_be_unfinished:
            # Whoever chooses one field after the other is not told of the second after the first.
            cleaned["what"] = ""
        else:
            for name, sentence in missing.items():
                self.add_error(name, sentence)
        return cleaned

    def raw(self) -> dict[str, Any] | None:
        """Return the change as `read_changes` knows it; None for an empty row."""
        row = self.cleaned_data
        match row.get("what"):
            case "leave":
                return {"what": "leave", "person": row["person"], "from": row["starts"]}
            case "hours":
                return {
                    "what": "hours",
                    "person": row["person"],
                    "from": row["starts"],
                    "weekly_minutes": minutes_of(row["number"]),
                }
            case "high" | "low" as tier:
                number = row["number"]
                limit = int(number) if number == int(number) else str(number)
                return {"what": "limit", "person": row["person"], "tier": tier, "limit": limit}
            case _:
                return None


class HireRow(forms.Form):
    """New CSMs, all alike; a row without a count hires nobody."""

    count = forms.IntegerField(min_value=1, max_value=MOST_HIRES, required=False, label="How many new CSMs")
    starts = forms.ChoiceField(required=False, label="From the week of")
    weekly_hours = forms.DecimalField(
        min_value=1,
        max_value=MOST_WEEKLY_MINUTES // AN_HOUR,
        decimal_places=2,
        required=False,
        label="Hours a week",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    time_zone = forms.ChoiceField(choices=time_zones, required=False, label="Time zone")
    languages = SpokenLanguagesField(required=False, label="Languages", help_text="As “English, German”.")
    name = forms.CharField(max_length=MAX_NAME, required=False, label="Name", help_text="Empty: New CSM 1, 2 …")
    limit_high = forms.IntegerField(
        min_value=0,
        max_value=MOST_CUSTOMERS,
        required=False,
        label="High touch at most",
        help_text=AS_THE_TIER,
    )
    limit_low = forms.IntegerField(
        min_value=0,
        max_value=MOST_CUSTOMERS,
        required=False,
        label="Low touch at most",
        help_text=AS_THE_TIER,
    )

    def __init__(self, *args: Any, basis: Basis, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts"].choices = week_choices(basis.first_monday)  # type: ignore[attr-defined]
        self.fields["weekly_hours"].initial = FULL_WEEK_MINUTES // AN_HOUR
        self.fields["time_zone"].initial = basis.time_zone

    def raw(self) -> dict[str, Any] | None:
        """Return the hires as `read_changes` knows them; None for an empty row."""
        row = self.cleaned_data
        if not row.get("count"):
            return None
        return {
            "count": row["count"],
            "from": row["starts"],
            "weekly_minutes": FULL_WEEK_MINUTES if row["weekly_hours"] is None else minutes_of(row["weekly_hours"]),
            "time_zone": row["time_zone"],
            "languages": row["languages"],
            "name": row["name"],
            "limits": {tier: row[f"limit_{tier}"] for tier in TIERS},
        }


PeopleRows = forms.formset_factory(PersonRow, extra=1, max_num=MOST_PEOPLE_ROWS, absolute_max=MOST_PEOPLE_ROWS)
HireRows = forms.formset_factory(HireRow, extra=1, max_num=MOST_HIRE_ROWS, absolute_max=MOST_HIRE_ROWS)


def people_initial(changes: Changes, basis: Basis) -> Iterable[dict[str, Any]]:
    """Yield the changes of people as their rows show them."""
    for person, starts in changes.leaving.items():
        yield {"what": "leave", "person": str(person), "starts": _week(starts, basis)}
    for person, change in changes.hours.items():
        yield {
            "what": "hours",
            "person": str(person),
            "starts": _week(change.starts, basis),
            "number": hours_of(change.weekly_minutes),
        }
    for (person, tier), limit in changes.own_limits.items():
        yield {"what": tier, "person": str(person), "number": limit}


def hires_initial(changes: Changes, basis: Basis) -> Iterable[dict[str, Any]]:
    """Yield the new CSMs as their rows show them."""
    for hire in changes.hires:
        yield {
            "count": hire.count,
            "starts": _week(hire.starts, basis),
            "weekly_hours": hours_of(hire.weekly_minutes),
            "time_zone": hire.time_zone,
            "languages": list(hire.languages),
            "name": hire.name,
            **{f"limit_{tier}": limit for tier, limit in hire.limits.items()},
        }


def week_choices(first: date) -> list[tuple[str, str]]:
    """Return the Mondays of the weeks that a scenario looks at."""
    return [
        (monday.isoformat(), format_date(monday, "medium", locale=current_locale())) for monday in mondays(first, WEEKS)
    ]


def _week(starts: date, basis: Basis) -> str:
    """Return the week as the select knows it; what began before begins with the first."""
    return max(starts, basis.first_monday).isoformat()
