"""Forms for a tier's terms and for a CSM's own limit."""

from django import forms

from segments.actions.limits import MOST_CUSTOMERS, MOST_MINUTES


class TierTermsForm(forms.Form):
    """A tier's terms for the whole company; an empty field means no limit."""

    portfolio_limit = forms.IntegerField(
        min_value=0, max_value=MOST_CUSTOMERS, required=False, label="Customers a CSM", help_text="Empty: no limit."
    )
    monthly_minutes = forms.IntegerField(
        min_value=0,
        max_value=MOST_MINUTES,
        required=False,
        label="Minutes a customer each month",
        help_text="Empty: no limit.",
    )


class PersonLimitForm(forms.Form):
    """A CSM's own limit, and why it differs from the tier's."""

    portfolio_limit = forms.IntegerField(min_value=0, max_value=MOST_CUSTOMERS, label="Customers")
    why = forms.CharField(max_length=300, label="Why")
