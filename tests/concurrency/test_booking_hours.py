"""Many want the same hour at the same moment: one gets it, all are answered, and without guards it would be two."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import CompanySettings, User
from calendars.models import Commitment
from queues.actions import placing
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.models import AllowancePlace, Booking, Queue
from tests.cast import make_customer, make_person
from tests.concurrency.booking_server import hammer, make_callers, served
from tests.processes import Together, run_at_once
from tests.queues.making import at, book_hour, ledger_overlaps, make_host, make_hours, make_queue, monday

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS = 200
REPETITIONS = 20
BOOK = "/api/v1/queues/experts/bookings/"
PROCESSES = 6
EXCLUSION = "commitment_nobody_is_in_two_places"


@pytest.fixture
def queue() -> Queue:
    """Return a queue, and the company's row made: on first use two first users would wait for one another."""
    CompanySettings.current()
    return make_queue(hours_per_customer=100)


def hosts(queue: Queue, count: int, *hours: tuple[int, int], weekdays: Any = range(7)) -> list[User]:
    people = []
    for number in range(count):
        person = make_person(f"host{number}@company.example")
        make_hours(person, *hours, weekdays=weekdays)
        make_host(queue, person, weekly_minutes=168 * 60)
        people.append(person)
    return people


def post(token: str, start: datetime, **more: Any) -> dict[str, Any]:
    body = {"start": start.isoformat(), "topic": "Reports", "situation": "They are slow"}
    return {"path": BOOK, "token": token, "body": body, **more}


