"""Versions of the rules in the browser: drafts, their editor, differences, simulation and activation."""

import json

import pytest
from django.urls import reverse

from accounts.models import Customer, CustomField
from core import outbox
from core.models import OutboxEntry
from segments import drafts, promises
from segments.models import RuleSet, TierRun
from segments.queries.rule_sets import content_of
from tests import cast as makers
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db


def _post(client, name, body, *args):
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(reverse(name, args=args), raw, content_type="application/json")


def _content(**changes):
    rule = {"name": "Big", "tier": "high", "conditions": {"all": [{"field": "arr", "op": "gte", "value": 90000}]}}
    return {
        "name": "Next year",
        "note": "Because",
        "fallback_tier": "tech",
        "margin_percent": 5,
        "minimum_days": 14,
        "approval_arr": None,
        "rules": [rule],
    } | changes


@pytest.fixture
def draft(cast):
    return make_rule_set(arr_at_least(60_000, "high"), status="draft", name="My draft")


@pytest.fixture
def manager(cast, login):
    return login(cast.manager)


def test_a_copy_of_the_active_version_opens_in_the_editor(manager):
    active = RuleSet.objects.get(status="active")
    answer = manager.post(reverse("rule_set_new"), {"copy_of": active.pk}, follow=True)
    made = RuleSet.objects.get(status="draft")
    assert answer.status_code == 200
    assert answer.templates[0].name == "segments/rule_editor.html"
    assert content_of(made)["rules"] == content_of(active)["rules"]
    assert made.version == active.version + 1


def test_a_draft_is_saved_as_a_whole(manager, draft, cast):
    answer = _post(manager, "rule_set_editor", {"content": _content()}, draft.pk)
    assert answer.status_code == 200, answer.content
    draft.refresh_from_db()
    assert content_of(draft) == _content()
    assert answer.json()["words"] == ["ARR at least 90,000 USD"]
    assert answer.json()["fingerprint"] == drafts.fingerprint(_content())


def test_every_problem_comes_back_with_its_place_and_nothing_is_lost(manager, draft):
    before = content_of(draft)
    wrong = _content(
        name="",
        margin_percent=51,
        minimum_days=-1,
        approval_arr="much",
        fallback_tier="none",
        rules=[
            {"name": "", "tier": "x", "conditions": {"all": []}},
            {"name": "Fine", "tier": "low", "conditions": {"all": [{"field": "is_brand", "op": "is", "value": True}]}},
        ],
    )
    answer = _post(manager, "rule_set_editor", {"content": wrong}, draft.pk)
    assert answer.status_code == 422
    assert [one["path"] for one in answer.json()["problems"]] == [
        "name",
        "fallback_tier",
        "margin_percent",
        "minimum_days",
        "approval_arr",
        "rules[0].name",
        "rules[0].tier",
        "rules[0].conditions.all",
    ]
    assert content_of(draft) == before
    checked = _post(manager, "rule_set_check", {"content": wrong}, draft.pk).json()
    assert checked["words"] == ["", "Well-known brand"]


@pytest.mark.parametrize(
    "body",
    [
        *("", "{", "[]", "null", '"x"', b"\xff\xfe", "{}"),
        *('{"content": 5}', '{"content": {"rules": 5}}', '{"content": {"rules": [5]}}'),
        json.dumps({"content": _content(rules=[_content()["rules"][0]] * 51)}),
    ],
)
def test_a_content_that_is_none_is_refused(manager, draft, body):
    before = content_of(draft)
    answer = _post(manager, "rule_set_editor", body, draft.pk)
    assert answer.status_code == 422
    assert answer.json()["message"]
    assert content_of(draft) == before


def test_two_editors_do_not_overwrite_each_other(manager, draft):
    began_with = drafts.fingerprint(content_of(draft))
    first = _post(manager, "rule_set_editor", {"content": _content(), "fingerprint": began_with}, draft.pk)
    second = _post(
        manager, "rule_set_editor", {"content": _content(name="Theirs"), "fingerprint": began_with}, draft.pk
    )
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "changed_since"
    draft.refresh_from_db()
    assert draft.name == "Next year"
    # What the second wrote is kept under a version of its own.
    kept = _post(manager, "rule_set_new", {"content": _content(name="Theirs")})
    assert kept.status_code == 200
    assert RuleSet.objects.get(name="Theirs").rules.count() == 1


def test_a_new_draft_with_a_wrong_content_leaves_nothing(manager, draft):
    before = RuleSet.objects.count()
    assert _post(manager, "rule_set_new", {"content": _content(rules=5)}).status_code == 422
    assert RuleSet.objects.count() == before


def test_what_has_been_active_is_shown_and_not_edited(manager):
    active = RuleSet.objects.get(status="active")
    assert manager.get(reverse("rule_set_editor", args=[active.pk])).status_code == 302
    answer = _post(manager, "rule_set_editor", {"content": _content()}, active.pk)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_draft")
    assert manager.post(reverse("delete_rule_set", args=[active.pk])).status_code == 409
    assert manager.post(reverse("activate_rule_set", args=[active.pk])).status_code == 302
    assert RuleSet.objects.filter(pk=active.pk, status="active").exists()


def test_a_draft_is_thrown_away(manager, draft):
    assert manager.post(reverse("delete_rule_set", args=[draft.pk])).status_code == 302
    assert not RuleSet.objects.filter(pk=draft.pk).exists()


