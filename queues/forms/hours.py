"""Forms of the hour's page: what the host writes down and what the customer is sent."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from calendars.rules.clock import local_day
from queues.actions.hours import MAX_FILE_BYTES, MAX_TEXT
from queues.models import Booking
from queues.queries.slots import slots

# As many as somebody looks through; a later hour is found by the customer or on the board.
SHOWN_SLOTS = 200


class NotesForm(forms.Form):
    """What the host keeps of the hour."""

    notes = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="For your colleagues. The customer never sees them.",
    )
    open_questions = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown to whoever meets this customer next.",
    )

    @staticmethod
    def initial_of(booking: Booking) -> dict[str, Any]:
        """Return what the form shows first."""
        return {"notes": booking.notes, "open_questions": booking.open_questions}


class OutcomeForm(forms.Form):
    """What came of the hour."""

    outcome = forms.ChoiceField(choices=Booking.Outcome.choices, widget=forms.RadioSelect, label="What came of it")


class FollowUpForm(forms.Form):
    """What the customer is sent afterwards."""

    follow_up = forms.CharField(
        required=False,
        max_length=MAX_TEXT,
        label="Message",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="The links and files below go along.",
    )


class MoveForm(forms.Form):
    """Another free hour for a booking; `free` are the hours there are."""

    starts_at = forms.ChoiceField(label="Move to")
    reason = forms.CharField(required=False, max_length=300, help_text="Kept on the customer’s timeline.")

    def __init__(self, *args: Any, booking: Booking, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = local_day(timezone.now(), viewer.time_zone)
        last = today + timedelta(days=booking.queue.horizon_days)
        found = slots(booking.queue, today, last, viewer.time_zone, customer=booking.customer, moving=booking)
        self.free = found[:SHOWN_SLOTS]
        field: forms.ChoiceField = self.fields["starts_at"]  # type: ignore[assignment]
        field.choices = [(slot.starts.isoformat(), slot.starts.isoformat()) for slot in self.free]

    def clean_starts_at(self) -> datetime:
        """Return the moment chosen."""
        return datetime.fromisoformat(self.cleaned_data["starts_at"])


class LinkForm(forms.Form):
    """A link to send along."""

    title = forms.CharField(required=False, max_length=200, label="Title of the link")
    url = forms.URLField(max_length=1000, assume_scheme="https", label="Address")


class FileForm(forms.Form):
    """A file to send along."""

    title = forms.CharField(required=False, max_length=200, label="Title of the file")
    file = forms.FileField(help_text="At most 10 MB.")

    def clean_file(self) -> Any:
        """Refuse a file that is too large before it is stored."""
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError("A file may have 10 MB; send a link to a larger one.")
        return file
