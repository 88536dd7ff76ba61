"""Links in mails: good for one purpose, one thing and a while; of an hour that has moved they open nothing."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from calendars import ledger
from calendars.rules.spans import Span
from core.errors import NotFound
from queues import links
from queues.links import LinkGone, Purpose
from queues.models import Booking, Queue


def token_of(url: str) -> str:
    """Return the signed part of an address."""
    return url.rstrip("/").rsplit("/", 1)[1]


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    """Return an hour of Acme with the specialist in two days."""
    queue = Queue.objects.create(slug="experts", name="Experts")
    starts = (timezone.now() + timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    span = Span(starts, starts + timedelta(hours=1))
    return Booking.objects.create(
        queue=queue,
        host=cast.specialist,
        customer=cast.acme,
        contact=cast.acme_contact,
        commitment=ledger.take(host=cast.specialist, span=span, kind="hour"),
        starts_at=span.starts,
        ends_at=span.ends,
        topic_text="Reports",
        source="portal",
    )


@pytest.mark.parametrize(
    ("write", "purpose"),
    [(links.change_url, Purpose.CHANGE), (links.cancel_url, Purpose.CANCEL), (links.rate_url, Purpose.RATE)],
)
def test_link_opens_its_booking_for_its_purpose_alone(
    booking: Booking, write: Callable[[Booking], str], purpose: Purpose
) -> None:
    token = token_of(write(booking))
    assert links.read_booking(purpose, token) == booking
    for other in set(Purpose) - {purpose}:
        with pytest.raises(NotFound):
            links.read_booking(other, token)


def test_changed_letter_opens_nothing(booking: Booking) -> None:
    token = token_of(links.cancel_url(booking))
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[3:], "", "::", "x" * 5000):
        with pytest.raises(NotFound):
            links.read_booking(Purpose.CANCEL, wrong)


def test_link_of_the_old_time_opens_nothing(booking: Booking) -> None:
    old = token_of(links.cancel_url(booking))
    Booking.objects.update(starts_at=booking.starts_at - timedelta(hours=5), moves=1)
    with pytest.raises(LinkGone):
        links.read_booking(Purpose.CANCEL, old)
    booking.refresh_from_db()
    assert links.read_booking(Purpose.CANCEL, token_of(links.cancel_url(booking))) == booking


def test_link_back_at_the_old_time_opens_nothing_either(booking: Booking) -> None:
    old = token_of(links.change_url(booking))
    Booking.objects.update(moves=2)
    with pytest.raises(LinkGone):
        links.read_booking(Purpose.CHANGE, old)


def test_link_ends_when_the_hour_begins(booking: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(links.change_url(booking))
    monkeypatch.setattr(timezone, "now", lambda: booking.starts_at)
    with pytest.raises(LinkGone):
        links.read_booking(Purpose.CHANGE, token)


def test_link_ends_with_the_contact(booking: Booking, cast: SimpleNamespace) -> None:
    invitation = token_of(links.book_url(cast.acme_contact, booking.queue))
    assert links.read_book(invitation).contact == cast.acme_contact
    token = token_of(links.cancel_url(booking))
    cast.acme_contact.is_active = False
    cast.acme_contact.save()
    with pytest.raises(LinkGone):
        links.read_booking(Purpose.CANCEL, token)
    with pytest.raises(LinkGone):
        links.read_book(invitation)


def test_link_of_somebody_else_now_opens_nothing(booking: Booking, cast: SimpleNamespace) -> None:
    token = token_of(links.cancel_url(booking))
    Booking.objects.update(contact=None)
    with pytest.raises(LinkGone):
        links.read_booking(Purpose.CANCEL, token)


def test_invitation_to_book_ends_after_thirty_days(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(links.book_url(cast.acme_contact))
    later = timezone.now() + links.BOOK_FOR
    monkeypatch.setattr(timezone, "now", lambda: later)
    with pytest.raises(LinkGone):
        links.read_book(token)
