"""Pages behind links in mails: without a login or a cookie, looking changes nothing, and each does its one thing."""

from datetime import date, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.outbox import drain
from queues import links
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.actions.waiting import join_waiting_list
from queues.models import Booking, Offer, Queue, WaitingEntry
from tests.cast import make_contact, make_customer
from tests.queues.making import at, book_hour


class Stranger(Client):
    """A browser that keeps no cookie and is held to the check against forged requests."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def request(self, **request):  # type: ignore[no-untyped-def]
        self.cookies.clear()
        return super().request(**request)


@pytest.fixture
def stranger() -> Stranger:
    return Stranger()


@pytest.fixture
def booking(queue: Queue, cast: SimpleNamespace, day: date) -> Booking:
    """Return Acme's hour at nine."""
    return book_hour(queue, cast.acme, at(day, 9), contact=cast.acme_contact, situation="A secret of Acme")


def path_of(url: str) -> str:
    """Return the part of an address behind the host."""
    return urlsplit(url).path


def everything() -> list:
    """Return all that a page could change."""
    return [
        list(Booking.objects.order_by("pk").values()),
        list(WaitingEntry.objects.order_by("pk").values()),
        list(Offer.objects.order_by("pk").values()),
    ]


def test_books_without_login(queue: Queue, cast: SimpleNamespace, stranger: Stranger, day: date) -> None:
    first = stranger.get(path_of(links.book_url(cast.acme_contact)))
    pick = first.headers["Location"]
    page = stranger.get(pick)
    assert page.content.decode().count('name="start"') == 3
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    assert "no-store" in page.headers["Cache-Control"]
    held = stranger.post(pick, {"start": at(day, 10).isoformat(), "zone": "Europe/Paris"})
    assert held.status_code == 302
    details = held.headers["Location"]
    assert "Held for you until" in stranger.get(details).content.decode()
    said = {"confirm": "yes", "topic": "other", "topic_text": "Late figures", "zone": "Europe/Paris"}
    done = stranger.post(details, said)
    page = stranger.get(done.headers["Location"]).content.decode()
    assert "Your hour is booked" in page
    booking = Booking.objects.get()
    assert (booking.contact, booking.source, booking.booked_by) == (cast.acme_contact, "link", None)
    assert stranger.get(done.headers["Location"] + "hour.ics").content.startswith(b"BEGIN:VCALENDAR")


def test_looking_changes_nothing(queue: Queue, booking: Booking, cast: SimpleNamespace, stranger, day: date) -> None:
    before = everything()
    for url in (links.change_url(booking), links.cancel_url(booking), links.book_url(cast.acme_contact, queue)):
        assert stranger.get(path_of(url), follow=True).status_code == 200
        assert stranger.get(path_of(url), {"moved": "1", "start": at(day, 10).isoformat(), "confirm": "yes"})
    assert everything() == before


def test_moves_and_the_old_link_is_over(queue: Queue, booking: Booking, stranger: Stranger, day: date) -> None:
    old, cancelling = path_of(links.change_url(booking)), path_of(links.cancel_url(booking))
    start = at(day, 11).isoformat()
    sure = stranger.post(old, {"start": start, "zone": "UTC"})
    assert "Yes, move it" in sure.content.decode()
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 9)
    moved = stranger.post(old, {"start": start, "zone": "UTC", "confirm": "yes"})
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 11)
    assert moved.headers["Location"].startswith("/h/change/")
    assert "Your hour is moved" in stranger.get(path_of(moved.headers["Location"]), {"moved": "1"}).content.decode()
    for dead in (old, cancelling):
        answer = stranger.post(dead, {"start": at(day, 10).isoformat(), "confirm": "yes"})
        assert answer.status_code == 410
        assert "no longer good" in answer.content.decode()
    booking.refresh_from_db()
    assert (booking.starts_at, booking.state) == (at(day, 11), "booked")


def test_hour_to_move_to_that_is_taken(queue: Queue, booking: Booking, cast, stranger: Stranger, day: date) -> None:
    book_hour(queue, cast.globex, at(day, 10))
    answer = stranger.post(
        path_of(links.change_url(booking)), {"start": at(day, 10).isoformat(), "zone": "UTC", "confirm": "yes"}
    )
    assert answer.status_code == 409
    assert "Yours is where it was" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 9)


def test_cancels_with_a_reason_and_says_so_ever_after(booking: Booking, stranger: Stranger) -> None:
    path = path_of(links.cancel_url(booking))
    assert stranger.post(path, {"reason": "Ill"}).headers["Location"] == path
    booking.refresh_from_db()
    assert (booking.state, booking.cancel_reason) == ("cancelled", "Ill")
    assert "This hour is cancelled" in stranger.get(path).content.decode()
    assert stranger.post(path, {"reason": "Again"}).status_code == 200
    booking.refresh_from_db()
    assert booking.cancel_reason == "Ill"


def test_too_late_to_cancel_says_whom_to_write(booking: Booking, stranger: Stranger, monkeypatch) -> None:
    path = path_of(links.cancel_url(booking))
    monkeypatch.setattr(timezone, "now", lambda: booking.starts_at - timedelta(minutes=30))
    page = stranger.post(path, {}).content.decode()
    assert "too late" in page
    assert booking.host.email in page
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_page_of_a_link_says_no_more_than_the_mail(booking: Booking, stranger: Stranger) -> None:
    for url in (links.change_url(booking), links.cancel_url(booking)):
        page = stranger.get(path_of(url)).content.decode()
        assert "A secret of Acme" not in page
        assert "/portal/hours/" not in page
    assert "/cancel/" not in stranger.get(path_of(links.change_url(booking))).content.decode()


