"""Hours of Acme's contact with the specialist, for the permission table: ahead, past, held, waited for, offered."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from accounts.models import Customer
from calendars import ledger
from calendars.rules.spans import Span
from core.files import store
from queues import links
from queues.actions.feeds import create_feed
from queues.models import Booking, BookingMail, FollowUpItem, Hold, Offer, Queue, WaitingEntry


def the_queue(cast: SimpleNamespace) -> Queue:
    """Return the queue."""
    return Queue.objects.filter(slug="experts").first() or Queue.objects.create(slug="experts", name="Experts")


def _span(days: float) -> Span:
    starts = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    return Span(starts, starts + timedelta(hours=1))


def _hour(cast: SimpleNamespace, days: float, **fields: Any) -> Booking:
    span = _span(days)
    return Booking.objects.create(
        queue=the_queue(cast),
        host=cast.specialist,
        customer=cast.acme,
        contact=cast.acme_contact,
        commitment=ledger.take(host=cast.specialist, span=span, kind="hour"),
        starts_at=span.starts,
        ends_at=span.ends,
        topic_text="Reports",
        **{"source": "link", **fields},
    )


def _past(cast: SimpleNamespace) -> Booking:
    found = Booking.objects.filter(ends_at__lt=timezone.now()).first()
    return found or _hour(cast, -2, state="done", follow_up_sent_at=timezone.now())


def _item(cast: SimpleNamespace) -> FollowUpItem:
    file = store("notes.txt", "text/plain", [b"Notes"])
    return FollowUpItem.objects.create(booking=_past(cast), title="Notes", file=file)


def _held(cast: SimpleNamespace, days: float, expires_at: datetime) -> Any:
    return ledger.take(host=cast.specialist, span=_span(days), kind="held", expires_at=expires_at)


def _hold(cast: SimpleNamespace, customer: Customer, days: float) -> Hold:
    commitment = _held(cast, days, timezone.now() + timedelta(minutes=5))
    return Hold.objects.create(queue=the_queue(cast), commitment=commitment, customer=customer)


def _entry(cast: SimpleNamespace) -> WaitingEntry:
    return WaitingEntry.objects.get_or_create(
        queue=the_queue(cast),
        customer=cast.acme,
        contact=cast.acme_contact,
        defaults={"topic_text": "Reports", "created_at": timezone.now()},
    )[0]


def _offer(cast: SimpleNamespace) -> Offer:
    until, span = timezone.now() + timedelta(hours=4), _span(5)
    commitment = _held(cast, 5, until)
    return Offer.objects.create(
        entry=_entry(cast), commitment=commitment, starts_at=span.starts, ends_at=span.ends, expires_at=until
    )


def _token(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


def _mail(cast: SimpleNamespace) -> BookingMail:
    address = cast.acme_contact.email
    return BookingMail.objects.create(
        booking=_hour(cast, 8), kind="confirmed", address=address, state="unknown", send_after=timezone.now()
    )


def _uid(row: Any) -> str:
    return str(row.uid)


HOURS: dict[str, Any] = {
    "hour_of_acme": lambda cast: _uid(_hour(cast, 3)),
    "past_hour_of_acme": lambda cast: _uid(_past(cast)),
    "item_of_past_hour": lambda cast: _item(cast).pk,
    "hold_of_acme": lambda cast: _uid(_hold(cast, cast.acme, 4)),
    "hold_of_globex": lambda cast: _uid(_hold(cast, cast.globex, 8)),
    "entry_of_acme": lambda cast: _uid(_entry(cast)),
    "offer_of_acme": lambda cast: _uid(_offer(cast)),
    "link_to_book": lambda cast: _token(links.book_url(cast.acme_contact, the_queue(cast))),
    "link_to_change": lambda cast: _token(links.change_url(_hour(cast, 6))),
    "link_to_cancel": lambda cast: _token(links.cancel_url(_hour(cast, 7))),
    "link_to_rate": lambda cast: _token(links.rate_url(_past(cast))),
    "feed_of_specialist": lambda cast: create_feed(person=cast.specialist)[0].pk,
    "feed_of_acme_contact": lambda cast: create_feed(contact=cast.acme_contact)[0].pk,
    "address_of_feed": lambda cast: create_feed(person=cast.specialist)[1],
    "mail_to_decide": lambda cast: _mail(cast).pk,
    "link_to_answer": lambda cast: _token(links.offer_url(_offer(cast))),
}