def test_activating_shows_what_moves_and_then_moves_it(manager, cast):
    customer = makers.make_customer("Initech", tier="tech")
    makers.make_subscription(customer, 6_000)
    before = RuleSet.objects.get(status="active")
    made = make_rule_set(
        arr_at_least(60_000, "high"), brand_to("high"), status="draft", name="Stricter", approval_arr=None
    )
    page = manager.get(reverse("activate_rule_set", args=[made.pk]))
    assert "are led to another tier" in page.text
    assert page.context["simulated"].moving == 3
    answer = manager.post(reverse("activate_rule_set", args=[made.pk]), {"fingerprint": page.context["fingerprint"]})
    assert answer.status_code == 302
    made.refresh_from_db()
    before.refresh_from_db()
    assert (made.status, made.activated_by, before.status) == ("active", cast.manager, "past")
    assert before.retired_at == made.activated_at
    outbox.drain()
    assert Customer.objects.get(pk=customer.pk).tier == "high"
    run = TierRun.objects.get(trigger="rules")
    assert (run.started_by, run.summary["moved"]) == (cast.manager, 3)


def test_a_draft_that_changed_since_it_was_looked_at_is_not_activated(manager, draft):
    page = manager.get(reverse("activate_rule_set", args=[draft.pk]))
    _post(manager, "rule_set_editor", {"content": _content()}, draft.pk)
    answer = manager.post(reverse("activate_rule_set", args=[draft.pk]), {"fingerprint": page.context["fingerprint"]})
    assert answer.status_code == 422
    assert "Somebody else has changed this draft" in answer.text
    assert RuleSet.objects.get(pk=draft.pk).status == "draft"


def test_a_draft_without_rules_or_with_a_field_that_is_gone_is_not_activated(manager, cast):
    empty = make_rule_set(status="draft")
    assert "without rules" in manager.post(reverse("activate_rule_set", args=[empty.pk])).text
    field = CustomField.objects.create(key="score", label="Score", type="number")
    made = make_rule_set(
        {"tier": "high", "conditions": {"all": [{"field": "custom.score", "op": "gte", "value": 1}]}}, status="draft"
    )
    field.delete()
    assert "no field" in manager.post(reverse("activate_rule_set", args=[made.pk])).text
    assert RuleSet.objects.filter(status="draft").count() == 2
    assert not OutboxEntry.objects.filter(kind=promises.RUN).exists()


def test_a_version_shows_what_changed_from_the_one_before(manager, draft):
    _post(manager, "rule_set_editor", {"content": _content(margin_percent=10, minimum_days=30)}, draft.pk)
    page = manager.get(reverse("rule_set", args=[draft.pk]))
    changes = {(one.kind, one.what): (one.before, one.after) for one in page.context["changes"]}
    assert changes[("added", "Big")] == ("", "High touch for ARR at least 90,000 USD")
    assert ("removed", "Strategic") in changes
    assert changes[("changed", "Approval from")] == ("moves from 100,000 USD a year wait", "no move waits")
    assert ("changed", "Margin") not in changes


def test_custom_fields_are_offered_and_decide(manager, cast, draft):
    CustomField.objects.create(key="score", label="Health score", type="number")
    page = manager.get(reverse("rule_set_editor", args=[draft.pk]))
    offered = {field["key"]: field for field in page.context["data"]["fields"]}
    assert offered["custom.score"]["label"] == "Health score"
    assert "tier" not in offered
    rule = {"name": "Healthy", "tier": "low", "conditions": {"field": "custom.score", "op": "gte", "value": "7.5"}}
    answer = _post(manager, "rule_set_editor", {"content": _content(rules=[rule])}, draft.pk)
    assert answer.json()["words"] == ["Health score at least 7.5"]


def test_suggested_thresholds_fill_the_places(manager, cast):
    for number in range(1, 120):
        makers.make_customer(f"Customer {number}", mrr=number * 100)
    # Two CSMs: thirty places of high touch, one taken by a brand, and more of low touch than customers are left.
    makers.make_customer("Brand", is_brand=True)
    found = manager.get(reverse("tier_thresholds")).json()
    assert (found["high_places"], found["low_places"], found["flagged"]) == (30, 160, 1)
    assert found["low_arr"] is None
    fitting = Customer.objects.filter(mrr__gte=found["high_arr"] / 12).count()
    assert 20 <= fitting <= 29


@pytest.mark.parametrize("role", ["csm", "specialist", "am"])
def test_who_may_look_may_not_write(cast, login, draft, role):
    client = login(getattr(cast, role))
    for name in ("rule_sets", "tiers"):
        assert client.get(reverse(name)).status_code == 200
    for name in ("rule_set", "rule_set_simulation"):
        assert client.get(reverse(name, args=[draft.pk])).status_code == 200
    assert client.get(reverse("rule_set_editor", args=[draft.pk])).status_code == 403
    for name in ("rule_set_editor", "rule_set_check", "delete_rule_set", "activate_rule_set"):
        assert _post(client, name, {"content": _content()}, draft.pk).status_code == 403
    assert client.post(reverse("rule_set_new")).status_code == 403
    assert client.post(reverse("tier_run")).status_code == 403
    assert client.get(reverse("tier_thresholds")).status_code == 403


def test_who_has_nothing_to_do_with_tiers_sees_nothing_of_them(cast, login, draft):
    client = login(cast.sdr)
    for name, args in (("tiers", []), ("rule_sets", []), ("rule_set", [draft.pk]), ("tier_moves", [])):
        assert client.get(reverse(name, args=args)).status_code == 403


def test_a_version_that_is_not_there_is_not_found(manager):
    for name in ("rule_set", "rule_set_editor", "rule_set_simulation", "activate_rule_set"):
        assert manager.get(reverse(name, args=[999_999])).status_code == 404