def test_rates_from_one_to_five(booking: Booking, stranger: Stranger, monkeypatch) -> None:
    path = path_of(links.rate_url(booking))
    assert stranger.post(path, {"rating": "5"}).status_code == 200
    booking.refresh_from_db()
    assert booking.rating is None
    later = booking.ends_at + timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    for wrong in ("", "0", "6", "many"):
        assert stranger.post(path, {"rating": wrong}).status_code == 422
    done = stranger.post(path, {"rating": "4", "comment": "Very good"})
    assert "You gave 4 of 5" in stranger.get(done.headers["Location"]).content.decode()
    stranger.post(path, {"rating": "5", "comment": "Even better"})
    booking.refresh_from_db()
    assert (booking.rating, booking.rating_comment) == (5, "Even better")


def test_joins_the_waiting_list_and_leaves_it(queue: Queue, cast: SimpleNamespace, stranger: Stranger) -> None:
    token = path_of(links.book_url(cast.acme_contact, queue)).split("/")[3]
    path = reverse("link_book_wait", args=[token, queue.slug])
    refused = stranger.post(path, {"topic": "other", "situation": "Typed", "not_after": "2001-01-01"})
    assert refused.status_code == 422
    assert "Typed" in refused.content.decode()
    assert stranger.post(path, {"topic": "other", "topic_text": "Reports"}).headers["Location"] == path
    assert "You are 1st in line" in stranger.get(path).content.decode()
    stranger.post(path, {"leave": "yes"})
    assert WaitingEntry.objects.get().state == "left"


@pytest.fixture
def offer(queue: Queue, booking: Booking) -> Offer:
    """Return the offer of Acme's hour, which it has cancelled, to the first of two who wait."""
    for name in ("First", "Second"):
        customer = make_customer(name, tier="low")
        contact = make_contact(customer, f"{name.lower()}@waiting.example")
        join_waiting_list(actor=None, queue=queue, customer=customer, contact=contact, topic_text="Reports")
    cancel_booking(actor=None, booking=booking)
    return Offer.objects.get()


def test_takes_the_offer(offer: Offer, stranger: Stranger) -> None:
    path = path_of(links.offer_url(offer))
    assert "Take this hour" in stranger.get(path).content.decode()
    assert stranger.post(path, {"take": "yes"}).headers["Location"] == path
    assert "The hour is yours" in stranger.get(path).content.decode()
    assert Booking.objects.get(state="booked").customer.name == "First"
    assert stranger.post(path, {"take": "yes"}).status_code == 200
    assert Booking.objects.filter(state="booked").count() == 1


def test_declines_the_offer(offer: Offer, stranger: Stranger) -> None:
    path = path_of(links.offer_url(offer))
    stranger.post(path, {"decline": "yes"})
    page = stranger.get(path).content.decode()
    assert "This offer is over" in page
    assert "you are 1st in line" in page
    assert Offer.objects.get(state="open").entry.customer.name == "Second"


def test_offer_that_is_over_is_told(offer: Offer, stranger: Stranger) -> None:
    path = path_of(links.offer_url(offer))
    Offer.objects.update(expires_at=timezone.now())
    page = stranger.post(path, {"take": "yes"}).content.decode()
    assert "This offer is over" in page
    assert not Booking.objects.filter(state="booked").exists()


def test_leaves_the_list_from_the_offer(offer: Offer, stranger: Stranger) -> None:
    path = path_of(links.offer_url(offer))
    stranger.post(path, {"leave": "yes"})
    assert "no longer on the waiting list" in stranger.get(path).content.decode()
    assert drain() >= 0
    assert WaitingEntry.objects.get(customer__name="First").state == "left"


def test_wrong_letters_are_no_page(queue: Queue, stranger: Stranger) -> None:
    for name in ("link_book", "link_change", "link_cancel", "link_offer", "link_rate"):
        assert stranger.get(reverse(name, args=["abc:def:ghi"])).status_code == 404


def test_link_of_one_company_opens_nothing_of_another(
    queue: Queue, booking: Booking, cast: SimpleNamespace, stranger: Stranger, login, day: date
) -> None:
    token = path_of(links.book_url(cast.globex_contact, queue)).split("/")[3]
    assert stranger.get(reverse("link_booked", args=[token, booking.uid])).status_code == 404
    held = stranger.post(reverse("link_book_pick", args=[token, queue.slug]), {"start": at(day, 10).isoformat()})
    uid = held.headers["Location"].split("?")[0].rstrip("/").rsplit("/", 1)[1]
    acme = path_of(links.book_url(cast.acme_contact, queue)).split("/")[3]
    assert stranger.get(reverse("link_book_details", args=[acme, queue.slug, uid])).status_code == 404


def test_forms_of_the_portal_still_ask_for_their_token(booking: Booking, cast: SimpleNamespace) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.acme_contact.user)
    path = reverse("portal_hour_cancel", args=[booking.uid])
    assert browser.post(path, {"reason": "Forged"}).status_code == 403
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_link_follows_the_newest_mail(queue: Queue, booking: Booking, stranger: Stranger, day: date) -> None:
    old = path_of(links.cancel_url(booking))
    moved = reschedule_booking(actor=None, booking=booking, starts_at=at(day, 11))
    back = reschedule_booking(actor=None, booking=moved, starts_at=at(day, 9))
    assert stranger.post(old, {}).status_code == 410
    assert stranger.post(path_of(links.cancel_url(back)), {}).status_code == 302
