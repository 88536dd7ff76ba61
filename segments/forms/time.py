"""The form to log time, with minutes as people write them."""

import re
from typing import Any

from django import forms

from segments.models import TimeEntry
from segments.queries.allowances import company_today

_CLOCK = re.compile(r"(?:(\d{1,2})\s*(?::|h(?:ours?|rs?)?))\s*(\d{1,2})?\s*(?:m(?:in(?:utes?)?)?)?", re.IGNORECASE)
_MINUTES = re.compile(r"(\d{1,4})\s*(?:m(?:in(?:utes?)?)?)?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2})[.,](\d{1,2})\s*h(?:ours?|rs?)?", re.IGNORECASE)


class MinutesField(forms.Field):
    """Minutes, written as 90, 1:30, 1h 30 or 1.5h."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def to_python(self, value: Any) -> int | None:
        """Return the minutes; raise ValidationError for what can't be read."""
        text = str(value or "").strip()
        if not text:
            return None
        if found := _HOURS.fullmatch(text):
            return round(float(f"{found[1]}.{found[2]}") * 60)
        if found := _MINUTES.fullmatch(text):
            return int(found[1])
        if found := _CLOCK.fullmatch(text):
            return int(found[1]) * 60 + int(found[2] or 0)
        raise forms.ValidationError("Minutes, as 90 or 1:30.", code="invalid")


class TimeForm(forms.Form):
    """Time given to a customer on a day."""

    minutes = MinutesField(label="Time", help_text="Minutes, or 1:30")
    on = forms.DateField(label="Day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    activity = forms.ChoiceField(choices=TimeEntry.Activity.choices, label="What for")
    note = forms.CharField(max_length=300, required=False, label="Note")
    over_allowance_reason = forms.CharField(
        max_length=300,
        required=False,
        label="Reason to give more than promised",
    )

    def __init__(self, *args: Any, asks_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = company_today()
        self.fields["on"].initial = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        if not asks_reason:
            # Not asked before it is needed; what was sent is read all the same.
            self.fields["over_allowance_reason"].widget = forms.HiddenInput()

    def over_allowance(self) -> bool:
        """Tell whether the reason is asked."""
        return not self.fields["over_allowance_reason"].widget.is_hidden

    def ask_reason(self) -> None:
        """Show the field for the reason, which the first answer asked for."""
        self.fields["over_allowance_reason"].widget = forms.TextInput(attrs={"maxlength": 300, "data-autofocus": ""})
