"""The form in which a contact chooses topics, by mail and in the product."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms import BoundField

from accounts.models import Contact
from newsletters.actions.preferences import Choice
from newsletters.models import Channel, Topic
from newsletters.queries.preferences import choices_of


class PreferencesForm(forms.Form):
    """A box for each open topic and channel, ticked where the contact gets it."""

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        found = choices_of(contact)
        self.topics = [one.topic for one in found.topics]
        initial = {}
        for one in found.topics:
            initial[_name(one.topic, Channel.MAIL)] = one.mail and found.suppression is None
            initial[_name(one.topic, Channel.NOTICE)] = one.notice
        super().__init__(data, initial=initial)
        for name in initial:
            self.fields[name] = forms.BooleanField(required=False)

    def rows(self) -> Iterator[tuple[Topic, BoundField, BoundField]]:
        """Yield each topic with its box for mails and its box for the product."""
        for topic in self.topics:
            yield topic, self[_name(topic, Channel.MAIL)], self[_name(topic, Channel.NOTICE)]

    def changes(self) -> dict[Choice, bool]:
        """Return what the valid form changes: only what was ticked or unticked is said anew.

        Of the topics that the page showed, that is: one opened meanwhile was not declined.
        """
        return {
            (topic, channel.value): self.cleaned_data[_name(topic, channel)]
            for topic in self.topics
            for channel in Channel
            if f"shown-{topic.pk}" in self.data and _name(topic, channel) in self.changed_data
        }


def _name(topic: Topic, channel: Channel) -> str:
    return f"{channel.value}-{topic.pk}"
