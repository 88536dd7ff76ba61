"""Hours become free while sweeps run: no hour is offered to two, none is lost, and none is both taken and handed on."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import CompanySettings, Role, User
from calendars.models import Commitment
from core.errors import ProductError
from queues.actions import offers
from queues.actions.bookings import cancel_booking
from queues.actions.waiting import join_waiting_list
from queues.models import Booking, Offer, Queue, WaitingEntry
from tests.cast import make_contact, make_customer, make_person
from tests.processes import Together, run_at_once
from tests.queues.making import at, book_hour, ledger_overlaps, make_host, make_hours, make_queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 5
HOSTS = 3
EXCLUSION = "commitment_nobody_is_in_two_places"


@pytest.fixture
def day() -> date:
    """Return the one day on which there are hours."""
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def queue(day: date) -> Queue:
    """Return a queue whose hosts give one hour each, at nine of the day."""
    # Made on first use, where two first users would wait for one another.
    CompanySettings.current()
    queue = make_queue(horizon_days=4)
    for number in range(HOSTS):
        host = make_person(f"host{number}@company.example", Role.SPECIALIST)
        make_host(queue, host)
        make_hours(host, (9, 10), weekdays=[day.weekday()])
    return queue


def wait(queue: Queue, number: int) -> WaitingEntry:
    """Return the place in line of a new customer."""
    customer = make_customer(f"Waiting {number}", tier="tech")
    contact = make_contact(customer, f"waiting{number}@customer.example")
    return join_waiting_list(actor=None, queue=queue, customer=customer, contact=contact, topic_text="Reports")


def book_all(queue: Queue, day: date) -> list[Booking]:
    """Return the day's hours, each booked by a customer of its own."""
    return [book_hour(queue, make_customer(f"Booked {number}", tier="tech"), at(day, 9)) for number in range(HOSTS)]


def forget() -> None:
    """Take all offers, places and bookings back."""
    Offer.objects.all().delete()
    WaitingEntry.objects.all().delete()
    Booking.objects.all().delete()
    Commitment.objects.all().delete()


def answer(action: Callable[[], Any]) -> str:
    """Return "done", or the code of the refusal."""
    try:
        action()
    except ProductError as refusal:
        return refusal.code
    return "done"


def offered_hours() -> Counter:
    """Return how often each host's hour is offered now."""
    return Counter(Offer.objects.filter(state="open").values_list("commitment__host", "starts_at"))


def test_hours_cancelled_at_once_while_two_sweep(queue: Queue, day: date) -> None:
    for _ in range(ROUNDS):
        bookings = book_all(queue, day)
        entries = [wait(queue, number) for number in range(HOSTS + 1)]
        cancels = [partial(cancel_booking, actor=None, booking=booking) for booking in bookings]
        sweeps = [offers.sweep_waiting_lists] * 2
        run_at_once([partial(answer, action) for action in [*cancels, *sweeps]])
        # What the race left over, because everybody free was in somebody's hands, the next sweep offers.
        offers.sweep_waiting_lists()
        assert sorted(offered_hours().values()) == [1] * HOSTS
        assert Offer.objects.filter(state="open").values("entry").distinct().count() == HOSTS
        assert WaitingEntry.objects.filter(pk__in=[entry.pk for entry in entries], state="offered").count() == HOSTS
        assert ledger_overlaps() == []
        forget()


def test_offer_that_ran_out_is_ended_once_by_many(queue: Queue, day: date) -> None:
    for _ in range(ROUNDS):
        [booking, *_] = book_all(queue, day)
        first, second = wait(queue, 1), wait(queue, 2)
        cancel_booking(actor=None, booking=booking)
        offer = Offer.objects.get(entry=first)
        Offer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        run_at_once([partial(answer, offers.sweep_waiting_lists)] * 3)
        offers.sweep_waiting_lists()
        first.refresh_from_db()
        assert (first.state, first.offers_missed) == ("waiting", 1)
        assert list(Offer.objects.filter(state="open").values_list("entry", "starts_at")) == [
            (second.pk, offer.starts_at)
        ]
        assert ledger_overlaps() == []
        forget()


def test_offer_is_taken_or_handed_on_never_both(queue: Queue, day: date) -> None:
    for _ in range(ROUNDS):
        [booking, *_] = book_all(queue, day)
        first, second = wait(queue, 1), wait(queue, 2)
        cancel_booking(actor=None, booking=booking)
        offer = Offer.objects.select_related("entry__customer", "commitment").get()
        take = partial(offers.accept_offer, actor=None, offer=offer)
        decline = partial(offers.decline_offer, actor=None, offer=offer)
        answers = run_at_once([partial(answer, action) for action in (take, take, decline, offers.sweep_waiting_lists)])
        booked = Booking.objects.filter(state="booked", customer=first.customer).count()
        handed_on = Offer.objects.filter(state="open", entry=second).count()
        assert (booked, handed_on) in {(1, 0), (0, 1)}
        assert answers.count("done") == 2
        assert ledger_overlaps() == []
        forget()


@pytest.fixture
def without_the_ledgers_promise() -> Iterator[None]:
    """Let the database take two commitments of one host at one time, until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [EXCLUSION])
        [definition] = cursor.fetchone()
        cursor.execute(f'ALTER TABLE calendars_commitment DROP CONSTRAINT "{EXCLUSION}"')
    yield
    Offer.objects.all().delete()
    Commitment.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE calendars_commitment ADD CONSTRAINT "{EXCLUSION}" {definition}')


def test_control_without_lock_and_constraint_one_hour_is_offered_to_two(
    queue: Queue, day: date, without_the_ledgers_promise: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Together(2)
    host: User = queue.hosts.order_by("person_id")[0].person
    wait(queue, 1)
    wait(queue, 2)
    taken = offers.take

    def take_together(**how: Any) -> Commitment:
        both.wait()
        return taken(**how)

    monkeypatch.setattr(offers, "lock_hosts", lambda ids: User.objects.in_bulk(list(ids)))
    monkeypatch.setattr(offers, "take", take_together)

    def offer() -> None:
        free(queue, host.pk, at(day, 9))

    run_at_once([offer, offer])
    assert offered_hours() == {(host.pk, at(day, 9)): 2}


def free(queue: Queue, host_id: int, starts_at: datetime) -> None:
    """Do what follows an hour's becoming free, in a transaction."""
    with transaction.atomic():
        offers.offer_freed_hour(queue=queue, host_id=host_id, starts_at=starts_at)


def test_with_lock_and_constraint_the_same_hour_is_offered_to_one(queue: Queue, day: date) -> None:
    host: User = queue.hosts.order_by("person_id")[0].person
    wait(queue, 1)
    wait(queue, 2)
    with_lock = partial(locked_free, queue, host.pk, at(day, 9))
    run_at_once([with_lock, with_lock])
    assert offered_hours() == {(host.pk, at(day, 9)): 1}


def locked_free(queue: Queue, host_id: int, starts_at: datetime) -> None:
    """Do the same as whoever frees an hour does: with the host's row locked."""
    with transaction.atomic():
        offers.lock_hosts([host_id])
        offers.offer_freed_hour(queue=queue, host_id=host_id, starts_at=starts_at)
