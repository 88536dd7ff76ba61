"""Subscriptions written for one customer at the same moment add up, and without the lock they would not."""

import importlib
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection, transaction

from accounts import figures
from accounts.actions.company import delete_rate
from accounts.actions.subscriptions import create_subscription
from accounts.models import Customer, ExchangeRate, Subscription
from tests.cast import make_customer
from tests.processes import Together, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4
MIGRATION = importlib.import_module("accounts.migrations.0002_figures_kept_by_the_database")
LOCK = "PERFORM 1 FROM accounts_customer WHERE id = ANY(p_ids) ORDER BY id FOR NO KEY UPDATE;"


def refresh_function() -> str:
    """Return the statement that makes the refreshing function anew."""
    start = MIGRATION.FUNCTIONS.index("CREATE FUNCTION accounts_refresh_figures")
    end = MIGRATION.FUNCTIONS.index("CREATE FUNCTION", start + 1)
    return MIGRATION.FUNCTIONS[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


@pytest.fixture
def no_lock() -> Iterator[None]:
    """Take the lock out of the database's refresh."""
    assert LOCK in refresh_function()
    with connection.cursor() as cursor:
        cursor.execute(refresh_function().replace(LOCK, ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(refresh_function())


def subscribe(customer: Customer, meeting: Together | None = None) -> str:
    with transaction.atomic():
        if meeting is not None:
            # A first statement of the transaction makes nothing visible: each statement sees what is committed then.
            meeting.wait()
        Subscription.objects.create(customer=customer, mrr=10, currency="USD", starts_on=date(2025, 1, 1))
    return "subscribed"


@pytest.mark.parametrize("round_number", range(4))
def test_they_add_up(round_number: int) -> None:
    acme = make_customer("Acme")
    meeting = Together(PROCESSES)
    run_at_once([lambda: subscribe(acme, meeting)] * PROCESSES)
    acme.refresh_from_db()
    assert acme.mrr == 10 * PROCESSES


def test_control_without_lock_one_is_lost(no_lock: None) -> None:
    """The second one has counted before the first has committed, and writes its own sum over the first one's."""
    acme = make_customer("Acme")
    first_has_written = Together(2)

    def first() -> None:
        with transaction.atomic():
            subscribe(acme)
            first_has_written.wait()
            # The second one waits for this transaction's row now, with the sum that it has counted.
            second_is_blocked()

    def second() -> None:
        first_has_written.wait()
        subscribe(acme)

    run_at_once([first, second])
    acme.refresh_from_db()
    assert acme.subscriptions.count() == 2
    assert acme.mrr == 10
    assert figures.refresh_figures([acme.pk]) == 1
    acme.refresh_from_db()
    assert acme.mrr == 20


def second_is_blocked() -> None:
    """Return when another connection waits for a lock of this one's."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT 1, pg_sleep(0.01) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1"
            )
            if cursor.fetchone():
                return


def test_bulk_writes_in_any_order_do_not_deadlock() -> None:
    customers = [make_customer(str(number)) for number in range(40)]

    def write(order: list[Customer]) -> str:
        for _ in range(5):
            Subscription.objects.bulk_create(
                Subscription(customer=each, mrr=1, currency="USD", starts_on=date(2025, 1, 1)) for each in order
            )
        return "written"

    assert run_at_once([lambda: write(customers), lambda: write(customers[::-1])]) == ["written"] * 2
    assert set(Customer.objects.values_list("mrr", flat=True)) == {10}


def test_last_rate_deleted_while_a_subscription_comes() -> None:
    """Either the rate stays or the subscription is refused: never a subscription that cannot be counted."""
    acme = make_customer("Acme")
    rate = ExchangeRate.objects.create(currency="EUR", valid_from=date(2025, 1, 1), rate=2)

    def come() -> str:
        create_subscription(actor=None, customer=acme, mrr=10, currency="EUR", starts_on=date(2025, 1, 1))
        return "came"

    def delete() -> str:
        delete_rate(actor=None, rate=rate)
        return "deleted"

    answers = run_at_once([come, delete])
    assert answers in (["came", "rate_needed"], ["no_exchange_rate", "deleted"])
    assert acme.subscriptions.exists() == ExchangeRate.objects.exists()
