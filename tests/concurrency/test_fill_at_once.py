"""Fillings at the same moment, and beside people who assign by hand, end like one after another."""

from collections import Counter
from functools import partial

import pytest

from accounts.models import Assignment, Customer, Role
from segments.actions.assignments import assign_csm, fill_portfolios, filling
from segments.models import PersonLimit
from tests.cast import make_customer, make_person
from tests.processes import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CUSTOMERS, PLACES = 60, 12


@pytest.mark.parametrize("round_number", range(5))
def test_fillings_and_people_share_the_places(round_number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 7)
    people = [make_person(f"csm{number}@company.example", Role.CSM) for number in range(3)]
    for person in people:
        PersonLimit.objects.create(person=person, tier="low", portfolio_limit=PLACES)
    customers = [make_customer(f"Waiting {number}", tier="low", mrr=number) for number in range(CUSTOMERS)]

    def by_hand(customer: Customer) -> str:
        assign_csm(actor=None, customer=customer, person=people[0])
        return "assigned"

    answers = run_at_once([*[fill_portfolios] * 3, *(partial(by_hand, customer) for customer in customers[:3])])

    rows = Assignment.objects.filter(ends_at=None)
    assert Counter(rows.values_list("person", flat=True)) == {person.pk: PLACES for person in people}
    assert rows.values("customer").distinct().count() == len(people) * PLACES
    assert set(answers[3:]) <= {"assigned", "over_limit"}
    assert fill_portfolios()["assigned"] == 0
