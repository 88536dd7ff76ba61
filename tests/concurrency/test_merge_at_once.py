"""Merges of overlapping pairs at the same moment, and rows added meanwhile: nothing is lost or merged twice."""

from functools import partial

import pytest

from accounts.actions import merges
from accounts.actions.contacts import create_contact
from accounts.actions.customers import update_customer
from accounts.actions.merges import merge_customers, undo_merge
from accounts.models import Customer, CustomerMerge
from tests.cast import make_contact, make_customer, make_subscription
from tests.processes import Together, run_at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 4


@pytest.fixture
def three() -> list[Customer]:
    """Return three customers, each with a contact and a subscription of its own."""
    customers = [make_customer(name) for name in ("One", "Two", "Three")]
    for number, customer in enumerate(customers):
        make_contact(customer, f"{number}@company.example")
        make_subscription(customer, 10**number)
    return customers


def merge(keep: Customer, lose: Customer) -> str:
    merge_customers(actor=None, keep=keep, merge=lose)
    return "done"


def nothing_is_lost() -> None:
    """Check that every row is with a customer that stands, and that the figures are the sum."""
    standing = Customer.objects.filter(merged_into=None)
    assert sum(customer.contacts.count() for customer in standing) == 3
    assert sum(customer.mrr for customer in standing) == 111
    for record in CustomerMerge.objects.filter(undone_at=None).select_related("merged"):
        assert record.merged.merged_into is not None
        assert record.merged.merged_into.merged_into is None


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_overlapping_pairs(three: list[Customer], round_number: int) -> None:
    one, two, three_ = three
    answers = run_at_once([partial(merge, one, two), partial(merge, two, three_), partial(merge, three_, one)])
    assert set(answers) <= {"done", "merged"}
    assert answers.count("done") in (1, 2)
    assert Customer.objects.filter(merged_into=None).count() == 3 - CustomerMerge.objects.count()
    nothing_is_lost()


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_each_into_the_other(three: list[Customer], round_number: int) -> None:
    one, two, _ = three
    assert sorted(run_at_once([partial(merge, one, two), partial(merge, two, one)])) == ["done", "merged"]
    assert CustomerMerge.objects.count() == 1
    assert Customer.objects.exclude(merged_into=None).count() == 1
    nothing_is_lost()


def test_a_contact_added_meanwhile_is_refused_or_goes_along(three: list[Customer]) -> None:
    one, two, _ = three

    def add(number: int) -> str:
        create_contact(actor=None, customer=two, email=f"new{number}@company.example")
        return "added"

    answers = run_at_once([partial(merge, one, two), *(partial(add, number) for number in range(3))])
    assert answers[0] == "done"
    assert set(answers[1:]) <= {"added", "merged"}
    assert two.contacts.count() == 0
    assert one.contacts.count() == 2 + answers[1:].count("added")


def test_undone_once(three: list[Customer]) -> None:
    one, two, _ = three
    record = merge_customers(actor=None, keep=one, merge=two)

    def undo() -> str:
        undo_merge(actor=None, merge=record)
        return "undone"

    assert sorted(run_at_once([undo, undo, undo])) == ["cannot_undo", "cannot_undo", "undone"]
    nothing_is_lost()
    assert two.contacts.count() == 1


def test_nobody_becomes_its_own_ancestor(three: list[Customer]) -> None:
    one, two, three_ = three

    def adopt(child: Customer, parent: Customer) -> str:
        update_customer(actor=None, customer=child, changes={"parent": parent})
        return "adopted"

    answers = run_at_once([partial(adopt, one, two), partial(adopt, two, three_), partial(adopt, three_, one)])
    assert sorted(answers) == ["adopted", "adopted", "circle"]


def test_control_without_lock_both_merge(three: list[Customer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rows' locks each becomes a part of the other, and neither stands any more."""
    one, two, _ = three
    both_have_looked = Together(2)

    def unlocked(keep: int, lose: int) -> tuple[Customer, Customer]:
        found = Customer.objects.in_bulk([keep, lose])
        both_have_looked.wait()
        return found[keep], found[lose]

    monkeypatch.setattr(merges, "_lock_pair", unlocked)
    monkeypatch.setattr(merges, "lock_parents", lambda: None)
    run_at_once([partial(merge, one, two), partial(merge, two, one)])
    assert not Customer.objects.filter(pk__in=[one.pk, two.pk], merged_into=None).exists()
