"""Forms of the company's settings, exchange rates and custom fields."""

from typing import Any

from django import forms

from accounts.forms.choices import spoken_languages, time_zones
from accounts.models import CompanySettings, CustomField


class CompanyForm(forms.Form):
    """The company's house rules."""

    name = forms.CharField(max_length=200)
    currency = forms.CharField(
        max_length=3,
        help_text="ISO 4217 code, such as EUR. Revenue is shown in it; the exchange rates are turned into its terms.",
    )
    time_zone = forms.ChoiceField(choices=time_zones, help_text="Days and months of allowances begin in this zone.")
    language = forms.ChoiceField(choices=spoken_languages, help_text="The language of mails to people without one.")
    csm_sees = forms.ChoiceField(
        choices=CompanySettings.Sight.choices, label="What CSMs see", help_text="They edit their own portfolio alone."
    )
    require_second_factor = forms.BooleanField(
        required=False, label="Staff must use a second factor", help_text="Whoever has none is asked at the next page."
    )

    @staticmethod
    def initial_of(company: CompanySettings) -> dict[str, Any]:
        """Return what the form shows first."""
        names = ("name", "currency", "time_zone", "language", "csm_sees", "require_second_factor")
        return {name: getattr(company, name) for name in names}


class RateForm(forms.Form):
    """What one unit of another currency is worth from a day on."""

    currency = forms.CharField(max_length=3, help_text="Such as GBP.")
    valid_from = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    rate = forms.DecimalField(max_digits=24, decimal_places=12, help_text="In the company's currency.")


class CustomFieldForm(forms.Form):
    """A field that every customer has beside the product's own."""

    label = forms.CharField(max_length=80)
    type = forms.ChoiceField(choices=CustomField.Type.choices)
    choices = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="For the type “Choice”: one a line."
    )
    help_text = forms.CharField(max_length=200, required=False, label="Help", help_text="Shown where it is filled in.")
    position = forms.IntegerField(min_value=0, max_value=999, initial=0, help_text="Smaller numbers come first.")
    is_active = forms.BooleanField(
        required=False, initial=True, label="In use", help_text="Out of use, its values are kept but not shown."
    )

    def clean_choices(self) -> list[str]:
        """Return the choices, one a line."""
        return [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip()]

    @staticmethod
    def initial_of(field: CustomField) -> dict[str, Any]:
        """Return what the form shows first."""
        names = ("label", "type", "help_text", "position", "is_active")
        return {name: getattr(field, name) for name in names} | {"choices": "\n".join(field.choices)}
