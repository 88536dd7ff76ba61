"""The forms of the house rules of newsletters."""

from datetime import time
from typing import Any

from django import forms

from newsletters.actions.settings import MOST_A_MINUTE
from newsletters.models import NewsletterSettings

MINUTES_AN_HOUR = 60


class MinuteOfDayField(forms.TimeField):
    """A time on the wall; cleaned to minutes after midnight."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")

    def prepare_value(self, value: Any) -> Any:
        """Return kept minutes as a time, or what was typed."""
        return time(*divmod(value, MINUTES_AN_HOUR)) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return the minutes."""
        moment = super().clean(value)
        return None if moment is None else moment.hour * MINUTES_AN_HOUR + moment.minute


class SettingsForm(forms.Form):
    """How the company sends."""

    sender_name = forms.CharField(required=False, max_length=120, help_text="Empty: the company’s name.")
    sender_address = forms.EmailField(required=False, help_text="Empty: the address that all mails come from.")
    reply_to = forms.EmailField(required=False, label="Answers go to")
    postal_address = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands at the foot of every mail; many countries ask for it.",
    )
    needs_approval = forms.BooleanField(
        required=False, label="A second person approves each issue", help_text="Nobody approves what it edited itself."
    )
    quiet_from = MinuteOfDayField(label="Quiet from", help_text="On each recipient’s own clock.")
    quiet_until = MinuteOfDayField(label="Quiet until", help_text="The same time twice: no hour is quiet.")
    tracking = forms.ChoiceField(
        choices=NewsletterSettings.Tracking.choices,
        widget=forms.RadioSelect,
        help_text="For issues sent from now on. Individual tracking may need your contacts’ consent by law.",
    )
    follow_on_days = forms.IntegerField(
        min_value=1,
        max_value=90,
        label="Days in which an hour booked follows on a mail",
        help_text="It came after the mail. Whether because of it, no figure can say.",
    )
    archive = forms.ChoiceField(
        choices=NewsletterSettings.Archive.choices, widget=forms.RadioSelect, label="Who may read the archive"
    )
    sends_digest = forms.BooleanField(
        required=False,
        label="Send the team its figures every Monday",
        help_text="To everybody who may edit newsletters.",
    )

    @staticmethod
    def initial_of(settings: NewsletterSettings) -> dict[str, Any]:
        """Return what the form shows first."""
        return {name: getattr(settings, name) for name in SettingsForm.base_fields}


class PaceForm(forms.Form):
    """A limit of mails a minute."""

    domain = forms.CharField(
        required=False, max_length=253, label="Receiving domain", help_text="Such as gmail.com. Empty: all mail."
    )
    per_minute = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_A_MINUTE, label="Mails a minute", help_text="Empty: no limit."
    )
