"""Forms of rebalances: between whom and under which guard rails, the filters of the moves, another target."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Tier, User
from segments.rebalancing import Rails
from segments.rebalancing.values import TIERS, ZONE_LIKE_NOW, ZONE_WITHIN

ZONES = (
    (ZONE_LIKE_NOW, "Further away than now by at most"),
    (ZONE_WITHIN, "Apart from the customer by at most"),
    ("", "Any time zone will do"),
)
DEFAULTS = Rails()


class PeopleField(forms.ModelMultipleChoiceField):
    """CSMs as boxes to tick; the page prints the rows itself, with what each carries."""

    widget = forms.CheckboxSelectMultiple


class RebalanceForm(forms.Form):
    """Between whom customers may move, and what must not be broken."""

    people = PeopleField(
        queryset=User.objects.none(),
        label="Between whom",
        error_messages={"required": "Choose the CSMs between whom customers may move."},
    )
    tiers = forms.MultipleChoiceField(
        choices=[(tier, Tier(tier).label) for tier in TIERS],
        initial=list(TIERS),
        widget=forms.CheckboxSelectMultiple,
        label="Tiers",
        error_messages={"required": "Choose at least one tier."},
    )
    renewal_days = forms.IntegerField(
        min_value=0,
        max_value=730,
        initial=DEFAULTS.renewal_days,
        label="Days around a renewal without a move",
        help_text="0: a renewal is no reason to stay.",
    )
    keep_language = forms.BooleanField(
        required=False, initial=True, label="Whoever takes over speaks the customer's language, if the CSM of now does"
    )
    zone = forms.ChoiceField(choices=ZONES, required=False, initial=DEFAULTS.zone, label="The new CSM's clock")
    zone_hours = forms.FloatField(min_value=0, max_value=12, initial=DEFAULTS.zone_hours, label="Hours")
    pinned_stay = forms.BooleanField(
        required=False, initial=True, label="Customers that are pinned to their tier stay where they are"
    )
    let_past_stay = forms.BooleanField(
        required=False, initial=True, label="Customers that a manager let past a limit stay with that CSM"
    )
    place_unassigned = forms.BooleanField(
        required=False, label="Also give a CSM to customers without one, as far as places reach"
    )
    even_out = forms.BooleanField(
        required=False, label="Also even out how full portfolios are, where that is worth the moves"
    )
    emptied = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), required=False, label="Gives the whole portfolio over"
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = User.objects.filter(pk__in=[person.pk for person in people])
        for name in ("people", "emptied"):
            self.fields[name].queryset = found  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the values; nobody gives a portfolio over who takes no part."""
        values = super().clean() or {}
        chosen = set(values.get("people") or [])
        if any(person not in chosen for person in values.get("emptied") or []):
            self.add_error("people", "Whoever gives a portfolio over has to be ticked as well.")
        elif chosen and chosen == set(values.get("emptied") or []):
            self.add_error("people", "Somebody has to be left who takes the customers.")
        return values

    @property
    def rails(self) -> Rails:
        """Return the guard rails of a valid form."""
        kept = {name: value for name, value in self.cleaned_data.items() if name not in ("people", "emptied")}
        emptied = sorted(person.pk for person in self.cleaned_data["emptied"])
        return Rails.read(kept | {"emptied": emptied})

    @property
    def people_ids(self) -> list[int]:
        """Return the ids of the people of a valid form."""
        return [person.pk for person in self.cleaned_data["people"]]


class MovesFilterForm(forms.Form):
    """What the moves of a proposal are narrowed to."""

    name = forms.CharField(required=False, max_length=100, label="Customer")
    person = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="CSM")
    tier = forms.ChoiceField(required=False, label="Tier")
    kind = forms.ChoiceField(
        required=False,
        label="Show",
        choices=(
            ("", "All moves"),
            ("accepted", "Kept"),
            ("removed", "Removed"),
            ("by_hand", "Chosen by hand"),
            ("placed", "Without a CSM before"),
        ),
    )

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], tiers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]
        self.fields["tier"].choices = [("", "Any tier"), *((t, Tier(t).label) for t in tiers)]  # type: ignore[attr-defined]


class TargetForm(forms.Form):
    """To whom a customer goes, and why; `knowingly` repeats a choice that breaks guard rails."""

    person = forms.IntegerField(error_messages={"required": "Choose a CSM.", "invalid": "Choose a CSM."})
    why = forms.CharField(max_length=150, required=False, label="Why")
    knowingly = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ApplyForm(forms.Form):
    """The note with which a proposal is approved."""

    note = forms.CharField(
        max_length=200,
        required=False,
        label="Note",
        help_text="Goes to both CSMs and onto the customers' timelines.",
    )
