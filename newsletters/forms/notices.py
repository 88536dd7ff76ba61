"""The form of a notice."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.forms.choices import time_zones
from calendars.rules.clock import moment, zone_of
from newsletters.models import Notice, Topic

AS_BROWSERS_WRITE = "%Y-%m-%dT%H:%M"


class WallTimeField(forms.Field):
    """A day and a time as the wall of some zone shows them; which zone, another field says."""

    widget = forms.DateTimeInput(format=AS_BROWSERS_WRITE, attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        """Return the day and time; raise ValidationError for what is none."""
        if value in self.empty_values:
            return None
        try:
            found = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise forms.ValidationError("Write it as 2026-12-24 09:00.", code="invalid") from error
        if found.tzinfo is not None or not 2000 <= found.year <= 2200:
            raise forms.ValidationError("Write a day and a time between 2000 and 2200.", code="invalid")
        return found.replace(second=0, microsecond=0)


class NoticeForm(forms.Form):
    """What a notice says, when it shows, and how."""

    title = forms.CharField(
        max_length=120, help_text="One line that says it all, such as “Reports now load in a second”."
    )
    body = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        label="Text",
        help_text="**bold**, *italic*, [a link](https://…) and lists with “- ”. No headings, no pictures.",
    )
    link_url = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        label="Where it leads",
        help_text="The page to read on, if there is one.",
    )
    link_text = forms.CharField(required=False, max_length=60, label="Words of the link", help_text="Empty: Read more.")
    kind = forms.ChoiceField(choices=Notice.Kind.choices)
    topic = forms.ModelChoiceField(
        Topic.objects.none(),
        required=False,
        empty_label="None",
        help_text="Contacts who declined this topic in the product do not see it.",
    )
    starts = WallTimeField(label="From")
    ends = WallTimeField(required=False, label="To", help_text="Empty: until it is withdrawn.")
    zone = forms.ChoiceField(choices=time_zones, label="Time zone", help_text="Of the clock that both times mean.")
    shows = forms.ChoiceField(
        choices=Notice.Shows.choices, label="Shown", help_text="Once: it is gone when it has been seen."
    )
    priority = forms.IntegerField(min_value=1, max_value=100, help_text="1 to 100; the higher, the further up.")

    def __init__(self, *args: Any, topic: Topic | None = None, **kwargs: Any) -> None:
        """Offer the open topics, and the one that the notice has."""
        super().__init__(*args, **kwargs)
        offered = Topic.objects.filter(is_open=True)
        if topic is not None:
            offered |= Topic.objects.filter(pk=topic.pk)
        self.fields["topic"].queryset = offered  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what the valid form says, its times as moments in UTC."""
        cleaned = dict(self.cleaned_data)
        zone, starts, ends = cleaned.pop("zone"), cleaned.pop("starts"), cleaned.pop("ends")
        return {
            **cleaned,
            "starts_at": _moment(starts, zone),
            "ends_at": _moment(ends, zone, is_end=True) if ends else None,
        }

    @staticmethod
    def initial_of(notice: Notice, zone: str) -> dict[str, Any]:
        """Return what the form shows first, its times by the clock of the zone."""
        tz = zone_of(zone)
        names = ("title", "body", "link_url", "link_text", "kind", "topic", "shows", "priority")
        return {name: getattr(notice, name) for name in names} | {
            "starts": notice.starts_at.astimezone(tz).replace(tzinfo=None),
            "ends": notice.ends_at.astimezone(tz).replace(tzinfo=None) if notice.ends_at else None,
            "zone": tz.key,
        }


def _moment(wall: datetime, zone: str, *, is_end: bool = False) -> datetime:
    return moment(wall.date(), wall.hour * 60 + wall.minute, zone, is_end=is_end)
