"""A contact's hours in the portal: what lies ahead, what has been, what may be changed, and by whom."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import TimelineEntry
from calendars import ledger
from calendars.rules.spans import Span
from core.files import store
from queues.actions.bookings import cancel_booking
from queues.actions.waiting import join_waiting_list
from queues.models import Booking, FollowUpItem, Offer, Queue, WaitingEntry
from tests.cast import make_contact, make_customer
from tests.queues.making import at, book_hour


@pytest.fixture
def ann(cast: SimpleNamespace, login) -> Client:
    """Return the browser of Acme's contact."""
    return login(cast.acme_contact.user)


@pytest.fixture
def booking(queue: Queue, cast: SimpleNamespace, day: date) -> Booking:
    """Return Ann's hour at nine."""
    return book_hour(queue, cast.acme, at(day, 9), contact=cast.acme_contact, situation="Only Ann's", time_zone="UTC")


def past(booking: Booking) -> Booking:
    """Return the booking, two days ago."""
    back = timezone.now() - timedelta(days=2)
    Booking.objects.filter(pk=booking.pk).update(starts_at=back, ends_at=back + timedelta(hours=1), state="done")
    booking.refresh_from_db()
    return booking


def url(name: str, *args: object) -> str:
    return reverse(name, args=args)


def test_lists_what_lies_ahead_and_what_has_been(queue: Queue, booking: Booking, ann: Client, cast, day) -> None:
    past(booking)
    book_hour(queue, cast.acme, at(day, 11), contact=cast.acme_contact, topic_text="Ahead of us", time_zone="UTC")
    page = ann.get(url("portal_hours")).content.decode()
    assert page.index("Ahead of us") < page.index("Reports")
    assert f"{day:%A, %B}\u00a0{day.day}, 11:00\u202fAM to 12:00\u202fPM (UTC)" in page
    assert "Rate the hour" in page


def test_empty_list_says_how_to_begin(queue: Queue, ann: Client) -> None:
    page = ann.get(url("portal_hours")).content.decode()
    assert "No hour is booked" in page
    assert url("portal_hours_book") in page
    assert "Book an hour" in ann.get("/portal/").content.decode()


def test_hour_says_how_to_meet_and_comes_as_a_file(booking: Booking, ann: Client) -> None:
    page = ann.get(url("portal_hour", booking.uid)).content.decode()
    assert "We call you." in page
    assert "Only Ann&#x27;s" in page
    file = ann.get(url("portal_hour_file", booking.uid))
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert str(booking.uid) in file.content.decode().replace("\r\n ", "")


def test_moves_after_a_second_look(booking: Booking, ann: Client, day: date) -> None:
    path = url("portal_hour_move", booking.uid)
    assert ann.get(path).content.decode().count('name="start"') == 2
    sure = ann.post(path, {"start": at(day, 11).isoformat(), "zone": "UTC"})
    assert "Yes, move it" in sure.content.decode()
    answer = ann.post(path, {"start": at(day, 11).isoformat(), "zone": "UTC", "confirm": "yes"}, follow=True)
    assert "Your hour is moved" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.starts_at == at(day, 11)


def test_cancels_with_a_reason(booking: Booking, ann: Client) -> None:
    answer = ann.post(url("portal_hour_cancel", booking.uid), {"reason": "A holiday"}, follow=True)
    assert "Your hour is cancelled" in answer.content.decode()
    booking.refresh_from_db()
    assert (booking.state, booking.cancel_reason) == ("cancelled", "A holiday")
    assert "This hour is cancelled" in ann.get(url("portal_hour_move", booking.uid)).content.decode()


def test_long_reason_is_refused_and_kept(booking: Booking, ann: Client) -> None:
    answer = ann.post(url("portal_hour_cancel", booking.uid), {"reason": "x" * 301})
    assert answer.status_code == 422
    assert "x" * 301 in answer.content.decode()
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_rates_and_sees_what_was_sent(booking: Booking, ann: Client) -> None:
    past(booking)
    file = store("plan.txt", "text/plain", [b"The plan"])
    item = FollowUpItem.objects.create(booking=booking, title="Our plan", file=file)
    FollowUpItem.objects.create(booking=booking, title="A guide", url="https://help.example/guide")
    assert "Our plan" not in ann.get(url("portal_hour", booking.uid)).content.decode()
    assert ann.get(url("portal_hour_follow_up", booking.uid, item.pk)).status_code == 404
    Booking.objects.update(follow_up="As promised", follow_up_sent_at=timezone.now())
    page = ann.get(url("portal_hour", booking.uid)).content.decode()
    assert "As promised" in page
    assert "https://help.example/guide" in page
    sent = ann.get(url("portal_hour_follow_up", booking.uid, item.pk))
    assert b"".join(sent.streaming_content) == b"The plan"
    answer = ann.post(url("portal_hour_rate", booking.uid), {"rating": "5", "comment": "Great"}, follow=True)
    assert "You gave 5 of 5" in answer.content.decode()
    told = TimelineEntry.objects.get(kind="booking.rated")
    assert (told.summary, told.why, told.actor) == ("Hour rated 5 of 5 by Ann", "Great", booking.contact.user)


