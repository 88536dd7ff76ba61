"""The form of the house rules for the one-to-many team, to try them and to keep them."""

from copy import copy
from typing import Any
from urllib.parse import urlencode

from django import forms

from segments.actions.one_to_many import MOST_DAYS, MOST_MINUTES, MOST_SEATS, SETTINGS
from segments.forms.time import MinutesField
from segments.models import CapacitySettings
from segments.one_to_many.formats import formats


class OneToManyForm(forms.Form):
    """What a customer without a CSM should get, what a webinar gives, and which formats are made elsewhere."""

    days_without_contact = forms.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        label="Days without contact",
        help_text="After so many days without a word both ways a customer counts as left alone.",
    )
    attention_minutes = MinutesField(label="Attention a quarter", help_text="For each customer: minutes, or 1:30.")
    webinar_seats = forms.IntegerField(
        min_value=1, max_value=MOST_SEATS, label="Seats of a webinar", help_text="Customers that one webinar reaches."
    )
    webinar_minutes = MinutesField(
        label="Work for a webinar", help_text="With its preparation; the webinar itself lasts an hour."
    )
    webinar_share = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Attention by webinar, %",
        help_text="How much of the attention a webinar gives as well as an hour of one’s own.",
    )
    formats_elsewhere = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Formats that you have elsewhere",
        help_text="Outside this product: a video channel, say, or a mailing tool.",
    )

    def __init__(self, data: Any, *, settings: CapacitySettings) -> None:
        super().__init__(data, initial={name: getattr(settings, name) for name in SETTINGS}, auto_id="o-%s")
        choices = [(one.name, one.label) for one in formats()]
        self.fields["formats_elsewhere"].choices = choices  # type: ignore[attr-defined]

    def clean_attention_minutes(self) -> int:
        """Return the minutes, at least one and at most a person's quarter."""
        return self._minutes("attention_minutes")

    def clean_webinar_minutes(self) -> int:
        """Return the minutes, at least one and at most a person's quarter."""
        return self._minutes("webinar_minutes")

    def applied(self, settings: CapacitySettings) -> CapacitySettings:
        """Return a copy of the settings with what the form holds, which nobody saves."""
        tried = copy(settings)
        for name in SETTINGS:
            setattr(tried, name, self.cleaned_data[name])
        return tried

    def as_query(self) -> str:
        """Return what the form holds as the query of an address."""
        pairs = [(name, self.cleaned_data[name]) for name in SETTINGS if name != "formats_elsewhere"]
        pairs += [("formats_elsewhere", name) for name in self.cleaned_data["formats_elsewhere"]]
        return urlencode([("try", "1"), *pairs])

    def _minutes(self, name: str) -> int:
        minutes = self.cleaned_data[name]
        if not 1 <= minutes <= MOST_MINUTES:
            raise forms.ValidationError(f"From 1 to {MOST_MINUTES:,} minutes.")
        return int(minutes)
