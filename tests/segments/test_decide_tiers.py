"""A person's word on tiers: pins, approvals, lists of moves, and why a customer is where it is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.figures import company_today
from accounts.models import Assignment, Customer, Role, TimelineEntry
from core import outbox
from segments.actions.tiers import mark_of_move, pin_tier
from segments.models import TierMove, TierPin, TierTerms
from segments.queries.why import why_this_tier
from segments.reassignment import reassign
from tests import cast as makers
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db

NEXT_MONTH = timedelta(days=30)


def _pin(client, customer, **changes):
    data = {"tier": "low", "until": (company_today() + NEXT_MONTH).isoformat(), "reason": "Growing"} | changes
    return client.post(reverse("tier_pin", args=[customer.pk]), data)


# --- pins ---------------------------------------------------------------------------------------
def test_a_pin_moves_the_customer_at_once_and_holds_against_the_rules(cast, login):
    answer = _pin(login(cast.manager), cast.acme)
    assert answer.status_code == 302
    cast.acme.refresh_from_db()
    assert cast.acme.tier == "low"
    assert Assignment.objects.get(customer=cast.acme, ends_at=None).tier == "low"
    move = TierMove.objects.get()
    assert (move.reason, move.from_tier, move.to_tier, move.decided_by) == ("pin", "high", "low", cast.manager)
    assert move.why == f"Pinned by {cast.manager}: Growing"
    kinds = set(TimelineEntry.objects.filter(customer=cast.acme).values_list("kind", flat=True))
    assert {"tier.pinned", "tier.moved"} <= kinds
    Customer.objects.update(mrr=6_000)
    assert reassign(trigger="nightly")["moves"] == {"low>high": 1}
    cast.acme.refresh_from_db()
    assert cast.acme.tier == "low"
    assert "Pinned to low touch" in why_this_tier(cast.acme).text


def test_a_pin_to_tech_touch_releases_the_csm(cast, login):
    _pin(login(cast.manager), cast.acme, tier="tech")
    assert not Assignment.objects.filter(customer=cast.acme, role=Role.CSM, ends_at=None).exists()


def test_a_second_pin_ends_the_first(cast, login):
    client = login(cast.manager)
    _pin(client, cast.acme)
    _pin(client, cast.acme, tier="tech", reason="Smaller than we thought")
    assert [(pin.tier, pin.ended_at is None) for pin in TierPin.objects.order_by("pk")] == [
        ("low", False),
        ("tech", True),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "required"),
        ({"reason": "x" * 301}, "at most 300"),
        ({"until": "2020-01-01"}, "from today"),
        ({"until": "2999-01-01"}, "from today"),
        ({"until": "soon"}, "valid date"),
        ({"tier": "huge"}, "Select a valid choice"),
    ],
)
def test_a_pin_that_makes_no_sense_is_refused_and_what_was_typed_stays(cast, login, changes, words):
    answer = _pin(login(cast.manager), cast.acme, **changes)
    assert answer.status_code == 422
    assert words in answer.text
    assert not TierPin.objects.exists()
    assert cast.acme.tier == Customer.objects.get(pk=cast.acme.pk).tier


def test_a_pin_into_a_full_portfolio_is_refused_until_a_reason_is_given(cast, login):
    TierTerms.current()
    TierTerms.objects.filter(tier="low").update(portfolio_limit=0)
    client = login(cast.manager)
    refused = _pin(client, cast.acme)
    assert refused.status_code == 422
    assert "the limit is 0" in refused.text
    assert Customer.objects.get(pk=cast.acme.pk).tier == "high"
    assert not TierPin.objects.exists()
    assert _pin(client, cast.acme, override_reason="Only for a quarter").status_code == 302
    held = Assignment.objects.get(customer=cast.acme, ends_at=None)
    assert (held.tier, held.over_limit_reason) == ("low", "Only for a quarter")


def test_a_pin_that_ends_lets_the_rules_decide(cast, login):
    client = login(cast.manager)
    _pin(client, cast.acme)
    pin = TierPin.objects.get()
    assert client.post(reverse("end_tier_pin", args=[pin.pk]), {"why": "Mistake"}).status_code == 302
    outbox.drain()
    assert Customer.objects.get(pk=cast.acme.pk).tier == "tech"
    again = client.post(reverse("end_tier_pin", args=[pin.pk]))
    assert again.status_code == 302
    assert TierPin.objects.get().ended_by == cast.manager


def test_only_the_customers_own_managers_pin(cast, login):
    assert _pin(login(cast.csm), cast.acme).status_code == 403
    assert _pin(login(cast.manager), cast.globex).status_code == 404
    assert _pin(login(cast.sdr), cast.acme).status_code == 404
    assert not TierPin.objects.exists()
    pin_tier(
        actor=cast.administrator, customer=cast.globex, tier="high", reason="x", until=company_today() + NEXT_MONTH
    )
    pin = TierPin.objects.get()
    assert login(cast.manager).post(reverse("end_tier_pin", args=[pin.pk])).status_code == 404
    assert "Globex" not in login(cast.manager).get(reverse("tier_pins")).text
    page = login(cast.administrator).get(reverse("tier_pins"))
    assert "Globex" in page.text
    assert page.context["may_end"] == {cast.globex.pk}


# --- approvals ----------------------------------------------------------------------------------
@pytest.fixture
def waiting(cast):
    """Return the moves that wait: Acme's for the manager's team, Globex's for another."""
    make_rule_set(brand_to("low"), fallback_tier="tech", approval_arr=0)
    reassign(trigger="nightly")
    moves = {move.customer.name: move for move in TierMove.objects.select_related("customer")}
    assert set(moves) == {"Acme", "Globex"}
    return moves


