"""Links in mails that act without a login: each is signed for one purpose, for one thing, until one moment.

The signature's salt is the purpose, so that a link to rate an hour can't cancel it. A link about a booking names the
time it was written for and the contact it was sent to: once the hour has moved or is somebody else's, it opens nothing.
Whoever holds a link may do that one thing and see no more than the mail said.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing
from django.utils import timezone

from accounts.models import Contact
from core.errors import NotFound, ProductError
from queues.models import Booking, Offer, Queue

# How long an invitation to book works, and how long after the hour it can be rated.
BOOK_FOR = timedelta(days=30)
RATE_FOR = timedelta(days=30)


class Purpose(StrEnum):
    """What a link is good for."""

    BOOK = "book"
    CHANGE = "change"
    CANCEL = "cancel"
    OFFER = "offer"
    RATE = "rate"


class LinkGone(ProductError):
    """The link was good once: its time is over, or what it is about has changed."""

    status = 410
    code = "link_gone"


@dataclass(frozen=True)
class BookLink:
    """An invitation to book: for whom, and at which queue where one is named."""

    contact: Contact
    queue: Queue | None


def book_url(contact: Contact, queue: Queue | None = None, *, until: datetime | None = None) -> str:
    """Return the address at which the contact books an hour without logging in."""
    payload = [contact.pk, queue.pk if queue else None]
    return _address(Purpose.BOOK, payload, until or timezone.now() + BOOK_FOR)


def change_url(booking: Booking) -> str:
    """Return the address at which the booking's contact moves the hour; it works until the hour begins or moves."""
    return _address(Purpose.CHANGE, _of_booking(booking), booking.starts_at)


def cancel_url(booking: Booking) -> str:
    """Return the address at which the booking's contact cancels the hour; it works until the hour begins or moves."""
    return _address(Purpose.CANCEL, _of_booking(booking), booking.starts_at)


def rate_url(booking: Booking) -> str:
    """Return the address at which the booking's contact rates the hour, up to 30 days after it."""
    return _address(Purpose.RATE, _of_booking(booking), booking.ends_at + RATE_FOR)


def offer_url(offer: Offer) -> str:
    """Return the address at which the offered hour is taken or declined until the offer ends."""
    return _address(Purpose.OFFER, [offer.uid.hex], offer.expires_at)


def read_book(token: str) -> BookLink:
    """Return whom the link invites; raise NotFound for no link of ours, LinkGone for one that is over."""
    contact_id, queue_id = _payload(Purpose.BOOK, token)
    contact = _active_contact(contact_id)
    if queue_id is None:
        return BookLink(contact, None)
    queue = Queue.objects.filter(pk=queue_id).first()
    if queue is None:
        raise LinkGone("This way to book has ended. Ask us for a new link.")
    return BookLink(contact, queue)


def read_booking(purpose: Purpose, token: str) -> Booking:
    """Return the booking with its contact; raise NotFound for no link of ours, LinkGone for one that is over."""
    uid, contact_id, starts, moves = _payload(purpose, token)
    booking = (
        Booking.objects.select_related("queue", "host", "customer", "contact__customer", "topic")
        .filter(uid=uid, contact=contact_id)
        .first()
    )
    if booking is None or int(booking.starts_at.timestamp()) != starts or booking.moves != moves:
        raise LinkGone(
            "This hour has changed since the mail was written. The newest mail about it has links that work."
        )
    _active_contact(contact_id)
    return booking


def read_offer(token: str) -> Offer:
    """Return the offer, whatever became of it; raise NotFound for no link of ours, LinkGone for one that is over."""
    [uid] = _payload(Purpose.OFFER, token, expires=False)
    offer = (
        Offer.objects.select_related(
            "entry__queue", "entry__customer", "entry__contact__customer", "entry__topic", "commitment__host"
        )
        .filter(uid=uid)
        .first()
    )
    if offer is None or offer.entry.contact_id is None:
        raise LinkGone("This offer is no longer there.")
    _active_contact(offer.entry.contact_id)
    return offer


def _of_booking(booking: Booking) -> list[Any]:
    return [booking.uid.hex, booking.contact_id, int(booking.starts_at.timestamp()), booking.moves]


def _address(purpose: Purpose, payload: list[Any], until: datetime) -> str:
    token = signing.dumps([*payload, int(until.timestamp())], salt=_salt(purpose))
    return f"{settings.PUBLIC_URL}/h/{purpose}/{token}/"


def _payload(purpose: Purpose, token: str, *, expires: bool = True) -> list[Any]:
    try:
        *payload, until = signing.loads(token, salt=_salt(purpose))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound("There is no such page. Was the link copied whole?") from error
    if expires and timezone.now().timestamp() >= until:
        raise LinkGone("Its time is over.")
    return payload


def _salt(purpose: Purpose) -> str:
    return f"queues.links.{purpose}"


def _active_contact(pk: int) -> Contact:
    contact = (
        Contact.objects.select_related("customer").filter(pk=pk, is_active=True, customer__merged_into=None).first()
    )
    if contact is None:
        raise LinkGone("It was made for somebody who is no longer known here under this address.")
    return contact
