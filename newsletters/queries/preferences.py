"""What contacts want: of each topic, on each channel, with what holds where nothing was said."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

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


Word = tuple[int | None, bool, datetime]


def choices_of(contact: Contact) -> Choices:
    """Return the open topics in their order with what the contact gets of each; three queries."""
    said = words_of(contact)
    suppression = Suppression.objects.filter(address=contact.email).first()
    # Then a topic is there to be ticked, which lifts the suppression.
    has_declined_all = suppression is not None and suppression.reason == Suppression.Reason.UNSUBSCRIBED
    return Choices(
        topics=[
            TopicChoice(
                topic, gets(topic, said[Channel.MAIL]) and not has_declined_all, gets(topic, said[Channel.NOTICE])
            )
            for topic in Topic.objects.filter(is_open=True)
        ],
        suppression=suppression,
    )


def words_of(contact: Contact) -> dict[str, list[Word]]:
    """Return what was said by channel, the oldest first; of mails by anybody with the same address: it is one mailbox.

    Each word is the topic's id (None: everything), whether it is wanted, and since when. Of what was said at once, that
    about everything comes first.
    """
    heard = Q(contact=contact) | Q(contact__email=contact.email, channel=Channel.MAIL)
    rows = Preference.objects.filter(heard).order_by("changed_at", F("topic_id").asc(nulls_first=True), "pk")
    said: dict[str, list[Word]] = {channel: [] for channel in Channel.values}
    for topic_id, channel, wants, changed_at in rows.values_list("topic_id", "channel", "wants", "changed_at"):
        said[channel].append((topic_id, wants, changed_at))
    return said


def standing(said: list[Word]) -> dict[int | None, bool]:
    """Return which words still hold, by topic (None: everything), of words with the oldest first.

    To decline everything ends each wish before it; to wish for a topic after that ends that everything is declined.
    """
    holds: dict[int | None, bool] = {}
    for about, wants, _ in said:
        if about is None and not wants:
            holds = {topic: word for topic, word in holds.items() if not word}
        elif about is not None and wants and holds.get(None) is False:
            del holds[None]
        holds[about] = wants
    return holds


def gets(topic: Topic, said: list[Word]) -> bool:
    """Tell whether a contact who said this gets the topic, as `newsletters.queries.wishes` filters.

    A later wish for the topic undoes every refusal; where nothing was said, whoever has not declined gets it, unless
    the topic needs consent.
    """
    for about, wants, at in said:
        if not wants and about in (None, topic.pk):
            undone = (topic.pk,) if about is not None else (topic.pk, None)
            if not any(wish and since >= at and subject in undone for subject, wish, since in said):
                return False
    return not topic.needs_consent or any(wish and subject == topic.pk for subject, wish, _ in said)