def _decide(client, moves, decision="approve", **more):
    data = {"ids": [move.pk for move in moves], "decision": decision}
    data |= {f"mark-{move.pk}": mark_of_move(move) for move in moves}
    return client.post(reverse("tier_approvals"), data | more, follow=True)


def test_a_manager_approves_for_its_own_teams_only(cast, login, waiting):
    client = login(cast.manager)
    page = client.get(reverse("tier_approvals"))
    assert [row.move.customer.name for row in page.context["rows"]] == ["Acme"]
    assert _decide(client, [waiting["Globex"]]).status_code == 404
    assert _decide(client, waiting.values()).status_code == 404
    assert set(TierMove.objects.values_list("status", flat=True)) == {"waiting"}
    assert "1 move approved" in _decide(client, [waiting["Acme"]], note="Agreed").text
    move = TierMove.objects.get(pk=waiting["Acme"].pk)
    assert (move.status, move.decided_by, move.decision_note) == ("applied", cast.manager, "Agreed")
    assert Customer.objects.get(pk=cast.acme.pk).tier == "tech"
    assert not Assignment.objects.filter(customer=cast.acme, role=Role.CSM, ends_at=None).exists()
    assert TimelineEntry.objects.filter(customer=cast.acme, kind="tier.moved", actor=cast.manager).exists()
    assert reassign(trigger="nightly")["moved"] == 0


def test_a_rejection_needs_a_reason(cast, login, waiting):
    client = login(cast.manager)
    assert "Say why" in _decide(client, [waiting["Acme"]], "reject").text
    assert TierMove.objects.get(pk=waiting["Acme"].pk).status == "waiting"
    assert "1 move rejected" in _decide(client, [waiting["Acme"]], "reject", note="They will grow").text
    assert Customer.objects.get(pk=cast.acme.pk).tier == "high"
    assert "rejected by a person" in why_this_tier(cast.acme).held


def test_many_are_decided_each_by_itself(cast, login, waiting):
    client = login(cast.administrator)
    Customer.objects.filter(pk=cast.globex.pk).update(is_brand=True)
    answer = _decide(client, list(waiting.values()))
    assert "1 move approved" in answer.text
    assert "Not approved: Globex. Globex has changed since" in answer.text
    assert Customer.objects.get(pk=cast.globex.pk).tier == "low"
    outbox.drain()
    assert TierMove.objects.get(pk=waiting["Globex"].pk).status == "overtaken"


def test_a_move_that_changed_since_it_was_looked_at_is_not_approved(cast, login, waiting):
    seen = mark_of_move(waiting["Acme"])
    Customer.objects.filter(pk=cast.acme.pk).update(mrr=500)
    reassign(trigger="nightly")
    answer = login(cast.manager).post(
        reverse("tier_approvals"),
        {"ids": [waiting["Acme"].pk], "decision": "approve", f"mark-{waiting['Acme'].pk}": seen},
        follow=True,
    )
    assert "changed since you looked" in answer.text
    assert Customer.objects.get(pk=cast.acme.pk).tier == "high"


def test_a_move_decided_twice_is_decided_once(cast, login, waiting):
    client = login(cast.manager)
    _decide(client, [waiting["Acme"]], "reject", note="No")
    assert "decided already: rejected" in _decide(client, [waiting["Acme"]]).text
    assert Customer.objects.get(pk=cast.acme.pk).tier == "high"


@pytest.mark.parametrize("ids", [[], ["x"], ["1e3"], ["-1"], ["9" * 30], ["1"] * 201])
def test_a_selection_that_is_none_is_refused(cast, login, ids):
    answer = login(cast.manager).post(reverse("tier_approvals"), {"ids": ids, "decision": "approve"})
    assert answer.status_code == 422


