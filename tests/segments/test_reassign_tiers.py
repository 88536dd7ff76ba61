"""A run puts every customer where the rules and the pins lead, tells why, and does nothing twice."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Assignment, Customer, Role, TimelineEntry
from accounts.signals import facts_changed
from core import outbox
from core.models import OutboxEntry
from segments import promises, tasks
from segments.actions import rule_sets, tiers
from segments.models import RuleSet, TierMove, TierRun, TierTerms
from segments.reassignment import reassign
from tests import cast as makers
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db


def _long_ago(**fields):
    return {"tier_since": timezone.now() - timedelta(days=100), **fields}


def _tier_of(customer):
    return Customer.objects.get(pk=customer.pk).tier


def test_the_default_rules_place_every_customer_and_tell_why():
    brand = makers.make_customer("Brand", is_brand=True)
    left_brand = makers.make_customer("Left", is_brand=True, stage="churned")
    big, middle, small = (makers.make_customer(name) for name in ("Big", "Middle", "Small"))
    for customer, mrr in ((big, 5000), (middle, "1000.00"), (small, "999.99")):
        makers.make_subscription(customer, mrr)

    summary = reassign(trigger="demand")

    assert [_tier_of(c) for c in (brand, left_brand, big, middle, small)] == ["high", "tech", "high", "low", "tech"]
    assert summary["moves"] == {"none>high": 2, "none>low": 1, "none>tech": 2}
    assert (summary["considered"], summary["moved"], summary["first"]) == (5, 5, 5)
    move = TierMove.objects.get(customer=big)
    assert (move.from_tier, move.to_tier, move.status, move.reason) == (None, "high", "applied", "first")
    assert (move.rule_name, move.why, move.rule_set.version) == ("High payments", "ARR at least 60,000 USD", 1)
    assert move.figures["arr"] == 60000
    assert move.run_id == summary["run"]
    entry = TimelineEntry.objects.get(customer=big, kind="tier.moved")
    assert (entry.summary, entry.why) == ("Placed in high touch", "High payments: ARR at least 60,000 USD")
    assert TierMove.objects.get(customer=small).rule_name == "No rule fits"


def test_a_second_run_changes_nothing():
    customer = makers.make_customer("Acme", is_brand=True)
    reassign(trigger="nightly")
    before = Customer.objects.values().get(pk=customer.pk)
    summary = reassign(trigger="nightly")
    assert summary["moved"] == 0
    assert Customer.objects.values().get(pk=customer.pk) == before
    assert TierMove.objects.count() == 1


def test_leaving_to_tech_touch_ends_the_csms_assignment_with_a_note(cast):
    Customer.objects.filter(pk=cast.acme.pk).update(**_long_ago())
    reassign(trigger="nightly")
    assignment = Assignment.objects.get(customer=cast.acme, role=Role.CSM)
    assert _tier_of(cast.acme) == "tech"
    assert assignment.ends_at is not None
    assert assignment.ended_why == "Now tech touch by version 1 of the tier rules"
    assert str(cast.csm) in assignment.handover_note


def test_the_csm_keeps_a_customer_that_moves_to_a_tier_with_room_and_loses_it_without(cast):
    TierTerms.current()
    TierTerms.objects.filter(tier="high").update(portfolio_limit=1)
    make_rule_set(brand_to("high"), fallback_tier="low")
    one, two = (makers.make_customer(name, tier="low", is_brand=True) for name in ("One", "Two"))
    makers.make_subscription(two, 100)
    for customer in (one, two):
        makers.assign(customer, cast.am, tier="low")
    summary = reassign(trigger="nightly", customer_ids=[one.pk, two.pk])
    # The bigger one keeps its CSM.
    assert Assignment.objects.get(customer=two, ends_at=None).tier == "high"
    assert not Assignment.objects.filter(customer=one, ends_at=None).exists()
    assert (summary["kept"], summary["displaced"]) == (1, 1)
    assert OutboxEntry.objects.filter(kind="segments.fill_portfolios").exists()


def test_a_customer_stays_while_its_figures_are_within_the_margin():
    make_rule_set(arr_at_least(60_000, "high"), margin_percent=10, activated_at=timezone.now() - timedelta(days=300))
    customer = makers.make_customer("Acme", **_long_ago(tier="high"), mrr=Decimal(59_000) / 12)
    assert reassign(trigger="nightly")["held_by_margin"] == 1
    assert _tier_of(customer) == "high"
    Customer.objects.update(mrr=Decimal(54_000) / 12)
    assert reassign(trigger="nightly")["moves"] == {"high>tech": 1}


def test_figures_wait_for_the_minimum_days_and_flags_do_not():
    make_rule_set(
        brand_to("high"),
        arr_at_least(60_000, "low"),
        minimum_days=30,
        activated_at=timezone.now() - timedelta(days=300),
    )
    since = timezone.now() - timedelta(days=10)
    by_figures = makers.make_customer("Figures", tier="tech", tier_since=since, mrr=20_000)
    by_flag = makers.make_customer("Flag", tier="tech", tier_since=since, is_brand=True)
    summary = reassign(trigger="nightly")
    assert (summary["held_by_days"], summary["moves"]) == (1, {"tech>high": 1})
    assert (_tier_of(by_figures), _tier_of(by_flag)) == ("tech", "high")


def test_new_rules_move_customers_at_once():
    make_rule_set(arr_at_least(60_000, "low"), minimum_days=30)
    makers.make_customer("Acme", tier="tech", tier_since=timezone.now() - timedelta(days=10), mrr=20_000)
    assert reassign(trigger="rules")["moves"] == {"tech>low": 1}


def _waiting(**fields):
    make_rule_set(arr_at_least(60_000, "high"), approval_arr=100_000)
    return makers.make_customer("Acme", **_long_ago(tier="low", mrr=10_000) | fields)


def test_a_move_of_a_big_customer_waits_for_approval_once():
    customer = _waiting()
    assert reassign(trigger="nightly")["proposed"] == 1
    assert reassign(trigger="nightly")["proposed"] == 0
    move = TierMove.objects.get(customer=customer)
    assert (move.status, _tier_of(customer)) == ("waiting", "low")
    assert TimelineEntry.objects.filter(customer=customer, kind="tier.waiting").count() == 1


def test_a_first_placement_does_not_wait():
    customer = _waiting(tier=None, tier_since=None)
    assert reassign(trigger="nightly")["proposed"] == 0
    assert _tier_of(customer) == "high"


def test_a_waiting_move_keeps_up_with_the_figures_and_is_overtaken_when_it_no_longer_holds():
    customer = _waiting()
    reassign(trigger="nightly")
    Customer.objects.update(mrr=20_000)
    reassign(trigger="nightly")
    move = TierMove.objects.get(customer=customer)
    assert (move.status, move.arr, move.figures["arr"]) == ("waiting", 240_000, 240_000)
    Customer.objects.update(mrr=0)
    assert reassign(trigger="nightly")["overtaken"] == 1
    move.refresh_from_db()
    assert move.status == "overtaken"


def test_a_rejected_move_is_not_proposed_again_for_ninety_days_under_the_same_rules(cast):
    _waiting()
    reassign(trigger="nightly")
    tiers.reject_move(actor=cast.manager, move=TierMove.objects.get(status="waiting"), note="They leave soon")
    assert reassign(trigger="nightly")["held_by_rejection"] == 1
    TierMove.objects.update(decided_at=timezone.now() - timedelta(days=91))
    assert reassign(trigger="nightly")["proposed"] == 1
    TierMove.objects.filter(status="waiting").delete()
    TierMove.objects.update(decided_at=timezone.now())
    make_rule_set(arr_at_least(50_000, "high"), approval_arr=100_000)
    assert reassign(trigger="nightly")["proposed"] == 1


def test_changed_facts_place_the_customer_again():
    with transaction.atomic():
        customer = makers.make_customer("Acme", is_brand=True)
        facts_changed.send(sender=Customer, customer_ids=[customer.pk])
        facts_changed.send(sender=Customer, customer_ids=[customer.pk])
    assert OutboxEntry.objects.filter(kind=promises.PLACE, state="waiting").count() == 1
    outbox.drain()
    assert _tier_of(customer) == "high"
    assert TierRun.objects.get().trigger == "facts"


def test_changed_facts_that_move_nobody_leave_no_run():
    customer = makers.make_customer("Acme", tier="tech")
    assert reassign(trigger="facts", customer_ids=[customer.pk])["run"] is None
    assert not TierRun.objects.exists()


def test_many_changed_customers_are_placed_by_one_run():
    tiers.promise_placement(range(1, tiers.MANY_CUSTOMERS + 2))
    tiers.promise_placement(range(1, tiers.MANY_CUSTOMERS + 3))
    assert OutboxEntry.objects.get(kind=promises.PLACE).payload == {"customer_ids": None}


def test_merged_customers_are_left_alone():
    kept = makers.make_customer("Kept")
    merged = makers.make_customer("Merged", merged_into=kept)
    reassign(trigger="nightly")
    assert _tier_of(merged) is None


def test_a_promised_run_is_done_once_though_its_entry_comes_twice(cast):
    makers.make_customer("Fresh", is_brand=True)
    run = rule_sets.promise_run(actor=cast.manager, trigger="demand")
    assert rule_sets.promise_run(actor=cast.manager, trigger="demand") == run
    tasks.reassign_tiers_promised({"run": run.pk})
    run.refresh_from_db()
    finished, summary = run.finished_at, run.summary
    assert summary["moved"] >= 1
    makers.make_customer("Later", is_brand=True)
    tasks.reassign_tiers_promised({"run": run.pk})
    run.refresh_from_db()
    assert (run.finished_at, run.summary) == (finished, summary)


def test_the_command_prints_its_summary_as_the_last_line():
    makers.make_customer("Acme", is_brand=True)
    out = StringIO()
    call_command("reassign_tiers", stdout=out)
    summary = json.loads(out.getvalue().strip().splitlines()[-1])
    assert summary["moves"] == {"none>high": 1}
    assert TierRun.objects.get(pk=summary["run"]).trigger == "command"


def test_a_pin_that_is_over_ends_and_the_rules_decide_again(cast):
    customer = makers.make_customer("Acme Two", tier="tech", tier_since=timezone.now() - timedelta(days=50))
    pin = tiers.pin_tier(
        actor=cast.administrator,
        customer=customer,
        tier="high",
        reason="Launch",
        until=timezone.now().date(),
    )
    assert _tier_of(customer) == "high"
    assert reassign(trigger="nightly")["moved"] == 2  # the cast's two customers, not this one
    pin.until = timezone.now().date() - timedelta(days=1)
    pin.save()
    assert tasks.end_due_pins() == 1
    outbox.drain()
    assert _tier_of(customer) == "tech"


def test_rules_of_a_set_that_has_been_active_cannot_change():
    rule_set = RuleSet.objects.get(status="active")
    for change in (
        lambda: rule_set.rules.update(tier="tech"),
        lambda: rule_set.rules.first().delete(),
        lambda: rule_set.rules.create(position=9, name="More", tier="low", conditions={}),
        lambda: RuleSet.objects.filter(pk=rule_set.pk).update(margin_percent=1),
        lambda: RuleSet.objects.filter(pk=rule_set.pk).update(status="draft"),
        rule_set.delete,
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    RuleSet.objects.filter(pk=rule_set.pk).update(created_by=None, status="past", retired_at=timezone.now())
