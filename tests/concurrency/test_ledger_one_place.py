"""Absences and booked hours at one moment: nobody is in two places, and without lock and constraint somebody is."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Role, User
from calendars import ledger
from calendars.actions.absences import cancel_absence, enter_absence
from calendars.models import Absence, Commitment
from calendars.rules.spans import Span, joined
from core.transactions import repeated_transaction
from tests.cast import make_person
from tests.processes import Together, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 15
HOUR = timedelta(hours=1)
DAY = (timezone.now() + timedelta(days=14)).date()
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
WHOLE = Span(MIDNIGHT, MIDNIGHT + 24 * HOUR)
Kind = Commitment.Kind
CONSTRAINT = next(one for one in Commitment._meta.constraints if one.name == "commitment_nobody_is_in_two_places")


@pytest.fixture
def host() -> User:
    return make_person("host@company.example", Role.CSM)


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody go on without the lock on the host's row."""
    monkeypatch.setattr(ledger, "lock_hosts", lambda ids: User.objects.in_bulk(set(ids)))


@pytest.fixture
def no_constraint() -> Iterator[None]:
    """Take the exclusion constraint away."""
    with connection.schema_editor() as editor:
        editor.remove_constraint(Commitment, CONSTRAINT)
    yield
    Commitment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Commitment, CONSTRAINT)


def hour(number: int) -> Span:
    return Span(MIDNIGHT + HOUR * number, MIDNIGHT + HOUR * (number + 1))


@repeated_transaction
def book(host: User, number: int, **fields: Any) -> str:
    person = ledger.lock_hosts([host.pk])[host.pk]
    ledger.take(host=person, span=hour(number), **{"kind": Kind.HOUR, **fields})
    return "booked"


def leave(host: User) -> str:
    enter_absence(actor=None, person=host, first=DAY, last=DAY)
    return "away"


@repeated_transaction
def give_back(commitment: Commitment) -> str:
    ledger.release(commitment)
    return "given back"


@repeated_transaction
def confirm(commitment: Commitment) -> str:
    ledger.lock_hosts([commitment.host_id])
    ledger.change_kind(commitment, Kind.HOUR)
    return "confirmed"


def clear() -> None:
    Commitment.objects.all().delete()
    Absence.objects.all().delete()


def held(kind: str | None = None) -> list[Span]:
    rows = Commitment.objects.filter(active=True).order_by("busy")
    return [ledger.span_of(row) for row in (rows.filter(kind=kind) if kind else rows)]


def overlaps() -> int:
    spans = held()
    return sum(one.overlaps(other) for number, one in enumerate(spans) for other in spans[number + 1 :])