def test_who_may_not_approve_does_not_see_what_waits(cast, login, waiting):
    assert login(cast.csm).get(reverse("tier_approvals")).status_code == 403
    assert _decide(login(cast.csm), [waiting["Acme"]]).status_code == 403


# --- lists --------------------------------------------------------------------------------------
def test_moves_are_listed_for_whom_their_customers_are_visible(cast, login, waiting):
    shown = login(cast.manager).get(reverse("tier_moves")).context["page"]["rows"]
    assert [move.customer.name for move in shown] == ["Acme"]
    everything = login(cast.administrator).get(reverse("tier_moves"))
    assert {move.customer.name for move in everything.context["page"]["rows"]} == {"Acme", "Globex"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name=glo", ["Globex"]),
        ("status=waiting&from_tier=high", ["Acme"]),
        ("to_tier=high", []),
        ("from_tier=none", []),
        ("version=2", ["Globex", "Acme"]),
        ("version=1", []),
        ("version=x&status=y", ["Globex", "Acme"]),
    ],
)
def test_moves_are_narrowed(cast, login, waiting, query, names):
    page = login(cast.administrator).get(f"{reverse('tier_moves')}?{query}")
    assert page.status_code == 200
    # Moves of one run have one moment, so which of them comes first is nobody's promise.
    assert sorted(move.customer.name for move in page.context["page"]["rows"]) == sorted(names)


def test_lists_take_the_same_queries_at_three_and_at_thirty_rows(cast, login, django_assert_num_queries):
    make_rule_set(fallback_tier="tech", approval_arr=0)
    client = login(cast.administrator)
    urls = [reverse(name) for name in ("tier_moves", "tier_approvals", "tier_pins", "tiers", "rule_sets")]
    since = timezone.now() - timedelta(days=90)
    until = company_today() + NEXT_MONTH

    def add(count):
        for number in range(count):
            customer = makers.make_customer(f"More {number}", tier="low", tier_since=since)
            pinned = makers.make_customer(f"Pinned {number}", tier="low", tier_since=since)
            TierPin.objects.create(
                customer=pinned, tier="low", reason="x", pinned_by=cast.manager, pinned_at=since, until=until
            )
            makers.assign(customer, cast.am, tier="low")
        reassign(trigger="nightly")

    add(3)
    counts = {}
    for url in urls:
        client.get(url)
        with django_assert_num_queries(60, exact=False) as found:
            assert client.get(url).status_code == 200
        counts[url] = len(found.captured_queries)
    add(30)
    for url in urls:
        with django_assert_num_queries(counts[url]):
            client.get(url)


# --- runs on demand -----------------------------------------------------------------------------
def test_a_run_on_demand_shows_its_progress_and_its_outcome(cast, login):
    client = login(cast.manager)
    page = client.post(reverse("tier_run"), follow=True)
    run = page.context["runs"][0].run
    url = reverse("tier_run_progress", args=[run.pk])
    assert url in page.text
    assert "waits for a worker" in client.get(url).text
    outbox.drain()
    done = client.get(url)
    assert done.headers["HX-Refresh"] == "true"
    assert url not in client.get(reverse("tiers")).text
    run.refresh_from_db()
    assert (run.started_by, run.summary["considered"]) == (cast.manager, 2)


# --- why ----------------------------------------------------------------------------------------
def test_why_says_the_rule_and_what_holds_a_customer_back(cast):
    make_rule_set(
        brand_to("high", name="Brands"),
        arr_at_least(60_000, "low", name="Payments"),
        margin_percent=10,
        minimum_days=30,
        approval_arr=900_000,
        activated_at=timezone.now() - timedelta(days=200),
    )

    def why(**fields):
        Customer.objects.filter(pk=cast.acme.pk).update(**{"is_brand": False, "mrr": 0} | fields)
        return why_this_tier(Customer.objects.get(pk=cast.acme.pk))

    now = timezone.now()
    long_ago = now - timedelta(days=100)
    by_rule = why(tier="high", tier_since=long_ago, is_brand=True)
    assert "by the rule “Brands” of version" in by_rule.text
    assert (by_rule.held, by_rule.outcome) == ("", "stays")
    margin = why(tier="low", tier_since=long_ago, mrr=4_900)
    assert "within the margin of 10%" in margin.held
    assert margin.figures == "ARR 58,800 USD"
    days = why(tier="tech", tier_since=now - timedelta(days=10), mrr=7_000)
    assert "figures alone move it only from" in days.held
    assert days.figures == "ARR 84,000 USD"
    waits = why(tier="tech", tier_since=long_ago, mrr=90_000)
    assert "waits for approval" in waits.held
    moves = why(tier="tech", tier_since=long_ago, mrr=7_000)
    assert "the next run moves it" in moves.held
    nowhere = why(tier=None, tier_since=None)
    assert str(nowhere).startswith("In no tier yet. The rules lead to tech touch")
