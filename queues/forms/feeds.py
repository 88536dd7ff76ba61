"""The form of a new calendar address."""

from django import forms

from queues.models import CalendarFeed


class FeedForm(forms.Form):
    """Where the address will be used, so that its owner knows it again."""

    name = forms.CharField(
        max_length=CalendarFeed._meta.get_field("name").max_length,
        required=False,
        help_text="Where you use it, for example “Phone”, so that you know it later. Calendars show it too.",
    )


class HostFeedForm(FeedForm):
    """The same for a host, who may want its absences beside its hours."""

    with_absences = forms.BooleanField(
        required=False, label="Show my absences too", help_text="As “Away”, without the reason."
    )
