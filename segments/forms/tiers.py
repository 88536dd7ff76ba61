"""Forms about tiers: a pin, the end of one, a decision, and what a list of moves is narrowed to."""

from typing import Any

from django import forms

from accounts.models import Tier
from segments.models import TierMove


class PinForm(forms.Form):
    """A tier that a customer is in whatever the rules say."""

    tier = forms.ChoiceField(choices=Tier.choices)
    until = forms.DateField(
        label="Last day", widget=forms.DateInput(attrs={"type": "date"}), help_text="The rules decide again after it."
    )
    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text="Shown with the tier.")
    override_reason = forms.CharField(
        max_length=300,
        required=False,
        label="Reason to go past the limit",
        help_text="Only where the CSM has no place left in this tier.",
    )

    def __init__(self, *args: Any, asks_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_override:
            del self.fields["override_reason"]


class EndPinForm(forms.Form):
    """Why a pin ends before its day."""

    why = forms.CharField(max_length=300, required=False, label="Why")


class MoveFilterForm(forms.Form):
    """What a list of moves is narrowed to."""

    TIERS = (("", "Any tier"), *Tier.choices)

    name = forms.CharField(required=False, max_length=100, label="Customer")
    status = forms.ChoiceField(required=False, choices=(("", "Any state"), *TierMove.Status.choices), label="State")
    reason = forms.ChoiceField(required=False, choices=(("", "Any reason"), *TierMove.Reason.choices))
    from_tier = forms.ChoiceField(required=False, choices=(*TIERS, ("none", "No tier")), label="From")
    to_tier = forms.ChoiceField(required=False, choices=TIERS, label="To")
    version = forms.IntegerField(required=False, min_value=1, max_value=2_000_000_000)
