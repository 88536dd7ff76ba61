"""The form of a topic."""

from typing import Any

from django import forms

from newsletters.models import Topic


class TopicForm(forms.Form):
    """What a topic is called and who gets it."""

    name = forms.CharField(max_length=120, help_text="What contacts read, such as “Product news”.")
    description = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One or two sentences: what it brings, and how often.",
    )
    needs_consent = forms.BooleanField(
        required=False,
        label="Only for contacts who asked for it",
        help_text="Otherwise everybody gets it who has not declined. Offers often need consent by law.",
    )

    @staticmethod
    def initial_of(topic: Topic) -> dict[str, Any]:
        """Return what the form shows first for this topic."""
        return {name: getattr(topic, name) for name in TopicForm.base_fields}
