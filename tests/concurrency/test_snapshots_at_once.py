"""Snapshots taken by several workers at the same moment leave one row a person and day."""

from collections import Counter
from functools import partial

import pytest

from segments.actions.snapshots import take_snapshots
from segments.models import CapacitySnapshot
from segments.queries.allowances import company_today
from tests.cast import assign, make_customer, make_person
from tests.processes import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_workers_at_once_write_one_day() -> None:
    for number in range(6):
        person = make_person(f"csm{number}@company.example", "csm")
        assign(make_customer(f"Customer {number}", tier="high", mrr=number), person)
    today = company_today()
    answers = run_at_once([partial(take_snapshots, today=today)] * 4)
    assert answers == [7] * 4
    rows = Counter(CapacitySnapshot.objects.filter(on=today).values_list("person", flat=True))
    assert len(rows) == 7
    assert set(rows.values()) == {1}
