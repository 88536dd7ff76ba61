"""Runs at the same moment, and beside people who pin and edit, end like one after another."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Customer, Role, TimelineEntry
from segments import moving, reassignment
from segments.actions.tiers import pin_tier
from segments.models import TierMove
from segments.reassignment import reassign
from tests.cast import make_customer, make_person
from tests.processes import Together, run_at_once
from tests.segments.making import arr_at_least, make_rule_set

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CUSTOMERS = 40
UNGUARDED = moving.MOVE_CUSTOMERS.replace("AND c.updated_at = p.updated_at", "").replace(
    "AND c.tier IS NOT DISTINCT FROM p.from_tier", ""
)


def _company():
    """Make customers of whom each third moves, waits for approval, or stays."""
    make_rule_set(arr_at_least(12_000, "low"), approval_arr=100_000)
    since = timezone.now() - timedelta(days=100)
    for number in range(CUSTOMERS):
        make_customer(f"Customer {number}", tier="tech", tier_since=since, mrr=(2_000, 20_000, 0)[number % 3])


def _run():
    return reassign(trigger="nightly")


def _moves():
    return Counter(TierMove.objects.values_list("status", flat=True))


@pytest.mark.parametrize("round_number", range(4))
def test_two_runs_at_once_are_one(round_number):
    _company()
    first, second = run_at_once([_run, _run])
    assert sorted([first["moved"], second["moved"]]) == [0, 14]
    assert sorted([first["proposed"], second["proposed"]]) == [0, 13]
    assert _moves() == {"applied": 14, "waiting": 13}
    assert TimelineEntry.objects.filter(kind="tier.moved").count() == 14
    assert Customer.objects.filter(tier="low").count() == 14


def _without_turns(monkeypatch):
    """Let two runs make their plans before either writes, as they would without the lock."""
    both_planned = Together(2)
    make_plan = reassignment.make_plan

    def plan_and_wait(*args, **kwargs):
        make_plan(*args, **kwargs)
        both_planned.wait()

    monkeypatch.setattr(reassignment, "_take_turn", lambda cursor: None)
    monkeypatch.setattr(reassignment, "make_plan", plan_and_wait)


def test_without_turns_and_guard_the_history_is_written_twice(monkeypatch):
    _company()
    _without_turns(monkeypatch)
    monkeypatch.setattr(moving, "MOVE_CUSTOMERS", UNGUARDED)
    first, second = run_at_once([_run, _run])
    assert [first["moved"], second["moved"]] == [14, 14]
    assert _moves()["applied"] == 28


def test_without_turns_the_guard_alone_still_moves_once(monkeypatch):
    _company()
    _without_turns(monkeypatch)
    first, second = run_at_once([_run, _run])
    assert sorted([first["moved"], second["moved"]]) == [0, 14]
    assert sorted([first["skipped"], second["skipped"]]) == [0, 14]
    assert _moves() == {"applied": 14, "waiting": 13}


def _run_while_somebody_pins(monkeypatch):
    """Run beside a person who pins a customer to its present tier after the plan was made and before it is written."""
    make_rule_set(arr_at_least(12_000, "low"), approval_arr=None)
    manager = make_person("manager@company.example", Role.MANAGER)
    customer = make_customer("Acme", tier="tech", tier_since=timezone.now() - timedelta(days=100), mrr=2_000)
    planned, pinned = Together(2), Together(2)
    make_plan = reassignment.make_plan

    def plan_and_wait(*args, **kwargs):
        make_plan(*args, **kwargs)
        planned.wait()
        pinned.wait()

    def pin():
        planned.wait()
        until = timezone.now().date() + timedelta(days=9)
        pin_tier(actor=manager, customer=customer, tier="tech", reason="Leaves soon", until=until)
        pinned.wait()

    monkeypatch.setattr(reassignment, "make_plan", plan_and_wait)
    summary, _ = run_at_once([_run, pin])
    customer.refresh_from_db()
    return summary, customer


def test_a_customer_pinned_meanwhile_is_left_alone(monkeypatch):
    summary, customer = _run_while_somebody_pins(monkeypatch)
    assert (summary["moved"], summary["skipped"], customer.tier) == (0, 1, "tech")
    assert not TierMove.objects.exists()


def test_without_the_guard_a_pin_made_meanwhile_is_overrun(monkeypatch):
    monkeypatch.setattr(moving, "MOVE_CUSTOMERS", UNGUARDED)
    summary, customer = _run_while_somebody_pins(monkeypatch)
    assert (summary["moved"], customer.tier) == (1, "low")


def test_runs_and_placements_of_some_customers_mix(monkeypatch):
    _company()
    ids = list(Customer.objects.values_list("pk", flat=True))

    def place(part):
        # Each customer's facts changed; their figures stay as they are.
        monkeypatch.setattr(reassignment, "refresh_figures", lambda customer_ids: 0)
        return sum(reassign(trigger="facts", customer_ids=ids[part::4])["moved"] for _ in range(5))

    answers = run_at_once([lambda: _run()["moved"], *[(lambda part=part: place(part)) for part in range(3)]])
    assert sum(answers) == 14
    assert _moves() == {"applied": 14, "waiting": 13}
