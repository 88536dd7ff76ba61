"""Rule sets and tier moves over the API."""

import pytest

from accounts.models import Customer
from segments.actions.rule_sets import ensure_default_rule_set
from segments.models import RuleSet, TierMove
from segments.reassignment import reassign
from tests.cast import make_customer, make_subscription

pytestmark = pytest.mark.django_db

CONTENT = {
    "name": "Only revenue",
    "note": "",
    "fallback_tier": "tech",
    "margin_percent": 10,
    "minimum_days": 30,
    "approval_arr": 50000,
    "rules": [
        {"name": "Large", "tier": "high", "conditions": {"all": [{"field": "arr", "op": "gte", "value": 60000}]}}
    ],
}


@pytest.fixture
def active(cast) -> RuleSet:
    """Return the active default rule set."""
    ensure_default_rule_set()
    return RuleSet.objects.get(status="active")


@pytest.fixture
def waiting(cast, active) -> TierMove:
    """Return a waiting move of Globex from low to high touch."""
    make_subscription(cast.globex, 20_000)
    Customer.objects.filter(pk=cast.globex.pk).update(tier_since="2025-01-01T00:00Z")
    reassign()
    return TierMove.objects.get(customer=cast.globex, status="waiting")


def test_a_draft_is_made_changed_and_activated(api, cast, active):
    client = api(cast.administrator)
    made = client.post("/api/v1/rule-sets/", {"content": CONTENT}, format="json")
    assert made.status_code == 201, made.json()
    url, mark = f"/api/v1/rule-sets/{made.json()['id']}/", made.json()["fingerprint"]
    changed = client.put(url, {"content": {**CONTENT, "minimum_days": 7}, "expected": mark}, format="json")
    assert changed.json()["content"]["minimum_days"] == 7
    late = client.put(url, {"content": CONTENT, "expected": mark}, format="json")
    assert (late.status_code, late.json()["code"]) == (409, "changed_since")
    assert client.post(f"{url}activate/", {}, format="json").json()["status"] == "active"
    active.refresh_from_db()
    assert active.status == "past"
    assert client.put(url, {"content": CONTENT}, format="json").status_code == 409


def test_a_bad_draft_names_every_problem_and_leaves_nothing(api, cast, active):
    bad = {**CONTENT, "margin_percent": 900, "rules": [{"name": "", "tier": "gold", "conditions": {}}]}
    answer = api(cast.administrator).post("/api/v1/rule-sets/", {"content": bad}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_rule_set")
    paths = {problem["path"] for problem in answer.json()["details"]["problems"]}
    assert {"margin_percent", "rules[0].name", "rules[0].tier"} <= paths
    assert RuleSet.objects.count() == 1


def test_only_who_may_edit_rules_makes_a_draft(api, cast, active):
    answer = api(cast.csm).post("/api/v1/rule-sets/", {"content": CONTENT}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert api(cast.csm).get(f"/api/v1/rule-sets/{active.pk}/").status_code == 200
    assert api(cast.sdr).get(f"/api/v1/rule-sets/{active.pk}/").status_code == 403


def test_a_waiting_move_is_approved_once(api, cast, waiting):
    client, url = api(cast.administrator), f"/api/v1/tier-moves/{waiting.pk}/approve/"
    assert client.post(url, {"note": "Yes"}, format="json").json()["status"] == "applied"
    cast.globex.refresh_from_db()
    assert cast.globex.tier == "high"
    again = client.post(url, {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "decided")


def test_a_rejection_needs_a_note(api, cast, waiting):
    client, url = api(cast.administrator), f"/api/v1/tier-moves/{waiting.pk}/reject/"
    assert client.post(url, {}, format="json").status_code == 422
    assert client.post(url, {"note": "They leave in March"}, format="json").json()["status"] == "rejected"
    cast.globex.refresh_from_db()
    assert cast.globex.tier == "low"


def test_another_team_s_move_is_not_there(api, cast, waiting):
    client = api(cast.manager)
    assert client.get(f"/api/v1/tier-moves/{waiting.pk}/").status_code == 404
    assert client.post(f"/api/v1/tier-moves/{waiting.pk}/approve/", {}, format="json").status_code == 404
    assert client.get("/api/v1/tier-moves/?status=waiting").json()["results"] == []
    waiting.refresh_from_db()
    assert waiting.status == "waiting"


def test_moves_are_filtered(api, cast, waiting):
    make_customer("Initech")
    reassign()
    client = api(cast.administrator)
    rows = client.get("/api/v1/tier-moves/?reason=first").json()["results"]
    assert [row["customer_name"] for row in rows] == ["Initech"]
    assert client.get("/api/v1/tier-moves/?status=perhaps").status_code == 422


def test_a_simulation_counts_and_changes_nothing(api, cast, active):
    make_subscription(cast.globex, 20_000)
    client = api(cast.administrator)
    draft = client.post("/api/v1/rule-sets/", {"content": {**CONTENT, "approval_arr": None}}, format="json").json()
    told = client.post(f"/api/v1/rule-sets/{draft['id']}/simulate/").json()
    flows = {(flow["from_tier"], flow["to_tier"]): flow["total"]["customers"] for flow in told["flows"]}
    assert flows[("low", "high")] == 1
    assert flows[("high", "tech")] == 1
    assert told["moving"] == 2
    assert {one["name"] for one in told["portfolios"]} >= {cast.csm.name}
    cast.globex.refresh_from_db()
    assert cast.globex.tier == "low"
    assert not TierMove.objects.exists()


def test_a_simulation_names_only_customers_that_the_caller_sees(api, cast, active):
    make_subscription(cast.globex, 20_000)
    told = api(cast.csm).get(f"/api/v1/rule-sets/{active.pk}/simulate/").json()
    named = {sample["name"] for flow in told["flows"] for sample in flow["samples"]}
    assert "Globex" not in named
