"""The form of the terms that capacity is worked out by, with hours as people write them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from accounts.models import Tier
from segments.actions.capacity_terms import MOST_DAYS, MOST_MINUTES, MOST_WEEKS
from segments.capacity.inputs import EventPlan, Terms
from segments.models import EventTerms

MINUTES_AN_HOUR = 60
TIER_NAMES = {tier.value: tier.label for tier in Tier}


class HoursField(forms.DecimalField):
    """Hours and parts of them; cleaned to whole minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=MOST_MINUTES // MINUTES_AN_HOUR,
            decimal_places=2,
            max_digits=6,
            widget=forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal"}),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the minutes."""
        hours = super().clean(value)
        return None if hours is None else round(hours * MINUTES_AN_HOUR)


class CapacityTermsForm(forms.Form):
    """The terms; `seen` says which ones the form was made from."""

    utilisation_target = forms.IntegerField(
        min_value=1,
        max_value=100,
        label="Of working time, for customers (%)",
        help_text="The rest goes into colleagues, learning and what nobody planned. Three quarters is usual.",
    )
    days_without_contact = forms.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        label="Days without contact",
        help_text="A high-touch customer nobody spoke with for longer counts as neglected.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: Any, *, terms: Terms, seen: str) -> None:
        super().__init__(data, initial={**_initial(terms), "seen": seen})
        self.terms = terms
        for tier, name in TIER_NAMES.items():
            self.fields[f"planned_{tier}"] = HoursField(label=f"{name}, hours a month")
        for event in EventTerms.Event:
            for tier, name in TIER_NAMES.items():
                self.fields[f"{event}_{tier}_hours"] = HoursField(label=f"{name}, hours")
                self.fields[f"{event}_{tier}_weeks"] = forms.IntegerField(
                    min_value=1, max_value=MOST_WEEKS, label=f"{name}, weeks"
                )

    def new_terms(self) -> Terms:
        """Return the terms as they were filled in; for a form that is valid."""
        values = self.cleaned_data
        return replace(
            self.terms,
            utilisation_target=values["utilisation_target"],
            days_without_contact=values["days_without_contact"],
            planned_minutes={tier: values[f"planned_{tier}"] for tier in TIER_NAMES},
            events={
                (event.value, tier): EventPlan(values[f"{event}_{tier}_hours"], values[f"{event}_{tier}_weeks"])
                for event in EventTerms.Event
                for tier in TIER_NAMES
            },
        )

    @property
    def planned(self) -> list[forms.BoundField]:
        """Return the fields of planned hours."""
        return [self[f"planned_{tier}"] for tier in TIER_NAMES]

    @property
    def renewal(self) -> list[forms.BoundField]:
        """Return the fields of renewals."""
        return self._event(EventTerms.Event.RENEWAL)

    @property
    def onboarding(self) -> list[forms.BoundField]:
        """Return the fields of onboardings."""
        return self._event(EventTerms.Event.ONBOARDING)

    def _event(self, event: str) -> list[forms.BoundField]:
        return [self[f"{event}_{tier}_{part}"] for tier in TIER_NAMES for part in ("hours", "weeks")]


def _initial(terms: Terms) -> dict[str, Any]:
    values: dict[str, Any] = {
        "utilisation_target": terms.utilisation_target,
        "days_without_contact": terms.days_without_contact,
    }
    for tier in TIER_NAMES:
        values[f"planned_{tier}"] = _hours(terms.planned_minutes.get(tier, 0))
        for event in EventTerms.Event:
            plan = terms.events.get((event.value, tier), EventPlan(0, 4))
            values[f"{event}_{tier}_hours"] = _hours(plan.minutes)
            values[f"{event}_{tier}_weeks"] = plan.weeks
    return values


def _hours(minutes: int) -> Decimal:
    hours = round(Decimal(minutes) / MINUTES_AN_HOUR, 2)
    return hours.to_integral_value() if hours == hours.to_integral_value() else hours.normalize()
