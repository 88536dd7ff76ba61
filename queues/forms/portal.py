"""What customers tell us: the topic and situation of an hour, when they can wait until, why they cancel, how it was."""

from datetime import date
from typing import Any

from django import forms

from queues.models import Queue, QueueTopic

LONGEST_SITUATION = 5_000
OTHER = "other"


class IntakeForm(forms.Form):
    """What the hour is about: one of the queue's topics or the person's own words, and the situation."""

    topic = forms.ChoiceField(widget=forms.RadioSelect, label="What would you like to talk about?")
    topic_text = forms.CharField(
        max_length=200,
        required=False,
        label="In your own words",
        help_text="Needed for “Something else”; otherwise only if you like.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    situation = forms.CharField(
        max_length=LONGEST_SITUATION,
        required=False,
        label="Your situation",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What do you want to achieve, and what have you tried? A sentence or two is enough.",
    )

    def __init__(self, *args: Any, queue: Queue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = {str(topic.pk): topic for topic in queue.topics.filter(is_active=True)}
        self.fields["topic"].choices = [  # type: ignore[attr-defined]
            *((key, topic.name) for key, topic in self.topics.items()),
            (OTHER, "Something else"),
        ]
        if not self.topics:
            # Nothing to choose from: one's own words are the topic.
            self.fields["topic"].required = False
            self.fields["topic"].widget = forms.HiddenInput()
            self.fields["topic_text"].label = "What would you like to talk about?"
            self.fields["topic_text"].help_text = ""

    @property
    def has_topics(self) -> bool:
        """Tell whether there are topics to choose from."""
        return bool(self.topics)

    def clean(self) -> dict[str, Any]:
        """Return the topic as a row, and the words that stand for it."""
        found = super().clean() or {}
        topic: QueueTopic | None = self.topics.get(found.get("topic") or "")
        words = (found.get("topic_text") or "").strip()
        if topic is None and not words and "topic" not in self.errors and "topic_text" not in self.errors:
            self.add_error("topic_text", "Say in a few words what it is about.")
        for name in ("topic_text", "situation"):
            if "\x00" in str(found.get(name) or ""):
                self.add_error(name, "The text holds a character that cannot be kept.")
        return found | {"topic": topic, "topic_text": words or (topic.name if topic else "")}

    @property
    def intake(self) -> dict[str, Any]:
        """Return what an action takes: `topic`, `topic_text` and `situation`."""
        return {name: self.cleaned_data[name] for name in ("topic", "topic_text", "situation")}


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(required=False, label=label, widget=widget, help_text=help_text)


class WaitForm(IntakeForm):
    """What the hour is about, and between which days it helps."""

    not_before = _day("Not before")
    not_after = _day("Not after", "Leave both empty if any day is fine.")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for name in ("not_before", "not_after"):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    def clean(self) -> dict[str, Any]:
        """Return the topic and days that lie ahead, in order."""
        found = super().clean()
        earliest, latest = found.get("not_before"), found.get("not_after")
        if latest and latest < self.today:
            self.add_error("not_after", "This day has passed.")
        elif earliest and latest and latest < earliest:
            self.add_error("not_after", "This is before the first day.")
        return found


class CancelForm(forms.Form):
    """Why an hour is given back."""

    reason = forms.CharField(
        max_length=300,
        required=False,
        label="Why do you cancel?",
        help_text="Optional. It helps us offer better hours.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RateForm(forms.Form):
    """How an hour was, from 1 to 5."""

    RATINGS = (
        (5, "5 – Very helpful"),
        (4, "4 – Helpful"),
        (3, "3 – Fair"),
        (2, "2 – Of little help"),
        (1, "1 – No help"),
    )
    rating = forms.TypedChoiceField(
        coerce=int, choices=RATINGS, widget=forms.RadioSelect, label="How helpful was the hour?"
    )
    comment = forms.CharField(
        max_length=2_000,
        required=False,
        label="What should we know?",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Optional.",
    )


class StaffIntakeForm(IntakeForm):
    """What staff note when it books for a customer; beyond the customer's allowance also why."""

    why_beyond = forms.CharField(
        max_length=300,
        label="Why may it have one more?",
        help_text="Its hours of this period are booked already. The reason stays on the customer's timeline.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, asks_why: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic" if self.has_topics else "topic_text"].label = "What is the hour about?"
        self.fields["situation"].label = "The customer’s situation"
        self.fields["situation"].help_text = "What does it want to achieve, and what has it tried? The host reads this."
        if not asks_why:
            del self.fields["why_beyond"]

    @property
    def intake(self) -> dict[str, Any]:
        """Return what an action takes, with the reason."""
        return super().intake | {"why_beyond": self.cleaned_data.get("why_beyond", "")}
