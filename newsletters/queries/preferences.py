"""What contacts want: of each topic, on each channel, with what holds where nothing was said."""

from dataclasses import dataclass

from accounts.models import Contact
from newsletters.models import Channel, Preference, Suppression, Topic


@dataclass(frozen=True)
class TopicChoice:
    """An open topic with whether the contact gets it, by channel."""

    topic: Topic
    mail: bool
    notice: bool


@dataclass(frozen=True)
class Choices:
    """All that a contact may choose, and what its address is withheld from everything for, if anything."""

    topics: list[TopicChoice]
    suppression: Suppression | None


def choices_of(contact: Contact) -> Choices:
    """Return the open topics in their order with what the contact gets of each; three queries."""
    rows = Preference.objects.filter(contact=contact).values_list("topic_id", "channel", "wants")
    said = {(topic_id, channel): wants for topic_id, channel, wants in rows}
    return Choices(
        topics=[
            TopicChoice(topic, wants(said, topic, Channel.MAIL), wants(said, topic, Channel.NOTICE))
            for topic in Topic.objects.filter(is_open=True)
        ],
        suppression=Suppression.objects.filter(address=contact.email).first(),
    )


def wants(said: dict[tuple[int | None, str], bool], topic: Topic, channel: str) -> bool:
    """Tell whether a contact who said this gets the topic: its word on the topic, else on everything, else the rule.

    Where nothing was said, whoever has not declined gets it, unless the topic needs consent.
    """
    own = said.get((topic.pk, channel))
    if own is not None:
        return own
    general = said.get((None, channel))
    if topic.needs_consent:
        return False
    return general is not False
