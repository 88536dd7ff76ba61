"""A form over something that others may change meanwhile: nothing typed is lost, nothing of theirs is undone."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime

Plain = dict[str, Any]


class DayInput(forms.DateInput):
    """The browser's own field for a date."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class EditForm(forms.Form):
    """Carries when the thing was read and what it was then.

    `initial` must hold texts and booleans only, as the widgets post them, so that what a person did not touch is known.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    was = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)

    def __init__(self, *args: Any, seen: datetime | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial, "seen": seen.isoformat() if seen else "", "was": json.dumps(self.initial)}

    @property
    def seen_at(self) -> datetime | None:
        """Return when the thing was read that the person edits; nothing for a new one."""
        try:
            return parse_datetime(self.cleaned_data.get("seen", ""))
        except ValueError:
            return None

    def changes(self) -> dict[str, Any]:
        """Return the cleaned values of the fields that the person touched."""
        was = self._was()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("seen", "was") and (name not in was or self.raw(name) != was[name])
        }

    def raw(self, name: str) -> Any:
        """Return what was posted for a field, as `initial` writes it."""
        value = self.fields[name].widget.value_from_datadict(self.data, self.files, self.add_prefix(name))
        return value if isinstance(value, bool) else "" if value is None else str(value)

    def catch_up(self, now: Plain, seen: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Return the data for a form that goes on from what is saved by now.

        What the person touched stays as typed; every other field takes what is saved. The second part tells for each
        touched field whose saved value is another one its label and that value.
        """
        was = self._was()
        data: dict[str, Any] = {"seen": seen, "was": json.dumps(now)}
        others: list[tuple[str, str]] = []
        for name in set(self.fields) - {*now, "seen", "was"}:
            data[name] = self.raw(name)
        for name, saved in now.items():
            typed = self.raw(name)
            touched = name not in was or typed != was[name]
            chosen = typed if touched else saved
            if not isinstance(chosen, bool):
                data[name] = chosen
            elif chosen:
                data[name] = "on"
            if touched and saved != was.get(name) and saved != typed:
                others.append((str(self[name].label), _in_words(self.fields[name], saved)))
        return data, others

    def _was(self) -> Plain:
        try:
            found = json.loads(self.data.get(self.add_prefix("was"), "") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def text(value: Any) -> str:
    """Return a stored value as a text field posts it."""
    return "" if value is None else str(value)


def with_current(choices: list[tuple[str, str]], current: str) -> list[tuple[str, str]]:
    """Return the choices with an empty one first, and with the stored value where it is none of them."""
    known = {value for value, _ in choices}
    extra = [(current, current)] if current and current not in known else []
    return [("", "—"), *[choice for choice in choices if choice[0]], *extra]


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, forms.ChoiceField):
        named = {str(choice): str(label) for choice, label in field.widget.choices}
        return named.get(str(value), str(value)) or "none"
    return str(value) or "none"