def test_an_absence_and_hours_never_overlap(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        jobs: list[Callable[[], str]] = [
            partial(leave, host),
            *(partial(book, host, number) for number in range(9, 13)),
        ]
        away, *hours = run_at_once(jobs)
        assert away == "away"
        assert set(hours) <= {"booked", "time_taken"}
        assert len(held(Kind.HOUR)) == hours.count("booked")
        assert overlaps() == 0
        # What is not booked is the absence's, so that nothing can be booked in it later.
        assert joined(held()) == [WHOLE]


def test_one_hour_wanted_by_many_is_taken_once(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        answers = run_at_once([partial(book, host, 10)] * 6)
        assert sorted(answers) == ["booked"] + ["time_taken"] * 5
        assert held() == [hour(10)]


def test_an_hour_given_back_while_an_absence_is_entered_is_the_absences(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        book(host, 10)
        assert run_at_once([partial(give_back, Commitment.objects.get()), partial(leave, host)]) == [
            "given back",
            "away",
        ]
        assert overlaps() == 0
        assert joined(held(Kind.ABSENCE)) == [WHOLE]


def test_a_held_hour_is_confirmed_or_given_back_never_both(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        book(host, 10, kind=Kind.HELD, expires_at=timezone.now() + HOUR)
        confirmed, away = run_at_once([partial(confirm, Commitment.objects.get()), partial(leave, host)])
        assert away == "away"
        assert held(Kind.HOUR) == ([hour(10)] if confirmed == "confirmed" else [])
        assert confirmed in {"confirmed", "time_taken"}
        assert overlaps() == 0
        assert joined(held()) == [WHOLE]


def test_an_hour_is_booked_while_an_absence_is_cancelled_or_not(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        absence = enter_absence(actor=None, person=host, first=DAY, last=DAY)

        def cancel(absence: Absence = absence) -> str:
            cancel_absence(actor=None, absence=absence)
            return "cancelled"

        cancelled, booked = run_at_once([cancel, partial(book, host, 10)])
        assert cancelled == "cancelled"
        assert held() == ([hour(10)] if booked == "booked" else [])


def test_two_overlapping_absences_at_once_are_one(host: User) -> None:
    for _ in range(ROUNDS):
        clear()
        assert sorted(run_at_once([partial(leave, host)] * 2)) == ["absence_overlaps", "away"]
        assert held() == [WHOLE]


def both_have_looked(monkeypatch: pytest.MonkeyPatch, parties: int) -> None:
    """Let nobody write into the ledger before all have looked at it."""
    together, insert = Together(parties), ledger._insert

    def insert_together(rows: list[Commitment]) -> None:
        together.wait()
        insert(rows)

    monkeypatch.setattr(ledger, "_insert", insert_together)


def test_control_without_lock_and_constraint_a_host_is_in_two_places(
    host: User, no_lock: None, no_constraint: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_looked(monkeypatch, 2)
    assert run_at_once([partial(leave, host), partial(book, host, 10)]) == ["away", "booked"]
    assert overlaps() == 1


def test_control_without_constraint_the_lock_alone_does_not_see_who_went_round_it(
    host: User, no_constraint: None
) -> None:
    book(host, 10)
    Commitment.objects.create(
        host=host, kind=Kind.HOUR, starts_at=hour(10).starts, ends_at=hour(10).ends, busy=ledger.as_range(hour(10))
    )
    assert overlaps() == 1


def test_control_without_lock_the_constraint_refuses_what_should_have_made_room(
    host: User, no_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_looked(monkeypatch, 2)
    answers = run_at_once([partial(leave, host), partial(book, host, 10)])
    # Under the lock the absence is always entered; here whoever writes second is turned away, whatever it is.
    assert "time_taken" in answers
    assert overlaps() == 0


def test_control_without_lock_plain_inserts_deadlock(host: User) -> None:
    both_hold_one = Together(2)

    def insert_two(first: int, second: int) -> str:
        def insert(number: int) -> None:
            span = hour(number)
            Commitment.objects.create(
                host=host, kind=Kind.HOUR, starts_at=span.starts, ends_at=span.ends, busy=ledger.as_range(span)
            )

        try:
            with transaction.atomic():
                insert(first)
                both_hold_one.wait()
                insert(second)
        except OperationalError as error:
            return str(getattr(error.__cause__, "pgcode", ""))
        return "inserted"

    # 40P01 is deadlock_detected.
    assert sorted(run_at_once([partial(insert_two, 10, 12), partial(insert_two, 12, 10)])) == ["40P01", "inserted"]


def test_under_the_lock_the_same_inserts_wait_and_are_told(host: User) -> None:
    @repeated_transaction
    def book_two(first: int, second: int) -> str:
        person = ledger.lock_hosts([host.pk])[host.pk]
        for number in (first, second):
            ledger.take(host=person, span=hour(number), kind=Kind.HOUR)
        return "booked"

    for _ in range(ROUNDS):
        clear()
        answers = run_at_once([partial(book_two, 10, 12), partial(book_two, 12, 10)])
        assert sorted(answers) == ["booked", "time_taken"]
        assert held() == [hour(10), hour(12)]
