"""The plan of a run and the plain reading of the rules agree on every customer, and hysteresis never flaps."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from segments.conditions.fields import field_set
from segments.conditions.sql import current_fields
from segments.conditions.trees import parse
from segments.models import RuleSet, TierMove, TierPin
from segments.plan import Moment, make_plan
from segments.queries.facts import facts_of
from segments.queries.rule_sets import rule_book
from segments.rules import Outcome, RuleBook, Standing, TierRule, decide, tier_for
from tests import cast as makers
from tests.segments.making import make_rule_set

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TIERS = ("high", "low", "tech")
calm = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

conditions = st.one_of(
    st.integers(0, 12).map(lambda n: {"field": "arr", "op": "gte", "value": n * 100}),
    st.integers(0, 12).map(lambda n: {"field": "seats", "op": "lt", "value": n}),
    st.integers(-30, 30).map(lambda n: {"field": "age_days", "op": "gt", "value": n}),
    st.booleans().map(lambda b: {"field": "is_brand", "op": "is", "value": b}),
    st.just({"field": "tags", "op": "has_any", "value": ["vip"]}),
)
rules = st.builds(
    lambda tier, join, parts: {"tier": tier, "conditions": {join: parts}},
    st.sampled_from(TIERS),
    st.sampled_from(["all", "any"]),
    st.lists(conditions, min_size=1, max_size=2),
)
ago = st.integers(0, 40 * 24).map(lambda hours: NOW - timedelta(hours=hours))


@st.composite
def customers(draw):
    tier = draw(st.none() | st.sampled_from(TIERS))
    return Customer(
        name="X",
        tier=tier,
        tier_since=draw(ago) if tier else None,
        mrr=draw(st.integers(0, 110)),
        seats=draw(st.none() | st.integers(0, 12)),
        is_brand=draw(st.booleans()),
        tags=draw(st.sampled_from([[], ["vip"]])),
        signed_up_on=draw(st.none() | ago.map(datetime.date)),
    )


def _history_of(draw, customer, rule_set):
    """Write what may have happened to the customer before, and return where it stands."""
    rule_ids = list(rule_set.rules.values_list("pk", flat=True))
    came_by = draw(st.none() | st.sampled_from(rule_ids)) if rule_ids else None
    is_new = bool(customer.tier and came_by) and draw(st.booleans())
    if customer.tier and came_by:
        TierMove.objects.create(
            customer=customer,
            from_tier=None if is_new else next(tier for tier in TIERS if tier != customer.tier),
            to_tier=customer.tier,
            status="applied",
            reason="first" if is_new else "rule",
            rule_id=came_by,
            rule_set=rule_set,
            created_at=customer.tier_since,
        )
    rejected = draw(st.none() | st.sampled_from([tier for tier in TIERS if tier != customer.tier]))
    is_old = draw(st.booleans())
    if rejected:
        TierMove.objects.create(
            customer=customer,
            from_tier=customer.tier,
            to_tier=rejected,
            status="rejected",
            reason="rule",
            rule_set=rule_set,
            created_at=NOW - timedelta(days=200),
            decided_at=NOW - timedelta(days=91 if is_old else 89),
        )
    pin = draw(st.none() | st.sampled_from(["open", "over", "ended"]))
    pinned_to = draw(st.sampled_from(TIERS))
    pin_ended_at = draw(ago) if pin == "ended" else None
    if pin:
        TierPin.objects.create(
            customer=customer,
            tier=pinned_to,
            reason="because",
            pinned_at=NOW - timedelta(days=50),
            until=(NOW - timedelta(days=1)).date() if pin == "over" else NOW.date(),
            ended_at=pin_ended_at,
        )
    return Standing(
        tier=customer.tier,
        tier_since=customer.tier_since,
        tier_since_on=customer.tier_since.date() if customer.tier_since else None,
        pinned_to=pinned_to if pin == "open" else None,
        pin_ended_at=pin_ended_at,
        came_by_rule=came_by if customer.tier else None,
        is_new=is_new,
        rejected_targets=(rejected,) if rejected and not is_old else (),
    )


@calm
@given(data=st.data())
def test_the_plan_and_plain_python_decide_alike(db, data):
    with transaction.atomic():
        rule_set = make_rule_set(
            *data.draw(st.lists(rules, max_size=4)),
            fallback_tier=data.draw(st.sampled_from(TIERS)),
            margin_percent=data.draw(st.sampled_from([0, 10, 50])),
            minimum_days=data.draw(st.sampled_from([0, 1, 30])),
            approval_arr=data.draw(st.none() | st.just(900)),
            activated_at=data.draw(ago),
        )
        made = Customer.objects.bulk_create(data.draw(st.lists(customers(), min_size=1, max_size=5)))
        standings = {customer.pk: _history_of(data.draw, customer, rule_set) for customer in made}
        book, moment, fields = rule_book(rule_set, now=NOW), Moment(NOW, NOW.date(), "UTC"), current_fields()

        with connection.cursor() as cursor:
            make_plan(cursor, book, moment, everybody=True)
            cursor.execute("SELECT customer_id, to_tier, rule_id, outcome FROM tier_plan ORDER BY customer_id")
            planned = cursor.fetchall()

        decided = []
        for customer in Customer.objects.order_by("pk"):
            facts = facts_of(customer, fields, today=moment.today)
            one = decide(facts, standings[customer.pk], book, today=moment.today)
            decided.append((customer.pk, one.tier, one.rule.id if one.rule else None, one.outcome))
        transaction.set_rollback(True)
    assert planned == decided


# --- hysteresis, on plain values ----------------------------------------------------------------
def _book(thresholds, margin):
    fields = field_set()
    steps = zip(("high", "low"), sorted(thresholds, reverse=True), strict=False)
    return RuleBook(
        id=1,
        version=1,
        fallback_tier="tech",
        margin=margin,
        minimum_days=0,
        approval_arr=None,
        activated_at=NOW,
        rules=tuple(
            TierRule(n, tier, tier, parse({"field": "arr", "op": "gte", "value": amount}, fields))
            for n, (tier, amount) in enumerate(steps, start=1)
        ),
    )


def _moves(walk, book):
    """Return how often a customer moves after its first placement while its ARR takes this walk."""
    standing, moves = Standing(), -1
    for arr in walk:
        decision = decide({"arr": arr}, standing, book, today=NOW.date())
        if decision.outcome in (Outcome.FIRST, Outcome.APPLY):
            moves += 1
            standing = Standing(tier=decision.tier, tier_since=NOW, tier_since_on=NOW.date())
    return moves


@st.composite
def walks(draw):
    """Return thresholds further apart than their margins reach, the margin, and figures that stay within it."""
    margin = Decimal(draw(st.integers(1, 50))) / 100
    band = (1 + margin) / (1 - margin)
    low = draw(st.integers(1_000, 100_000))
    high = int(low * band * band) + draw(st.integers(1, 100_000))
    centre = Decimal(draw(st.integers(low // 2, high * 2)))
    steps = draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
    return (low, high), margin, [centre * (1 + margin * step / 1000) for step in steps]


@settings(max_examples=400, deadline=None)
@given(walks())
def test_figures_that_stay_within_the_margin_never_move_a_customer_twice(walk):
    thresholds, margin, figures = walk
    assert _moves(figures, _book(thresholds, margin)) <= 1


def test_without_a_margin_the_same_walk_flaps():
    figures = [Decimal(59_000), Decimal(61_000)] * 10
    assert _moves(figures, _book((60_000, 12_000), Decimal(0))) == 19
    assert _moves(figures, _book((60_000, 12_000), Decimal("0.1"))) == 0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 100_000).map(Decimal)), min_size=2, max_size=40),
    st.integers(1, 60),
)
def test_figures_alone_never_move_a_settled_customer_twice_within_the_minimum_days(walk, minimum_days):
    book = RuleBook(**vars(_book((60_000, 12_000), Decimal(0))) | {"minimum_days": minimum_days})
    standing, day, moved_on = Standing(), NOW, []
    for days, arr in walk:
        day += timedelta(days=days)
        decision = decide({"arr": arr}, standing, book, today=day.date())
        if decision.outcome in (Outcome.FIRST, Outcome.APPLY):
            is_new = decision.outcome == Outcome.FIRST
            moved_on += [] if is_new else [day.date()]
            standing = Standing(tier=decision.tier, tier_since=day, tier_since_on=day.date(), is_new=is_new)
    assert all((later - earlier).days >= minimum_days for earlier, later in itertools.pairwise(moved_on))


def test_the_first_rule_that_holds_decides():
    book = _book((60_000, 12_000), Decimal(0))
    assert [tier_for({"arr": Decimal(arr)}, book, today=NOW.date())[0] for arr in (60_000, 59_999, 12_000, 0)] == [
        "high",
        "low",
        "low",
        "tech",
    ]


@pytest.mark.django_db
def test_a_rule_about_a_field_that_is_gone_never_holds_and_stops_nothing():
    rule_set = make_rule_set(
        {"tier": "high", "conditions": {"all": [{"field": "custom.gone", "op": "gte", "value": 1}]}},
        fallback_tier="low",
    )
    makers.make_customer("Acme")
    with transaction.atomic(), connection.cursor() as cursor:
        make_plan(cursor, rule_book(RuleSet.objects.get(pk=rule_set.pk), now=NOW), Moment(NOW, NOW.date(), "UTC"))
        cursor.execute("SELECT to_tier, outcome FROM tier_plan")
        assert cursor.fetchall() == [("low", "first")]
