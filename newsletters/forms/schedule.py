"""When an issue is sent."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils import timezone

from accounts.forms.choices import time_zones
from calendars.rules.clock import moment, zone_of
from newsletters.forms.issues import DayField
from newsletters.models import Issue

NOW, AT, LOCAL = "now", "at", "local"
WHENS = (
    (NOW, "Now"),
    (AT, "At a time, for everybody at the same moment"),
    (LOCAL, "At an hour of each recipient’s own clock"),
)


class TimeInput(forms.TimeInput):
    """A time of the day, by the browser's own clock."""

    input_type = "time"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", **options)


class ScheduleForm(forms.Form):
    """When an issue is sent, by whose clock, and whether it keeps out of quiet hours."""

    when = forms.ChoiceField(choices=WHENS, widget=forms.RadioSelect, label="When")
    day = DayField(required=False)
    at = forms.TimeField(required=False, widget=TimeInput, label="Time")
    zone = forms.ChoiceField(choices=time_zones, required=False, label="On the clock of")
    keeps_quiet_hours = forms.BooleanField(required=False, label="Keep out of quiet hours")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def clean(self) -> dict[str, Any]:
        """Ask for a day and a time unless it is sent now; refuse a moment that is past."""
        cleaned = super().clean() or {}
        if cleaned.get("when") in (AT, LOCAL):
            for name, words in (("day", "Choose a day."), ("at", "Choose a time.")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, words)
        if cleaned.get("when") == AT and not self.errors:
            if not cleaned.get("zone"):
                self.add_error("zone", "Choose whose clock is meant.")
            elif self.send_at <= timezone.now():
                self.add_error("at", "This moment is past. Choose a later one, or “Now”.")
        if cleaned.get("when") == LOCAL and not self.errors and self.is_over_everywhere:
            self.add_error("at", "This hour is past everywhere. Choose a later one.")
        return cleaned

    @property
    def send_at(self) -> datetime:
        """Return the moment in UTC; an hour that the clock jumps over is the moment of the jump."""
        at: time = self.cleaned_data["at"]
        return moment(self.cleaned_data["day"], at.hour * 60 + at.minute, self.cleaned_data["zone"])

    @property
    def is_over_everywhere(self) -> bool:
        """Tell whether no clock of the world has still to show the day and the hour."""
        at: time = self.cleaned_data["at"]
        # The last clocks of the world are 12 hours behind UTC.
        last = datetime.combine(self.cleaned_data["day"], at, tzinfo=UTC).timestamp() + 12 * 3600
        return last <= timezone.now().timestamp()

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the action takes."""
        quiet = self.cleaned_data["keeps_quiet_hours"]
        if self.cleaned_data["when"] == LOCAL:
            at: time = self.cleaned_data["at"]
            return {
                "timing": Issue.Timing.LOCAL,
                "local_date": self.cleaned_data["day"],
                "local_minute": at.hour * 60 + at.minute,
                "keeps_quiet_hours": quiet,
            }
        send_at = timezone.now() if self.cleaned_data["when"] == NOW else self.send_at
        return {"timing": Issue.Timing.AT_ONCE, "send_at": send_at, "keeps_quiet_hours": quiet}

    @staticmethod
    def initial_of(issue: Issue, zone: str) -> dict[str, Any]:
        """Return what the form shows first: what was chosen before, or ten on the planned day."""
        shown: dict[str, Any] = {
            "when": AT,
            "day": issue.planned_on,
            "at": time(10),
            "zone": zone,
            "keeps_quiet_hours": issue.keeps_quiet_hours,
            "version": issue.version,
        }
        if issue.timing == Issue.Timing.LOCAL:
            shown["when"] = LOCAL
            if issue.local_date and issue.local_minute is not None:
                shown |= {"day": issue.local_date, "at": time(*divmod(issue.local_minute, 60))}
        elif issue.send_at:
            local = issue.send_at.astimezone(zone_of(zone))
            shown |= {"day": local.date(), "at": local.time().replace(second=0, microsecond=0)}
        return shown