def test_hour_cannot_be_rated_before_it_is_over(booking: Booking, ann: Client) -> None:
    ann.post(url("portal_hour_rate", booking.uid), {"rating": "5"})
    booking.refresh_from_db()
    assert booking.rating is None


def test_colleague_sees_nothing_a_decision_maker_the_frame(booking: Booking, cast: SimpleNamespace, login) -> None:
    bob = make_contact(cast.acme, "bob@acme.example", with_login=True)
    browser = login(bob.user)
    assert browser.get(url("portal_hour", booking.uid)).status_code == 404
    assert "Reports" not in browser.get(url("portal_hours")).content.decode()
    bob.is_decision_maker = True
    bob.save()
    page = browser.get(url("portal_hour", booking.uid)).content.decode()
    assert "Reports" in page
    assert "Only Ann" not in page
    assert "We call you." not in page
    assert "Ann" in browser.get(url("portal_hours")).content.decode()
    for name in ("portal_hour_move", "portal_hour_cancel", "portal_hour_rate"):
        assert browser.post(url(name, booking.uid), {"rating": "1"}).status_code == 404
    assert browser.get(url("portal_hour_file", booking.uid)).status_code == 404


def test_other_company_sees_nothing(booking: Booking, cast: SimpleNamespace, login) -> None:
    cast.globex_contact.is_decision_maker = True
    cast.globex_contact.save()
    browser = login(cast.globex_contact.user)
    assert browser.get(url("portal_hour", booking.uid)).status_code == 404
    assert "Reports" not in browser.get(url("portal_hours")).content.decode()


def test_waits_sees_its_place_and_leaves(queue: Queue, ann: Client, cast: SimpleNamespace) -> None:
    other = make_customer("Earlier", tier="tech")
    contact = make_contact(other, "e@earlier.example")
    join_waiting_list(actor=None, queue=queue, customer=other, contact=contact, topic_text="First")
    path = url("portal_hours_wait", queue.slug)
    ann.post(path, {"topic": "other", "topic_text": "Reports", "zone": "Asia/Tokyo"})
    entry = WaitingEntry.objects.get(customer=cast.acme)
    assert (entry.contact, entry.time_zone) == (cast.acme_contact, "Asia/Tokyo")
    assert "You are 2nd in line" in ann.get(path).content.decode()
    assert "you are 2nd in line" in ann.get(url("portal_hours")).content.decode()
    answer = ann.post(url("portal_hours_leave", entry.uid), follow=True)
    assert "no longer on the waiting list" in answer.content.decode()
    entry.refresh_from_db()
    assert entry.state == "left"


def test_colleague_may_not_give_up_the_place(queue: Queue, ann: Client, cast: SimpleNamespace, login) -> None:
    ann.post(url("portal_hours_wait", queue.slug), {"topic": "other", "topic_text": "Reports"})
    entry = WaitingEntry.objects.get()
    bob = make_contact(cast.acme, "bob@acme.example", with_login=True)
    browser = login(bob.user)
    assert "Your company is 1st in line" in browser.get(url("portal_hours_wait", queue.slug)).content.decode()
    assert browser.post(url("portal_hours_leave", entry.uid)).status_code == 404
    browser.post(url("portal_hours_wait", queue.slug), {"leave": "yes"})
    entry.refresh_from_db()
    assert entry.state == "waiting"


def test_takes_an_offer_in_the_portal(queue: Queue, booking: Booking, cast: SimpleNamespace, login) -> None:
    browser = login(cast.globex_contact.user)
    browser.post(url("portal_hours_wait", queue.slug), {"topic": "other", "topic_text": "Ours"})
    cancel_booking(actor=None, booking=booking)
    offer = Offer.objects.get()
    assert "An hour has become free for you" in browser.get(url("portal_hours")).content.decode()
    assert "An hour has become free for you" in browser.get("/portal/").content.decode()
    answer = browser.post(url("portal_hours_offer", offer.uid), {"take": "yes"}, follow=True)
    assert "Your hour is booked" in answer.content.decode()
    booked = Booking.objects.get(state="booked")
    assert (booked.customer, booked.source, booked.booked_by) == (
        cast.globex,
        "waiting_list",
        cast.globex_contact.user,
    )


def test_page_costs_the_same_for_few_hours_and_many(
    queue: Queue, booking: Booking, ann: Client, cast: SimpleNamespace
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert ann.get(url("portal_hours")).status_code == 200
        return len(seen)

    queries()
    few = queries()
    for number in range(20):
        start = timezone.now() - timedelta(days=3 + number)
        span = Span(start, start + timedelta(hours=1))
        Booking.objects.create(
            queue=queue,
            host=cast.specialist,
            customer=cast.acme,
            contact=cast.acme_contact,
            commitment=ledger.take(host=cast.specialist, span=span, kind="hour"),
            starts_at=span.starts,
            ends_at=span.ends,
            topic_text="Reports",
            source="portal",
            state="done",
        )
    assert queries() == few
