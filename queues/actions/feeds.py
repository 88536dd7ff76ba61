"""Making and revoking private calendar feeds."""

import secrets

from django.db import transaction
from django.utils import timezone

from accounts.models import Contact, User
from accounts.permissions import require
from core.errors import Invalid, NotFound
from queues.feeds import digest_of, live_feeds
from queues.models import CalendarFeed

MOST_FEEDS = 20
TOKEN_BYTES = 32
LONGEST_NAME = 80


@transaction.atomic
def create_feed(
    *, person: User | None = None, contact: Contact | None = None, name: str = "", with_absences: bool = False
) -> tuple[CalendarFeed, str]:
    """Return the feed of a host or a contact and the secret part of its address, shown now and never again.

    Raises NotAllowed for staff that hosts no hours, Invalid `too_many_feeds` or for a name that is too long.
    """
    if person is not None:
        require(person, "queue.host")
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
    elif contact is not None:
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise Invalid(f"The name has at most {LONGEST_NAME} characters.", code="too_long", field="name")
    if len(live_feeds(person=person, contact_id=contact.pk if contact else None)) >= MOST_FEEDS:
        raise Invalid(f"You have {MOST_FEEDS} calendar addresses; end one first.", code="too_many_feeds")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = CalendarFeed.objects.create(
        person=person,
        contact=contact,
        name=name,
        with_absences=with_absences and person is not None,
        token_digest=digest_of(token),
    )
    return made, token


def revoke_feed(*, feed_id: int, person: User | None = None, contact: Contact | None = None) -> None:
    """End one of the reader's own feeds at once; raise NotFound for anybody else's and for one that has ended."""
    mine = CalendarFeed.objects.filter(pk=feed_id, revoked_at=None)
    mine = mine.filter(person=person) if person is not None else mine.filter(contact=contact, contact__isnull=False)
    if not mine.update(revoked_at=timezone.now()):
        raise NotFound("There is no such calendar address.")