# --- over HTTP ------------------------------------------------------------------------------------
@pytest.mark.servers
@pytest.mark.xdist_group("servers")
@pytest.mark.timeout(900)
def test_of_200_processes_exactly_one_gets_the_hour_twenty_times(queue: Queue, tmp_path: Path) -> None:
    hosts(queue, 1, (9, 14))
    tokens = make_callers(CLIENTS)
    starts = [at(monday() + timedelta(days=number // 5), 9 + number % 5) for number in range(REPETITIONS)]
    with served(tmp_path) as port:
        rounds = hammer(port, [[post(token, start) for token in tokens] for start in starts], processes=CLIENTS)
    for start, answers in zip(starts, rounds, strict=True):
        assert Counter(status for status, _ in answers) == {201: 1, 409: CLIENTS - 1}
        refused = [body for status, body in answers if status == 409]
        assert {body["code"] for body in refused} == {"slot_taken"}
        assert all(len(body["nearest"]) == 3 and start.isoformat() not in body["nearest"] for body in refused)
        assert Booking.objects.filter(starts_at=start).count() == 1
    assert Commitment.objects.filter(active=True).count() == REPETITIONS
    assert ledger_overlaps() == []


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_500_clients_share_100_hours_of_10_hosts(queue: Queue, tmp_path: Path) -> None:
    people = hosts(queue, 10, (8, 18))
    tokens = make_callers(500)
    requests = [post(token, at(monday(), 8 + number % 10)) for number, token in enumerate(tokens)]
    with served(tmp_path) as port:
        (answers,) = hammer(port, [requests], processes=100)
    assert Counter(status for status, _ in answers) == {201: 100, 409: 400}
    assert Booking.objects.count() == AllowancePlace.objects.count() == 100
    assert ledger_overlaps() == []
    taken = Counter(Booking.objects.values_list("host", flat=True))
    assert taken == {person.pk: 10 for person in people}


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_one_key_sent_many_times_at_once_acts_once(queue: Queue, tmp_path: Path) -> None:
    hosts(queue, 3, (8, 18))
    (token,) = make_callers(1)
    same, other = post(token, at(monday(), 9), key="same"), post(token, at(monday(), 12), key="same")
    with served(tmp_path) as port:
        answers, later = hammer(port, [[same] * 20, [same, other]], processes=20)
    assert {status for status, _ in answers} == {201}
    assert {body["id"] for _, body in [*answers, later[0]]} == {str(Booking.objects.get().uid)}
    assert (later[1][0], later[1][1]["code"]) == (409, "idempotency_mismatch")


# --- by the actions, and what holds them together -------------------------------------------------
def book(queue: Queue, number: int, starts_at: datetime) -> str:
    book_hour(queue, make_customer(f"Customer {number}"), starts_at)
    return "booked"


def book_slowly(queue: Queue, number: int, starts_at: datetime, all_have_booked: Together) -> str:
    with transaction.atomic():
        book(queue, number, starts_at)
        # Nobody has committed when the last one inserts.
        all_have_booked.wait()
    return "booked"


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the hosts without locking them."""
    monkeypatch.setattr(placing, "lock_hosts", lambda ids: User.objects.in_bulk(list(ids)))


@pytest.fixture
def no_constraint() -> Iterator[None]:
    """Take the exclusion constraint away."""
    constraint = next(one for one in Commitment._meta.constraints if one.name == EXCLUSION)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Commitment, constraint)
    yield
    Booking.objects.all().delete()
    Commitment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Commitment, constraint)


def test_control_without_lock_and_constraint_the_hour_is_booked_by_all(
    queue: Queue, no_lock: None, no_constraint: None
) -> None:
    hosts(queue, 1, (9, 12))
    everybody = Together(PROCESSES)
    jobs = [partial(book_slowly, queue, number, at(monday(), 9), everybody) for number in range(PROCESSES)]
    assert run_at_once(jobs) == ["booked"] * PROCESSES
    assert len(ledger_overlaps()) == PROCESSES * (PROCESSES - 1) // 2


def test_the_lock_alone_keeps_the_hour_one_s(queue: Queue, no_constraint: None) -> None:
    hosts(queue, 1, (9, 12))
    answers = run_at_once([partial(book, queue, number, at(monday(), 9)) for number in range(PROCESSES)])
    assert sorted(answers) == ["booked"] + ["slot_taken"] * (PROCESSES - 1)
    assert ledger_overlaps() == []


def test_the_constraint_alone_keeps_the_hour_one_s(queue: Queue, no_lock: None) -> None:
    hosts(queue, 1, (9, 12))
    answers = run_at_once([partial(book, queue, number, at(monday(), 9)) for number in range(PROCESSES)])
    assert sorted(answers) == ["booked"] + ["slot_taken"] * (PROCESSES - 1)
    assert ledger_overlaps() == []


def test_one_customer_keeps_within_its_allowance(queue: Queue) -> None:
    Queue.objects.update(hours_per_customer=2, period="year")
    hosts(queue, 2, (9, 18))
    customer = make_customer("Acme")

    def take(hour: int) -> str:
        book_hour(queue, customer, at(monday(), hour))
        return "booked"

    answers = run_at_once([partial(take, 9 + number) for number in range(PROCESSES)])
    assert sorted(answers) == ["allowance_used"] * (PROCESSES - 2) + ["booked"] * 2
    assert sorted(AllowancePlace.objects.values_list("number", flat=True)) == [1, 2]


def test_moves_that_cross_and_cancellations_never_overlap_nor_deadlock(queue: Queue) -> None:
    hosts(queue, 2, (9, 13))
    booked = [book_hour(queue, make_customer(f"C{number}"), at(monday(), 9 + number // 2)) for number in range(6)]

    def move(booking: Booking, hour: int) -> str:
        reschedule_booking(actor=None, booking=booking, starts_at=at(monday(), hour))
        return "moved"

    def cancel(booking: Booking) -> str:
        cancel_booking(actor=None, booking=booking)
        return "cancelled"

    jobs: list[Callable[[], str]] = [partial(move, booking, 12 - number // 2) for number, booking in enumerate(booked)]
    jobs += [partial(cancel, booked[0]), partial(cancel, booked[5])]
    answers = run_at_once(jobs)
    assert set(answers) <= {"moved", "cancelled", "slot_taken", "already_cancelled", "same_time"}
    assert ledger_overlaps() == []
    standing = Booking.objects.filter(state="booked")
    assert standing.count() == 4
    assert Commitment.objects.filter(active=True).count() == 4
    assert all(one.commitment.active and one.commitment.starts_at == one.starts_at for one in standing)
