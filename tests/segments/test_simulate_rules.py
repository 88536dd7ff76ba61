"""A simulation says what a run would do, writes nothing, and agrees with the run that follows."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.access import visible_customers
from accounts.models import Customer
from core.models import OutboxEntry
from segments.models import PersonLimit, RuleSet, TierMove, TierRun
from segments.reassignment import reassign
from segments.simulation import simulate
from tests import cast as makers
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(cast):
    """Return a draft: Acme (high) goes to tech, Globex (low) waits to go high, one is kept by the margin."""
    Customer.objects.filter(pk=cast.acme.pk).update(mrr=100)
    Customer.objects.filter(pk=cast.globex.pk).update(mrr=20_000)
    long_ago = timezone.now() - timedelta(days=100)
    makers.make_customer("Near", tier="high", tier_since=long_ago, mrr=Decimal(4_900))
    makers.make_customer("Fresh", is_brand=True)
    return make_rule_set(brand_to("high"), arr_at_least(60_000, "high"), status="draft", approval_arr=200_000)


def test_it_counts_moves_and_money(draft):
    found = simulate(draft)
    flows = {(f.from_tier, f.to_tier): (f.total.customers, f.total.arr) for f in found.flows}
    assert flows == {
        ("high", "tech"): (1, 1_200),
        ("low", "high"): (1, 240_000),
        ("", "high"): (1, 0),
        ("high", "high"): (1, 58_800),
    }
    assert (found.customers, found.moving, found.waiting.customers) == (4, 3, 1)
    assert found.held["margin"].customers == 1
    assert {(t.tier, t.before.customers, t.after.customers) for t in found.tiers} == {
        ("high", 2, 3),
        ("low", 1, 0),
        ("tech", 0, 1),
        ("", 1, 0),
    }


def test_it_writes_nothing(draft):
    before = list(Customer.objects.order_by("pk").values())
    simulate(draft)
    assert list(Customer.objects.order_by("pk").values()) == before
    assert not TierMove.objects.exists()
    assert not TierRun.objects.exists()
    assert not OutboxEntry.objects.exists()
    assert RuleSet.objects.get(pk=draft.pk).status == "draft"


def test_the_run_that_follows_does_what_was_simulated(draft):
    found = simulate(draft)
    RuleSet.objects.filter(status="active").update(status="past", retired_at=timezone.now())
    RuleSet.objects.filter(pk=draft.pk).update(status="active", activated_at=timezone.now())
    summary = reassign(trigger="rules")
    assert summary["moved"] + summary["waiting"] == found.moving
    assert summary["waiting"] == found.waiting.customers
    assert summary["held_by_margin"] == found.held["margin"].customers


def test_it_tells_who_would_end_past_a_limit(cast, draft):
    PersonLimit.objects.create(person=cast.other_csm, tier="high", portfolio_limit=0, why="Part time")
    found = simulate(draft)
    portfolios = {one.name: one for one in found.portfolios}
    past = portfolios[str(cast.other_csm)]
    assert (past.loads["high"].before, past.loads["high"].wanted, past.past_limit, past.displaced) == (0, 1, 1, 1)
    assert portfolios[str(cast.csm)].change == -1
    assert [one.name for one in found.past_limit] == [str(cast.other_csm)]
    assert found.to_place == {"high": 1}


def test_samples_name_only_customers_that_the_person_may_see(cast, draft):
    everything = simulate(draft, visible=Customer.objects.all())
    assert {s.name for f in everything.flows for s in f.samples} == {"Acme", "Globex", "Fresh"}
    managers = simulate(draft, visible=visible_customers(cast.manager))
    # Globex is another team's; Fresh has no CSM yet and is every manager's to place.
    assert {s.name for f in managers.flows for s in f.samples} == {"Acme", "Fresh"}


def test_the_page_shows_the_flow_and_the_portfolios_of_the_persons_own_teams(cast, login, draft):
    client = login(cast.manager)
    page = client.get(reverse("rule_set_simulation", args=[draft.pk]))
    assert 'hx-get="?figures"' in page.text
    figures = client.get(reverse("rule_set_simulation", args=[draft.pk]), {"figures": ""})
    assert figures.status_code == 200
    assert {"source": "Low touch", "target": "High touch", "value": 1} in figures.context["flow_chart"]["links"]
    assert [one.name for one in figures.context["portfolios"]] == [str(cast.csm)]
    assert "Acme" in figures.text
    assert "Globex" not in figures.text


def test_one_flow_is_listed_for_whom_it_is_visible(cast, login, draft):
    url = reverse("rule_set_flow", args=[draft.pk])
    assert "Globex" in login(cast.administrator).get(url, {"from": "low", "to": "high"}).text
    assert "Globex" not in login(cast.manager).get(url, {"from": "low", "to": "high"}).text
    assert login(cast.manager).get(url, {"from": "x", "to": "high"}).status_code == 404


def test_it_takes_the_same_queries_however_many_customers(draft, django_assert_num_queries):
    simulate(draft)
    with CaptureQueriesContext(connection) as few:
        simulate(draft)
    for number in range(60):
        makers.make_customer(f"More {number}", tier="high", mrr=1)
    with django_assert_num_queries(len(few.captured_queries)):
        simulate(draft)
