"""Two log time at the same moment: where one entry fits into the allowance, one gets through."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import partial

import pytest
from django.db import transaction

from accounts.models import CompanySettings, Customer, Role, User
from segments.actions import time
from segments.models import TierTerms, TimeEntry
from tests.cast import make_customer, make_person
from tests.processes import Together, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 15


def log(customer: Customer, person: User, before_commit: Together | None = None) -> str:
    frame: AbstractContextManager = transaction.atomic() if before_commit else nullcontext()
    with frame:
        time.log_time(actor=person, customer=customer, person=person, on=date(2026, 3, 10), minutes=90, activity="call")
        if before_commit:
            before_commit.wait()
    return "logged"


@pytest.fixture
def jobs() -> Callable[..., list[Callable[[], str]]]:
    """Return a function that gives what two people do: log 90 of a customer's 120 minutes."""
    # Made on first use, where two first users would wait for one another.
    TierTerms.current()
    CompanySettings.current()
    customer = make_customer("Busy", tier="low")
    people = [make_person(f"csm{number}@company.example", Role.CSM) for number in range(2)]
    return lambda before_commit=None: [partial(log, customer, person, before_commit) for person in people]


def test_exactly_one_fits(jobs: Callable[..., list[Callable[[], str]]]) -> None:
    for _ in range(ROUNDS):
        TimeEntry.objects.all().delete()
        assert sorted(run_at_once(jobs())) == ["logged", "over_allowance"]
        assert TimeEntry.objects.count() == 1


def test_control_without_lock_both_get_through(
    jobs: Callable[..., list[Callable[[], str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "lock_customer", lambda customer: customer)
    assert run_at_once(jobs(Together(2))) == ["logged", "logged"]
    assert sum(TimeEntry.objects.values_list("minutes", flat=True)) == 180
