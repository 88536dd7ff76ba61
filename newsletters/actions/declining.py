"""What the links in a mail let its recipient say: not this topic, other topics, nothing at all, and all of it again.

What the contact says holds for its mailbox, whichever customers it is a contact of. The address of a contact who was
deleted is suppressed instead, for there is nobody else to remember it.
"""

from collections.abc import Mapping

from django.utils import timezone

from accounts.models import Contact
from core.transactions import repeated_transaction
from newsletters.actions.preferences import Choice, choose, choose_several
from newsletters.models import Channel, Delivery, Preference, Suppression


@repeated_transaction
def unsubscribe(*, delivery: Delivery, origin: str) -> None:
    """Decline the topic of the mail for its address; to do so again changes nothing."""
    issue = delivery.issue
    assert issue is not None, "only mails have links"  # noqa: S101
    contact = speaker_of(delivery)
    if contact is None:
        _suppress(delivery, origin)
    else:
        choose(contact=contact, topic=issue.topic, channel=Channel.MAIL, wants=False, origin=origin, delivery=delivery)
    Delivery.objects.filter(pk=delivery.pk, unsubscribed_at=None).update(unsubscribed_at=timezone.now())


@repeated_transaction
def take_back(*, delivery: Delivery) -> None:
    """Take back that the topic of the mail, or everything by this mail, was declined."""
    issue = delivery.issue
    assert issue is not None, "only mails have links"  # noqa: S101
    contact, origin = speaker_of(delivery), Preference.Origin.LINK
    if contact is not None:
        choose(contact=contact, topic=issue.topic, channel=Channel.MAIL, wants=True, origin=origin, delivery=delivery)
    Suppression.objects.filter(
        address=delivery.address, reason=Suppression.Reason.UNSUBSCRIBED, delivery=delivery
    ).delete()
    Delivery.objects.filter(pk=delivery.pk).update(unsubscribed_at=None)


def choose_by_link(*, delivery: Delivery, choices: Mapping[Choice, bool]) -> int:
    """Return how many choices changed what the recipient gets."""
    contact = speaker_of(delivery)
    if contact is None:
        return 0
    return choose_several(contact=contact, choices=choices, origin=Preference.Origin.LINK, delivery=delivery)


@repeated_transaction
def stop_everything(*, delivery: Delivery) -> None:
    """Suppress the address of the mail and decline all newsletters for its contacts; to do so again changes nothing."""
    contact, origin = speaker_of(delivery), Preference.Origin.LINK
    if contact is not None:
        choose(contact=contact, topic=None, channel=Channel.MAIL, wants=False, origin=origin, delivery=delivery)
    _suppress(delivery, Suppression.Origin.LINK)
    Delivery.objects.filter(pk=delivery.pk, unsubscribed_at=None).update(unsubscribed_at=timezone.now())


def speaker_of(delivery: Delivery) -> Contact | None:
    """Return the contact who got the mail, else another one of its address; None where there is none any more."""
    if delivery.contact is not None:
        return delivery.contact
    return Contact.objects.select_related("customer").filter(email=delivery.address).order_by("pk").first()


def _suppress(delivery: Delivery, origin: str) -> None:
    Suppression.objects.bulk_create(
        [
            Suppression(
                address=delivery.address.lower(),
                reason=Suppression.Reason.UNSUBSCRIBED,
                origin=Suppression.Origin(origin),
                delivery=delivery,
            )
        ],
        ignore_conflicts=True,
    )
