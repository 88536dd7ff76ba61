"""The company's numbers of a what-if: as they are today, to be changed."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django import forms
from django.http import QueryDict

from accounts.models import Tier
from core.reading import current_locale
from segments.conditions.fields import MONEY
from segments.conditions.trees import DECIMAL_PLACES, MAX_NUMBER
from segments.forms.scenarios.hours import hours_field, hours_of, minutes_of, plain
from segments.queries.scenarios import Basis
from segments.scenarios.changes import EVENTS, TIERS, Changes
from segments.scenarios.thresholds import Threshold
from segments.scenarios.values import MOST_CUSTOMERS


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
            "planned_minutes": {tier: minutes_of(changed.get(f"hours_{tier}")) for tier in TIERS},
            "event_minutes": {
                event: {tier: minutes_of(changed.get(f"{event}_{tier}")) for tier in TIERS} for event in EVENTS
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
        self._add(name, field, plain(threshold.value), plain(changes.thresholds.get(threshold.key)))

    def _add_tier(self, tier: str, changes: Changes) -> None:
        terms = self._basis.terms
        limit = forms.IntegerField(min_value=0, max_value=MOST_CUSTOMERS, required=False, label="Customers a CSM")
        self._add(f"limit_{tier}", limit, terms.limits.get(tier), changes.limits.get(tier))
        hours = hours_field("Hours a customer and month")
        planned = changes.planned_minutes.get(tier)
        self._add(f"hours_{tier}", hours, hours_of(terms.planned_minutes.get(tier, 0)), hours_of(planned))
        for event in EVENTS:
            plan = terms.events.get((event, tier))
            field = hours_field(f"Hours for {'a renewal' if event == 'renewal' else 'an onboarding'}")
            changed = changes.event_minutes.get((event, tier))
            self._add(f"{event}_{tier}", field, hours_of(plan.minutes if plan else 0), hours_of(changed))

    def _add(self, name: str, field: forms.Field, now: Any, changed: Any) -> None:
        field.help_text = "Today: no limit" if now is None else f"Today {format_decimal(now, locale=current_locale())}"
        field.initial = now if changed is None else changed
        self.fields[name] = field
        self._now[name] = now
