"""The form of a new calendar address."""

from django import forms

from queues.actions.feeds import LONGEST_NAME


class FeedForm(forms.Form):
    """Where the address will be used, so that its owner knows it again."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        required=False,
        help_text="Where you use it, for example “Phone”, so that you know it later. Calendars show it too.",
    )


class HostFeedForm(FeedForm):
    """The same for a host, who may want its absences beside its hours."""

    with_absences = forms.BooleanField(
        required=False, label="Show my absences too", help_text="As “Away”, without the reason."
    )
