"""Many assign to one CSM at the same moment: the limit holds, and without lock or guard it would not."""

import importlib
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions import portfolios
from accounts.models import Assignment, Customer, Role, User
from segments.actions.assignments import assign_csm, follow_tiers, giving
from segments.models import PersonLimit, TierTerms
from tests.cast import make_customer, make_person
from tests.processes import Together, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROCESSES = 6
ROUNDS = 15
GUARD = importlib.import_module("segments.migrations.0002_portfolio_limits").GUARD
FUNCTION = GUARD[: GUARD.index("CREATE TRIGGER")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
LOCK = "PERFORM 1 FROM accounts_user WHERE id = ANY (people) ORDER BY id FOR NO KEY UPDATE;"


@pytest.fixture
def csm() -> User:
    """Return a CSM with one low-touch place free, and one high-touch."""
    # Made on first use, where two first users would wait for one another.
    TierTerms.current()
    person = make_person("one.place@company.example", Role.CSM)
    for tier in ("high", "low"):
        PersonLimit.objects.create(person=person, tier=tier, portfolio_limit=1)
    return person


@pytest.fixture
def guard_without_lock() -> Iterator[None]:
    """Take the row lock out of the database's guard."""
    assert LOCK in FUNCTION
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION.replace(LOCK, ""))
    yield
    with connection.cursor() as cursor:
        cursor.execute(FUNCTION)


@pytest.fixture
def no_guard() -> Iterator[None]:
    """Switch the database's guard off."""
    triggers = "accounts_assignment {} TRIGGER portfolio_limit_on_insert"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE " + triggers.format("DISABLE"))
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE " + triggers.format("ENABLE"))


def waiting(count: int = PROCESSES) -> list[Customer]:
    return [make_customer(f"Waiting {number}", tier="low") for number in range(count)]


def assign(customer: Customer, csm: User) -> str:
    assign_csm(actor=None, customer=customer, person=csm)
    return "assigned"


def held(csm: User, tier: str = "low") -> int:
    return Assignment.objects.filter(person=csm, tier=tier, ends_at=None).count()


def test_exactly_one_gets_the_last_place(csm: User) -> None:
    customers = waiting()
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        answers = run_at_once([partial(assign, customer, csm) for customer in customers])
        assert sorted(answers) == ["assigned"] + ["over_limit"] * (PROCESSES - 1)
        assert held(csm) == 1


def test_pages_answer_exactly_one_with_success_and_none_with_an_error(csm: User) -> None:
    manager = make_person("manager@company.example", Role.MANAGER)
    customers = waiting()

    def post(customer: Customer) -> int:
        browser = Client(raise_request_exception=False)
        browser.force_login(manager)
        return browser.post(f"/customers/{customer.pk}/people/csm/", {"person": csm.pk}).status_code

    for _ in range(3):
        Assignment.objects.all().delete()
        answers = run_at_once([partial(post, customer) for customer in customers])
        assert sorted(answers) == [302] + [422] * (PROCESSES - 1)
        assert held(csm) == 1


def test_bare_inserts_keep_the_limit_too(csm: User) -> None:
    def insert(customer: Customer) -> str:
        try:
            Assignment.objects.create(
                customer=customer, person=csm, role=Role.CSM, tier="low", starts_at=timezone.now()
            )
        except IntegrityError:
            return "refused"
        return "inserted"

    answers = run_at_once([partial(insert, customer) for customer in waiting()])
    assert sorted(answers) == ["inserted"] + ["refused"] * (PROCESSES - 1)
    assert held(csm) == 1


def test_control_without_lock_all_get_the_last_place(
    csm: User, guard_without_lock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(ids: list[int]) -> dict[int, User]:
        return User.objects.in_bulk(ids)

    monkeypatch.setattr(giving, "lock_people", unlocked)
    all_have_counted = Together(PROCESSES)

    def assign_slowly(customer: Customer) -> str:
        with transaction.atomic():
            assign(customer, csm)
            # Nobody has committed when the last one counts.
            all_have_counted.wait()
        return "assigned"

    answers = run_at_once([partial(assign_slowly, customer) for customer in waiting()])
    assert answers == ["assigned"] * PROCESSES
    assert held(csm) == PROCESSES


def test_control_without_guard_all_get_the_last_place(csm: User, no_guard: None) -> None:
    answers = run_at_once([partial(assign, customer, csm) for customer in waiting()])
    assert answers == ["assigned"] * PROCESSES
    assert held(csm) == PROCESSES


def test_tier_move_at_the_same_moment_keeps_the_limit(csm: User) -> None:
    new, moving = make_customer("New", tier="low"), make_customer("Moving", tier="high")

    def move() -> str:
        with transaction.atomic():
            Customer.objects.filter(pk=moving.pk).update(tier="low")
            done = follow_tiers()
        return "kept" if done["kept"] else "displaced"

    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        Customer.objects.filter(pk=moving.pk).update(tier="high")
        assign(moving, csm)
        answers = run_at_once([partial(assign, new, csm), move])
        assert answers in (["assigned", "displaced"], ["over_limit", "kept"])
        assert held(csm) == 1
        assert held(csm, "high") == 0


def test_one_customer_wanted_by_many_has_one_csm(csm: User) -> None:
    customer = make_customer("Wanted", tier="low")
    people = [make_person(f"csm{number}@company.example", Role.CSM) for number in range(4)]
    for _ in range(ROUNDS):
        Assignment.objects.all().delete()
        assert run_at_once([partial(assign, customer, person) for person in people]) == ["assigned"] * 4
        assert Assignment.objects.filter(customer=customer, ends_at=None).count() == 1
        assert Assignment.objects.filter(customer=customer).count() == 4


def test_broken_deadlock_is_repeated() -> None:
    first, second = (make_person(f"{name}@company.example") for name in ("first", "second"))
    both_hold_one = Together(2)

    def lock_in_turn(one: int, other: int) -> int:
        attempts = 0

        @portfolios.repeated_transaction
        def lock_both() -> None:
            nonlocal attempts
            attempts += 1
            portfolios.lock_people([one])
            if attempts == 1:
                both_hold_one.wait()
            portfolios.lock_people([other])

        lock_both()
        return attempts

    jobs: list[Callable[[], int]] = [
        partial(lock_in_turn, first.pk, second.pk),
        partial(lock_in_turn, second.pk, first.pk),
    ]
    assert sorted(run_at_once(jobs)) == [1, 2]
