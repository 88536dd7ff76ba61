"""What a contact wants to get: a topic on a channel, or everything on it.

The words about a topic count before those about everything, so who declines everything may still choose one topic; to
decline everything declines each topic chosen before.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts import timeline
from accounts.models import Contact, User
from core.transactions import repeated_transaction
from newsletters.models import Channel, Delivery, Preference, Suppression, Topic
from newsletters.queries.preferences import standing, words_of

# A topic (None: everything) on a channel.
Choice = tuple[Topic | None, str]
# What the contact itself said; a colleague's word does not undo a refusal of the contact's own.
OWN_WORD = frozenset({Preference.Origin.PORTAL, Preference.Origin.LINK, Preference.Origin.WIDGET})


def choose(
    *,
    contact: Contact,
    topic: Topic | None,
    channel: str,
    wants: bool,
    origin: str,
    actor: User | None = None,
    delivery: Delivery | None = None,
    now: datetime | None = None,
) -> bool:
    """Return whether it changed what the contact wants of the topic on the channel; without a topic, of all of them.

    `delivery` is the mail whose link was used; its figures count the refusal. To say the same twice changes nothing.
    """
    choices = {(topic, channel): wants}
    return bool(
        choose_several(contact=contact, choices=choices, origin=origin, actor=actor, delivery=delivery, now=now)
    )


@repeated_transaction
def choose_several(
    *,
    contact: Contact,
    choices: Mapping[Choice, bool],
    origin: str,
    actor: User | None = None,
    delivery: Delivery | None = None,
    now: datetime | None = None,
) -> int:
    """Return how many of the choices changed what the contact wants; one entry on the timeline tells of them all.

    What is said about everything is taken first, and what is said about a topic beside it counts for that topic.
    """
    now = now or timezone.now()
    # Two forms of one contact sent at once take turns, so that neither is judged by what the other is about to change.
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    said = _after_all_was_declined(contact, choices, origin)
    changed = _general(contact, said, origin, delivery, now)
    changed += _special(contact, said, origin, delivery, now)
    if delivery is not None and not all(choices.values()):
        Delivery.objects.filter(pk=delivery.pk, unsubscribed_at=None).update(unsubscribed_at=now)
    if any(choices.values()):
        _welcome_back(contact, choices, origin)
    if changed:
        summary = f"{contact.name} {_words(changed)}"
        data = {"contact": contact.pk, "origin": origin}
        timeline.record(contact.customer_id, "newsletter.preference", summary, actor=actor, data=data)
    return len(changed)


def _after_all_was_declined(contact: Contact, choices: Mapping[Choice, bool], origin: str) -> Mapping[Choice, bool]:
    """Return the choices, of all mails too where the address is suppressed because its owner declined everything.

    Who then chooses one topic lifts the suppression and goes on declining the others.
    """
    everything = (None, Channel.MAIL.value)
    if everything in choices or not _lifts(choices, origin) or not _own_refusal(contact).exists():
        return choices
    return {everything: False, **choices}


Change = tuple[Topic | None, str, bool]


def _general(
    contact: Contact, choices: Mapping[Choice, bool], origin: str, delivery: Delivery | None, now: datetime
) -> list[Change]:
    """Write what is said about everything; a refusal reaches the topics chosen before, a wish reaches none."""
    said = {choice: wants for choice, wants in choices.items() if choice[0] is None}
    changed = _write(contact, said, origin, delivery, now)
    for (_, channel), wants in said.items():
        if not wants:
            chosen = Preference.objects.filter(contact=contact, channel=channel, topic__isnull=False, wants=True)
            chosen.update(wants=False, origin=origin, delivery=delivery, changed_at=now)
    return changed


def _special(
    contact: Contact, choices: Mapping[Choice, bool], origin: str, delivery: Delivery | None, now: datetime
) -> list[Change]:
    said = {choice: wants for choice, wants in choices.items() if choice[0] is not None}
    return _write(contact, said, origin, delivery, now)


def _write(
    contact: Contact, said: Mapping[Choice, bool], origin: str, delivery: Delivery | None, now: datetime
) -> list[Change]:
    # What holds counts, for mails whoever of the same address said it.
    holds = {channel: standing(words) for channel, words in words_of(contact).items()}
    new = [
        (topic, channel, wants)
        for (topic, channel), wants in said.items()
        if holds[channel].get(topic.pk if topic else None) is not wants
    ]
    Preference.objects.bulk_create(
        [
            Preference(
                contact=contact,
                topic=topic,
                channel=Channel(channel),
                wants=wants,
                origin=origin,
                delivery=delivery,
                changed_at=now,
            )
            for topic, channel, wants in new
        ],
        update_conflicts=True,
        unique_fields=["contact", "topic", "channel"],
        update_fields=["wants", "origin", "delivery", "changed_at"],
    )
    return new


def _welcome_back(contact: Contact, choices: Mapping[Choice, bool], origin: str) -> None:
    """Lift the suppression of an address that its owner had declined everything for, and no other suppression."""
    if _lifts(choices, origin):
        _own_refusal(contact).delete()


def _lifts(choices: Mapping[Choice, bool], origin: str) -> bool:
    return origin in OWN_WORD and any(wants for (_, channel), wants in choices.items() if channel == Channel.MAIL)


def _own_refusal(contact: Contact) -> QuerySet[Suppression]:
    return Suppression.objects.filter(address=contact.email, reason=Suppression.Reason.UNSUBSCRIBED)


def _words(changes: list[Change]) -> str:
    """Return what was changed: "declined Product news (mail) and chose Events (in the product)"."""
    said = []
    for verb, kind in (("chose", True), ("declined", False)):
        named = [
            f"{topic or 'all newsletters'} ({Channel(channel).label.lower()})"
            for topic, channel, wants in changes
            if wants is kind
        ]
        if named:
            said.append(f"{verb} {', '.join(named)}")
    return " and ".join(said)
