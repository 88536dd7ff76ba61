"""Who does not want a topic, as filters over contacts: freezing, counting and sending all ask here.

For mails the last word said by anybody of an address counts, because a person may be a contact of two customers and has
one mailbox. In the product each contact speaks for itself.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.lookups import IsNull

from newsletters.models import Channel, Preference, Suppression, Topic


def suppressed() -> Exists:
    """Return whether the contact's address is suppressed."""
    return Exists(Suppression.objects.filter(address=OuterRef("email")))


def refuses(topic: Topic | None, channel: str) -> Exists:
    """Return whether the contact declined the topic on the channel, or everything and not this topic again since."""
    return Exists(_standing_refusals(topic, channel).filter(**_of_contact(channel)))


def asked_for(topics: Q, channel: str) -> Exists:
    """Return whether the contact asked for one of the topics, given as a filter over preferences."""
    return Exists(Preference.objects.filter(topics, channel=channel, wants=True, **_of_contact(channel)))


def _standing_refusals(topic: Topic | None, channel: str) -> QuerySet[Preference]:
    key = "contact__email" if channel == Channel.MAIL else "contact"
    # A later word about the topic undoes every refusal, one about everything undoes only the refusal of everything.
    undone_by = Q(topic=None) & Q(IsNull(OuterRef("topic_id"), True))
    about = Q(topic=None)
    if topic is not None:
        undone_by |= Q(topic=topic)
        about |= Q(topic=topic)
    later = Preference.objects.filter(
        undone_by, channel=channel, wants=True, changed_at__gte=OuterRef("changed_at"), **{key: OuterRef(key)}
    )
    return Preference.objects.filter(about, ~Exists(later), channel=channel, wants=False)


def _of_contact(channel: str) -> dict[str, OuterRef]:
    return {"contact__email": OuterRef("email")} if channel == Channel.MAIL else {"contact": OuterRef("pk")}
