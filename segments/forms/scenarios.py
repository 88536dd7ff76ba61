"""The changes of a what-if as forms: numbers as they are today, to be changed, and rows for people and hires."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from django import forms
from django.forms.formsets import BaseFormSet
from django.http import QueryDict

from accounts.forms.choices import time_zones
from accounts.forms.people import SpokenLanguagesField
from accounts.models import Tier
from core.errors import Invalid, ProductError
from core.reading import current_locale
from segments.capacity.inputs import mondays
from segments.conditions.fields import MONEY
from segments.conditions.trees import DECIMAL_PLACES, MAX_NUMBER
from segments.drafts import Problem
from segments.queries.scenarios import Basis
from segments.scenarios.changes import (
    EVENTS,
    FULL_WEEK_MINUTES,
    MAX_NAME,
    MOST_CUSTOMERS,
    MOST_HIRES,
    MOST_MINUTES,
    MOST_WEEKLY_MINUTES,
    TIERS,
    WEEKS,
    Changes,
    read_changes,
)
from segments.scenarios.thresholds import Threshold

MOST_PEOPLE_ROWS = 60
MOST_HIRE_ROWS = 20
AN_HOUR = 60
AS_THE_TIER = "Empty: as the tier."
WHAT = [
    ("", "No change"),
    ("leave", "Leaves"),
    ("hours", "Works … hours a week"),
    ("high", "Takes … high-touch customers"),
    ("low", "Takes … low-touch customers"),
]

NUMBERED = ("hours", "high", "low")


class AboutForm(forms.Form):
    """What a scenario is called, and who sees it."""

    name = forms.CharField(max_length=80, label="Name")
    note = forms.CharField(max_length=300, required=False, label="Note")
    is_shared = forms.BooleanField(required=False, label="Other managers may look at it and copy it")


class TermsForm(forms.Form):
    """The company's numbers, filled with today's; what is left as it is, or emptied, does not change."""

    def __init__(self, data: QueryDict | None, basis: Basis, changes: Changes) -> None:
        super().__init__(data, auto_id="id_%s")
        self._basis = basis
        self._now: dict[str, Decimal | int | None] = {}
        for number, threshold in enumerate(basis.thresholds):
            self._add_threshold(f"threshold_{number}", threshold, changes)
        for tier in TIERS:
            self._add_tier(tier, changes)
        target = forms.IntegerField(min_value=1, max_value=100, required=False, label="Utilisation target in per cent")
        self._add("target", target, basis.terms.utilisation_target, changes.utilisation_target)

    @property
    def thresholds(self) -> list[forms.BoundField]:
        """Return the fields of the rules' numbers."""
        return [self[name] for name in self.fields if name.startswith("threshold_")]

    @property
    def by_tier(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields of each tier, under its name."""
        return [(Tier(tier).label, [self[name] for name in self.fields if name.endswith(f"_{tier}")]) for tier in TIERS]

    def raw(self) -> dict[str, Any]:
        """Return what was changed, as `read_changes` knows it."""
        changed = {
            name: value for name, value in self.cleaned_data.items() if value is not None and value != self._now[name]
        }
        thresholds = [
            vars(threshold.key) | {"value": changed[name]}
            for number, threshold in enumerate(self._basis.thresholds)
            if (name := f"threshold_{number}") in changed
        ]
        return {
            "thresholds": thresholds,
            "limits": {tier: changed.get(f"limit_{tier}") for tier in TIERS},
            "planned_minutes": {tier: _minutes(changed.get(f"hours_{tier}")) for tier in TIERS},
            "event_minutes": {
                event: {tier: _minutes(changed.get(f"{event}_{tier}")) for tier in TIERS} for event in EVENTS
            },
            "utilisation_target": changed.get("target"),
        }

    def _add_threshold(self, name: str, threshold: Threshold, changes: Changes) -> None:
        unit = self._basis.currency if threshold.field.unit == MONEY else threshold.field.unit
        label = f"{threshold.key.rule}: {threshold.words}" + (f" ({unit})" if unit else "")
        field = forms.DecimalField(
            max_value=MAX_NUMBER,
            min_value=-MAX_NUMBER,
            decimal_places=DECIMAL_PLACES,
            required=False,
            label=label,
            widget=forms.NumberInput(attrs={"step": "any"}),
        )
        self._add(name, field, _plain(threshold.value), _plain(changes.thresholds.get(threshold.key)))

    def _add_tier(self, tier: str, changes: Changes) -> None:
        terms = self._basis.terms
        limit = forms.IntegerField(min_value=0, max_value=MOST_CUSTOMERS, required=False, label="Customers a CSM")
        self._add(f"limit_{tier}", limit, terms.limits.get(tier), changes.limits.get(tier))
        hours = _hours_field("Hours a customer and month")
        planned = changes.planned_minutes.get(tier)
        self._add(f"hours_{tier}", hours, _hours(terms.planned_minutes.get(tier, 0)), _hours(planned))
        for event in EVENTS:
            plan = terms.events.get((event, tier))
            field = _hours_field(f"Hours for {'a renewal' if event == 'renewal' else 'an onboarding'}")
            changed = changes.event_minutes.get((event, tier))
            self._add(f"{event}_{tier}", field, _hours(plan.minutes if plan else 0), _hours(changed))

    def _add(self, name: str, field: forms.Field, now: Any, changed: Any) -> None:
        field.help_text = "Today: no limit" if now is None else f"Today {format_decimal(now, locale=current_locale())}"
        field.initial = now if changed is None else changed
        self.fields[name] = field
        self._now[name] = now


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
                    "weekly_minutes": _minutes(row["number"]),
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
        help_text="Empty: as the tier.",
    )
    limit_low = forms.IntegerField(
        min_value=0,
        max_value=MOST_CUSTOMERS,
        required=False,
        label="Low touch at most",
        help_text="Empty: as the tier.",
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
            "weekly_minutes": FULL_WEEK_MINUTES if row["weekly_hours"] is None else _minutes(row["weekly_hours"]),
            "time_zone": row["time_zone"],
            "languages": row["languages"],
            "name": row["name"],
            "limits": {tier: row[f"limit_{tier}"] for tier in TIERS},
        }


PeopleRows = forms.formset_factory(PersonRow, extra=1, max_num=MOST_PEOPLE_ROWS, absolute_max=MOST_PEOPLE_ROWS)
HireRows = forms.formset_factory(HireRow, extra=1, max_num=MOST_HIRE_ROWS, absolute_max=MOST_HIRE_ROWS)


class ChangesForms:
    """All forms of a scenario's changes, read as one."""

    def __init__(
        self, data: QueryDict | None, basis: Basis, changes: Changes, *, may_be_unfinished: bool = False
    ) -> None:
        """Show these changes, or read what was sent; rows that lack something may be let pass."""
        given = {"basis": basis}
        self._basis = basis
        self.problems: list[str] = []
        self.terms = TermsForm(data, basis, changes)
        self.people: BaseFormSet = PeopleRows(
            data,
            prefix="people",
            initial=list(_people_rows(changes, basis)),
            form_kwargs={**given, "may_be_unfinished": may_be_unfinished},
        )
        self.hires: BaseFormSet = HireRows(
            data, prefix="hires", initial=list(_hire_rows(changes, basis)), form_kwargs=given
        )

        # An empty row to begin with; behind rows that are filled, a button adds one.
        for rows in (self.people, self.hires):
            rows.extra = 0 if rows.initial else 1

    @property
    def shows_people(self) -> bool:
        """Tell whether there are changes of people to be seen."""
        return len(self.people.forms) > 1 or any(form["what"].value() for form in self.people.forms)

    @property
    def shows_hires(self) -> bool:
        """Tell whether there are new CSMs to be seen."""
        return len(self.hires.forms) > 1 or any(form["count"].value() for form in self.hires.forms)

    def read(self) -> Changes | None:
        """Return the changes; None where something can't be meant, which the fields and `problems` say."""
        if not all([self.terms.is_valid(), self.people.is_valid(), self.hires.is_valid()]):
            self.problems += [*self.people.non_form_errors(), *self.hires.non_form_errors()]
            return None
        people = [(form, row) for form in self.people.forms if (row := form.raw())]
        hires = [(form, row) for form in self.hires.forms if (row := form.raw())]
        raw = self.terms.raw() | {"people": [row for _, row in people], "hires": [row for _, row in hires]}
        try:
            return read_changes(raw, last_monday=mondays(self._basis.first_monday, WEEKS)[-1])
        except Invalid as error:
            rows = {f"people[{n}]": form for n, (form, _) in enumerate(people)}
            rows |= {f"hires[{n}]": form for n, (form, _) in enumerate(hires)}
            for problem in error.details["problems"]:
                self._tell(problem, rows)
            return None

    def refuse(self, error: ProductError) -> None:
        """Show a refusal that came of working the changes out, or of saving them."""
        self.problems.append(error.message)

    def all_problems(self) -> list[str]:
        """Return every problem in a line, each with the name of its field."""
        found = list(self.problems)
        for form in (self.terms, *self.people.forms, *self.hires.forms):
            for name, errors in form.errors.items():
                label = f"{form.fields[name].label}: " if name in form.fields else ""
                found += [f"{label}{error}" for error in errors]
        return found

    def _tell(self, problem: Problem, rows: dict[str, forms.Form]) -> None:
        place, _, field = problem.path.partition(".")
        form = rows.get(place)
        if form is None:
            self.problems.append(problem.message)
        else:
            form.add_error(field if field in form.fields else None, problem.message)


def with_another_row(sent: QueryDict, kind: str, basis: Basis) -> QueryDict:
    """Return what was sent with one more empty row of people or hires."""
    data = sent.copy()
    most = MOST_HIRE_ROWS if kind == "hires" else MOST_PEOPLE_ROWS
    text = data.get(f"{kind}-TOTAL_FORMS", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if count < most:
        data[f"{kind}-TOTAL_FORMS"] = str(count + 1)
        if kind == "hires":
            data[f"{kind}-{count}-weekly_hours"] = str(FULL_WEEK_MINUTES // AN_HOUR)
            data[f"{kind}-{count}-time_zone"] = basis.time_zone
    return data


def week_choices(first: date) -> list[tuple[str, str]]:
    """Return the Mondays of the weeks that a scenario looks at."""
    return [
        (monday.isoformat(), format_date(monday, "medium", locale=current_locale())) for monday in mondays(first, WEEKS)
    ]


def _people_rows(changes: Changes, basis: Basis) -> Iterable[dict[str, Any]]:
    for person, starts in changes.leaving.items():
        yield {"what": "leave", "person": str(person), "starts": _week(starts, basis)}
    for person, change in changes.hours.items():
        yield {
            "what": "hours",
            "person": str(person),
            "starts": _week(change.starts, basis),
            "number": _hours(change.weekly_minutes),
        }
    for (person, tier), limit in changes.own_limits.items():
        yield {"what": tier, "person": str(person), "number": limit}


def _hire_rows(changes: Changes, basis: Basis) -> Iterable[dict[str, Any]]:
    for hire in changes.hires:
        yield {
            "count": hire.count,
            "starts": _week(hire.starts, basis),
            "weekly_hours": _hours(hire.weekly_minutes),
            "time_zone": hire.time_zone,
            "languages": list(hire.languages),
            "name": hire.name,
            **{f"limit_{tier}": limit for tier, limit in hire.limits.items()},
        }


def _week(starts: date, basis: Basis) -> str:
    """Return the week as the select knows it; what began before begins with the first."""
    return max(starts, basis.first_monday).isoformat()


def _hours_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=0,
        max_value=MOST_MINUTES // AN_HOUR,
        decimal_places=2,
        required=False,
        label=label,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )


def _hours(minutes: int | None) -> Decimal | int | None:
    return None if minutes is None else _plain(round(Decimal(minutes) / AN_HOUR, 2))


def _minutes(hours: Decimal | int | None) -> int | None:
    return None if hours is None else round(hours * AN_HOUR)


def _plain(number: Decimal | None) -> Decimal | int | None:
    """Return a whole number as one, so that a field shows 60000 and not 60000.00."""
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else number.normalize()
