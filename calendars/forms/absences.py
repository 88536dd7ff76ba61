"""The form of an absence."""

from typing import Any

from django import forms

from accounts.models import User
from calendars.forms.periods import clock_minutes
from calendars.models import Absence
from calendars.queries.absences import possible_covers
from calendars.rules.absences import Away
from calendars.rules.clock import MINUTES_A_DAY
from calendars.rules.words import clock_text


class ClockField(forms.CharField):
    """A time of day in minutes from midnight, None where it is left empty."""

    widget = forms.TextInput(attrs={"type": "time"})

    def __init__(self, *, is_end: bool = False, **options: Any) -> None:
        self.is_end = is_end
        super().__init__(**{"required": False, **options})

    def to_python(self, value: Any) -> Any:
        """Return the minutes; 00:00 as an end is midnight."""
        text = super().to_python(value)
        return clock_minutes(str(text), is_end=self.is_end) if text else None

    def prepare_value(self, value: Any) -> Any:
        """Return the minutes as a clock shows them, or what was typed."""
        return clock_text(value % MINUTES_A_DAY) if isinstance(value, int) else value


class AbsenceForm(forms.Form):
    """When somebody is away, why, and who stands in."""

    kind = forms.ChoiceField(choices=Absence.Kind.choices, label="Kind")
    first = forms.DateField(label="First day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    last = forms.DateField(label="Last day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    starts = ClockField(label="From, on the first day", help_text="Leave both times empty for whole days.")
    ends = ClockField(label="Until, on the last day", is_end=True)
    cover = forms.ChoiceField(
        required=False, label="Stands in", help_text="Sees the portfolio meanwhile and is shown to be asked instead."
    )
    note = forms.CharField(max_length=300, required=False, label="Note", help_text="Seen by this person and managers.")

    def __init__(self, *args: Any, person: User, cover: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = possible_covers(person)
        offered = {one.pk: one for _, members in groups for one in members}
        if cover is not None and cover.pk not in offered:
            groups, offered = [*groups, ("Until now", [cover])], {**offered, cover.pk: cover}
        self.covers = offered
        self.fields["cover"].choices = [  # type: ignore[attr-defined]
            ("", "Nobody"),
            *((label, [(one.pk, one.name) for one in members]) for label, members in groups),
        ]

    def clean_cover(self) -> User | None:
        """Return who stands in."""
        chosen = self.cleaned_data["cover"]
        return self.covers[int(chosen)] if chosen else None

    def away(self) -> Away:
        """Return the days and times that were entered."""
        return Away(**{name: self.cleaned_data[name] for name in ("first", "last", "starts", "ends")})

    @staticmethod
    def initial_of(absence: Absence) -> dict[str, Any]:
        """Return what the form shows first."""
        away = absence.away
        return {
            "kind": absence.kind,
            "first": away.first,
            "last": away.last,
            "starts": away.starts,
            "ends": away.ends,
            "cover": absence.cover_id or "",
            "note": absence.note,
        }
