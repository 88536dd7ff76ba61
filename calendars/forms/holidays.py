"""The form of a day on which the company is closed."""

from django import forms

from accounts.forms.choices import countries


class HolidayForm(forms.Form):
    """A day on which the whole company, or its people in one country, does not work."""

    on = forms.DateField(label="Day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    name = forms.CharField(max_length=120, label="Name", help_text="Such as “Company day”.")
    country = forms.ChoiceField(choices=countries, required=False, help_text="Empty: everywhere.")
