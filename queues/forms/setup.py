"""Forms to set up a queue and its hosts."""

import re
from typing import Any

from django import forms

from accounts.forms.choices import countries
from accounts.forms.people import SpokenLanguagesField
from accounts.models import Tier, User
from calendars.actions.hours import DAY_FIELDS
from calendars.forms.weekdays import WeekdaysForm
from calendars.rules.clock import Minutes
from queues.actions.setup import MOST_WEEKLY_MINUTES, possible_hosts
from queues.models import Queue, QueueHost

_DURATION = re.compile(r"(\d{1,4})\s*(d|days?|h|hours?|m|min|minutes?)", re.IGNORECASE)
_MINUTES_OF = {"d": 24 * 60, "h": 60, "m": 1}


def read_duration(text: str) -> int:
    """Return the minutes of "4 h", "30 min" or "2 days"; raise ValidationError for what can't be read."""
    found = _DURATION.fullmatch(text.strip())
    if not found:
        raise forms.ValidationError("Write it as 4 h, 30 min or 2 days.", code="invalid")
    return int(found[1]) * _MINUTES_OF[found[2][0].lower()]


def print_duration(minutes: int) -> str:
    """Return minutes as the form reads them: "2 d", "4 h", "90 min"."""
    if minutes and minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"


class DurationField(forms.CharField):
    """A length of time, as people write it."""

    def prepare_value(self, value: Any) -> Any:
        """Return what is kept in words, or what was typed."""
        return print_duration(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """Return the minutes."""
        text = super().clean(value)
        return read_duration(text) if text else None


class DurationsField(forms.CharField):
    """Several lengths of time, separated by commas."""

    def prepare_value(self, value: Any) -> Any:
        """Return what is kept in words, or what was typed."""
        return ", ".join(print_duration(one) for one in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the minutes of each."""
        return [read_duration(part) for part in str(super().clean(value)).split(",") if part.strip()]


class TopicsField(forms.CharField):
    """Topics, one a line."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        """Return the names a line each, or what was typed."""
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Return the names in their order."""
        return [line.strip() for line in str(super().clean(value)).splitlines() if line.strip()]


class QueueForm(forms.Form):
    """What a queue is about and by which rules its hours are offered."""

    name = forms.CharField(max_length=120, help_text="What customers see, such as “Ask an expert”.")
    description = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What customers read before they book: what the hour is good for, what to bring.",
    )
    topics = TopicsField(required=False, help_text="One a line. Customers choose one or write their own.")
    is_open = forms.BooleanField(
        required=False, label="Open for booking", help_text="A closed queue keeps its bookings and takes no new ones."
    )
    tiers = forms.MultipleChoiceField(
        choices=Tier.choices, widget=forms.CheckboxSelectMultiple, label="Who may book", help_text="By touch tier."
    )
    languages = SpokenLanguagesField(required=False, help_text="Only customers of these languages; empty: any.")
    countries = forms.MultipleChoiceField(
        choices=lambda: countries()[1:],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text="Only customers in these countries; none chosen: any.",
    )
    hours_per_customer = forms.IntegerField(min_value=1, max_value=100, label="Hours a customer may book")
    period = forms.ChoiceField(choices=Queue.Period.choices, label="in each")
    slot_minutes = DurationField(label="An hour lasts", help_text="15 min to 8 h.")
    step_minutes = DurationField(label="A start every", help_text="Counted from the beginning of a host's time.")
    buffer_before_minutes = DurationField(label="Kept free before")
    buffer_after_minutes = DurationField(label="Kept free after", help_text="For the host's notes.")
    notice_minutes = DurationField(label="Booked at least this long ahead")
    horizon_days = forms.IntegerField(min_value=1, max_value=366, label="Days ahead that are offered")
    change_until_minutes = DurationField(label="Customers may move or cancel until", help_text="Before the start.")
    offer_minutes = DurationField(
        label="An offer to the waiting list lasts", help_text="Then the next one in line gets it."
    )
    reminders = DurationsField(required=False, help_text="Before the start, separated by commas: 1 d, 1 h.")
    meeting_text = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="How to meet",
        help_text="For hosts without a link of their own: a telephone number, a room, a link.",
    )

    @staticmethod
    def initial_of(queue: Queue) -> dict[str, Any]:
        """Return what the form shows first for this queue."""
        names = [name for name in QueueForm.base_fields if name != "topics"]
        topics = [topic.name for topic in queue.topics.all() if topic.is_active] if queue.pk else []
        return {name: getattr(queue, name) for name in names} | {"topics": topics}


class HostForm(forms.Form):
    """How much of the queue a host takes."""

    weekly_minutes = DurationField(label="Hours a week", help_text="How much the host gives to this queue in one week.")
    weight = forms.IntegerField(
        min_value=1,
        max_value=1000,
        label="Share",
        help_text="100 is an ordinary share of the hours booked with any expert; 50 is half of it.",
    )
    meeting_url = forms.URLField(
        required=False, max_length=500, assume_scheme="https", label="Link to meet", help_text="Sent to the customer."
    )
    is_active = forms.BooleanField(required=False, label="Gives hours now")

    @staticmethod
    def initial_of(host: QueueHost) -> dict[str, Any]:
        """Return what the form shows first for this host."""
        return {name: getattr(host, name) for name in HostForm.base_fields}

    def clean_weekly_minutes(self) -> int:
        """Refuse more than a week has."""
        minutes = self.cleaned_data["weekly_minutes"]
        if minutes > MOST_WEEKLY_MINUTES:
            raise forms.ValidationError("A week has 168 hours.")
        return int(minutes)


class WindowsForm(WeekdaysForm):
    """In which hours of the week a host takes bookings; empty throughout: in all working hours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.none_text = "None"

    @staticmethod
    def initial_of(host: QueueHost) -> dict[str, Any]:
        """Return what the form shows first for this host."""
        week: list[list[Minutes]] = [[] for _ in DAY_FIELDS]
        for window in host.windows.order_by("weekday", "starts"):
            week[window.weekday].append((window.starts, window.ends))
        return WindowsForm.rows_of_days(week)


class NewHostForm(HostForm):
    """Who becomes a host."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="Choose a person")
    is_active = None  # type: ignore[assignment]
    field_order = ("person", "weekly_minutes", "weight", "meeting_url")

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people: forms.ModelChoiceField = self.fields["person"]  # type: ignore[assignment]
        people.queryset = possible_hosts().exclude(hosted_queues__queue=queue)
