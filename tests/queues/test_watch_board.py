"""The board says whether customers get their hour in time, and whose hours need another host."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calendars.actions.absences import enter_absence
from calendars.models import Commitment
from queues.actions.bookings import cancel_booking
from queues.models import Booking, BookingMail, Queue, WaitingEntry
from queues.queries.board import board_of
from queues.queries.topics import recurring_topics
from tests.cast import make_customer
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, monday


@pytest.fixture
def queue(cast: SimpleNamespace) -> Queue:
    """Return a queue that two hosts give mornings to."""
    queue = make_queue()
    for person in (cast.specialist, cast.csm):
        make_hours(person, (9, 12))
        make_host(queue, person, weekly_minutes=5 * 60)
    return queue


@pytest.fixture
def manager(cast: SimpleNamespace, login: Any) -> Client:
    return login(cast.manager)


def past(booking: Booking, state: str, **facts: Any) -> Booking:
    """Make the hour one of some weeks ago, whatever its place in the ledger."""
    starts = booking.starts_at - timedelta(weeks=6)
    Commitment.objects.filter(pk=booking.commitment_id).update(active=False)
    Booking.objects.filter(pk=booking.pk).update(
        starts_at=starts, ends_at=starts + timedelta(hours=1), state=state, **facts
    )
    return booking


def test_the_board_counts_what_was_and_what_is_booked(cast: SimpleNamespace, queue: Queue) -> None:
    for hour, state, facts in (
        (9, "done", {"rating": 5, "rated_at": timezone.now()}),
        (10, "done", {"rating": 4, "rated_at": timezone.now()}),
        (11, "no_show", {}),
    ):
        past(book_hour(queue, cast.acme, at(monday(3), hour), host=cast.specialist), state, **facts)
    cancel_booking(actor=cast.csm, booking=book_hour(queue, cast.acme, at(monday(0), 9), host=cast.csm))
    book_hour(queue, cast.acme, at(monday(0), 10), host=cast.specialist)
    board = board_of(queue, "UTC")
    assert (board.took_place, board.missed, board.rating) == (2, 1, 4.5)
    assert board.no_shows == pytest.approx(1 / 3)
    # Two hosts give five hours in each of two weeks; one hour is booked in them.
    assert (board.given_minutes, board.booked_minutes, board.fill) == (1200, 60, 0.05)
    shares = {one.host.person: (one.minutes, one.fair_minutes, one.word) for one in board.hosts}
    assert shares[cast.csm] == (0, 120, "less than its share")
    assert shares[cast.specialist] == (240, 120, "more than its share")


def test_the_first_line_says_how_long_a_customer_waits(manager: Client, cast: SimpleNamespace, queue: Queue) -> None:
    assert "A customer who asks now" in manager.get(reverse("queue_board")).text
    queue.hosts.update(is_active=False)
    text = manager.get(reverse("queue_board")).text
    assert "No hour is free in the 60 days ahead" in text
    assert "none free" in text


def test_who_waits_stands_in_line(manager: Client, cast: SimpleNamespace, queue: Queue) -> None:
    for number, customer in enumerate((cast.globex, cast.acme)):
        WaitingEntry.objects.create(
            queue=queue,
            customer=customer,
            topic_text="Dashboards",
            created_at=timezone.now() - timedelta(hours=number),
        )
    text = manager.get(reverse("queue_board")).text
    assert text.index("Acme") < text.index("Globex")


def test_topics_that_several_customers_bring_are_subjects(cast: SimpleNamespace, queue: Queue) -> None:
    customers = [cast.acme, cast.globex, make_customer("Initech", tier="tech")]
    for number, customer in enumerate(customers):
        book_hour(queue, customer, at(monday(1 + number), 9), topic_text=("Reports", "reports", "REPORTS")[number])
    book_hour(queue, cast.acme, at(monday(1), 11), topic_text="Billing")
    assert [(topic.name.lower(), topic.hours, topic.customers) for topic in recurring_topics()] == [("reports", 3, 3)]


def test_an_empty_product_says_how_to_begin(manager: Client) -> None:
    assert "Add a queue" in manager.get(reverse("queue_board")).text


@pytest.mark.parametrize("bookings", [3, 30])
def test_the_board_takes_the_same_queries_whatever_is_booked(
    cast: SimpleNamespace, queue: Queue, bookings: int, django_assert_max_num_queries: Any
) -> None:
    queue.hosts.update(weekly_minutes=40 * 60)
    for number in range(bookings):
        customer = make_customer(f"Customer {number}", tier="tech")
        day = monday(1) + timedelta(days=number % 5, weeks=number // 15)
        book_hour(queue, customer, at(day, 9 + number // 5 % 3))
    with django_assert_max_num_queries(24):
        board_of(queue, "UTC")


# --- hours whose host is away ---------------------------------------------------------------------
@pytest.fixture
def hit(cast: SimpleNamespace, queue: Queue) -> Booking:
    """Return an hour of the specialist, who has fallen ill since."""
    booking = book_hour(queue, cast.acme, at(monday(), 9), host=cast.specialist, contact=cast.acme_contact)
    enter_absence(actor=cast.specialist, person=cast.specialist, first=monday(), last=monday(), kind="sick")
    BookingMail.objects.all().delete()
    return booking


def test_an_absence_shows_the_hours_it_hits(manager: Client, hit: Booking) -> None:
    assert "1 booked hour falls into an absence" in " ".join(manager.get(reverse("queue_board")).text.split())
    text = manager.get(reverse("queue_conflicts")).text
    assert "Acme" in text
    assert "Same hour with" in text


def test_nobody_takes_the_hour_where_the_host_is_none(manager: Client, hit: Booking, cast: SimpleNamespace) -> None:
    address = reverse("queue_settle", args=[hit.uid])
    for nobody in ("", "x", "²", "9" * 5000, cast.acme_contact.pk):
        assert "Choose one of the hosts." in manager.post(address, {"how": "host", "host": nobody}, follow=True).text
    hit.refresh_from_db()
    assert hit.host == cast.specialist


def test_another_host_takes_the_hour_and_the_customer_is_told_once(
    manager: Client, cast: SimpleNamespace, hit: Booking
) -> None:
    address = reverse("queue_settle", args=[hit.uid])
    for _ in range(2):
        manager.post(address, {"how": "host", "host": cast.csm.pk})
    hit.refresh_from_db()
    assert (hit.host, hit.starts_at, hit.sequence) == (cast.csm, at(monday(), 9), 1)
    told = BookingMail.objects.filter(address=cast.acme_contact.email, send_after__lte=timezone.now())
    assert [mail.kind for mail in told] == ["moved"]
    assert "Every booked hour has its host" in manager.get(reverse("queue_conflicts")).text
    # What the hour gave back is the absence's now.
    absent = Commitment.objects.filter(host=cast.specialist, active=True, kind="absence")
    assert absent.filter(starts_at__lte=at(monday(), 9), ends_at__gte=at(monday(), 10)).exists()


def test_another_hour_is_chosen(manager: Client, cast: SimpleNamespace, hit: Booking) -> None:
    manager.post(reverse("queue_settle", args=[hit.uid]), {"how": "hour", "start": at(monday(), 11).isoformat()})
    hit.refresh_from_db()
    assert (hit.starts_at, hit.host) == (at(monday(), 11), cast.csm)


def test_where_nothing_fits_it_is_cancelled_with_a_word(manager: Client, hit: Booking) -> None:
    manager.post(reverse("queue_settle", args=[hit.uid]), {"how": "cancel", "reason": "We are so sorry."})
    hit.refresh_from_db()
    assert (hit.state, hit.cancel_reason) == ("cancelled", "We are so sorry.")


@pytest.mark.parametrize(
    "sent", [{}, {"how": "host"}, {"how": "host", "host": "x"}, {"how": "hour", "start": "soon"}, {"how": "fly"}]
)
def test_a_choice_that_is_none_changes_nothing(manager: Client, hit: Booking, sent: dict[str, str]) -> None:
    answer = manager.post(reverse("queue_settle", args=[hit.uid]), sent, follow=True)
    assert "Choose" in answer.text
    hit.refresh_from_db()
    assert (hit.state, hit.sequence) == ("booked", 0)


def test_every_hour_that_is_not_offered_says_why(manager: Client, cast: SimpleNamespace, hit: Booking) -> None:
    text = manager.get(reverse("queue_why"), {"queue": "experts", "day": monday().isoformat()}).text
    assert "Away" in text
    assert "Free" in text
    assert manager.get(reverse("queue_why"), {"day": "9999-99-99"}).status_code == 200
