"""A merge or an undo killed midway has done nothing, and its repetition does it all."""

from functools import partial

import pytest

from accounts.actions import merges
from accounts.actions.merges import merge_customers, undo_merge
from accounts.models import Customer, CustomerMerge, TimelineEntry
from tests.cast import make_contact, make_customer, make_subscription
from tests.processes import die, run_until_killed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def state(*customers: Customer) -> list[tuple[int, int, object, object]]:
    """Return what stands with each of the two."""
    for customer in customers:
        customer.refresh_from_db()
    return [(c.contacts.count(), c.subscriptions.count(), c.mrr, c.merged_into_id) for c in customers]


def test_killed_at_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    keep, lose = make_customer("Keep"), make_customer("Lose")
    make_contact(lose, "one@company.example")
    make_subscription(lose, 10)
    before = state(keep, lose)

    with monkeypatch.context() as patched:
        patched.setattr(merges, "_tell_merged", die)
        assert run_until_killed(partial(merge_customers, actor=None, keep=keep, merge=lose)) == 9
    assert state(keep, lose) == before
    assert not CustomerMerge.objects.exists()

    record = merge_customers(actor=None, keep=keep, merge=lose)
    merged = state(keep, lose)
    assert merged == [(1, 1, 10, None), (0, 0, 0, keep.pk)]

    with monkeypatch.context() as patched:
        patched.setattr(merges, "_tell_undone", die)
        assert run_until_killed(partial(undo_merge, actor=None, merge=record)) == 9
    assert state(keep, lose) == merged
    undo_merge(actor=None, merge=record)
    assert state(keep, lose) == before
    assert TimelineEntry.objects.filter(kind="customer.merge_undone").count() == 2
