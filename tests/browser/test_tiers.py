"""Tiers in a real browser: rules written by keyboard, simulated and activated, moves decided, by anybody."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import CustomField
from segments.actions.tiers import pin_tier
from segments.models import RuleSet, TierMove
from segments.queries.rule_sets import content_of
from segments.reassignment import reassign
from tests.browser.conftest import FaultsInEveryLook, OpenPage
from tests.cast import make_customer
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def company(cast: SimpleNamespace) -> SimpleNamespace:
    """Return the cast with a draft, moves of every state and a pin."""
    long_ago = timezone.now() - timedelta(days=90)
    for number in range(6):
        make_customer(f"Customer {number}", tier="low", tier_since=long_ago, mrr=number * 4_000)
    make_rule_set(brand_to("high"), arr_at_least(60_000, "high"), name="Active rules", approval_arr=100_000)
    reassign(trigger="nightly")
    until = timezone.now().date() + timedelta(days=60)
    pin_tier(actor=cast.manager, customer=cast.acme, tier="high", reason="Reference customer", until=until)
    CustomField.objects.create(key="score", label="Health score", type="number")
    cast.draft = make_rule_set(arr_at_least(30_000, "high", name="Big"), status="draft", name="Next year")
    return cast


def test_lists_and_a_pin_are_usable_in_every_look(
    company: SimpleNamespace, faults_in_every_look: FaultsInEveryLook
) -> None:
    lists = [reverse(name) for name in ("tiers", "rule_sets", "tier_moves", "tier_approvals", "tier_pins")]
    faults = faults_in_every_look([*lists, reverse("tier_pin", args=[company.acme.pk])], company.manager)
    assert not faults, "\n".join(faults)


def test_a_version_is_usable_in_every_look(company: SimpleNamespace, faults_in_every_look: FaultsInEveryLook) -> None:
    names = ("rule_set", "rule_set_editor", "rule_set_simulation", "activate_rule_set")
    faults = faults_in_every_look(
        [reverse(name, args=[company.draft.pk]) for name in names],
        company.manager,
        ready=lambda page: page.wait_for_load_state("networkidle"),
    )
    assert not faults, "\n".join(faults)


def test_rules_are_written_by_keyboard(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(reverse("rule_set_editor", args=[company.draft.pk]), company.manager)
    page.get_by_role("button", name="Add a rule").press("Enter")
    # The new rule's name has the focus; every part follows by Tab.
    page.keyboard.type("Healthy")
    page.keyboard.press("Tab")
    page.keyboard.press("L")
    page.get_by_role("combobox", name="Field").last.select_option("custom.score")
    page.get_by_role("textbox", name="Health score").fill("7")
    expect(page.get_by_text("Low touch for: Health score at least 7")).to_be_visible()
    page.get_by_role("button", name="Condition").last.press("Enter")
    page.get_by_role("combobox", name="Field").last.select_option("stage")
    page.get_by_label("Adoption").last.check()
    page.get_by_role("combobox", name="How the conditions are joined").select_option("any")
    expect(page.get_by_text("Low touch for: Health score at least 7 or stage Adoption")).to_be_visible()
    page.get_by_role("textbox", name="Name of rule 2").press("Alt+ArrowUp")
    expect(page.get_by_role("textbox", name="Name of rule 1")).to_have_value("Healthy")
    expect(page.get_by_role("textbox", name="Name of rule 1")).to_be_focused()
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    assert content_of(RuleSet.objects.get(pk=company.draft.pk))["rules"] == [
        {
            "name": "Healthy",
            "tier": "low",
            "conditions": {
                "any": [
                    {"field": "custom.score", "op": "gte", "value": 7},
                    {"field": "stage", "op": "in", "value": ["adoption"]},
                ]
            },
        },
        {"name": "Big", "tier": "high", "conditions": {"all": [{"field": "arr", "op": "gte", "value": 30000}]}},
    ]


def test_problems_show_where_they_are_and_nothing_typed_is_lost(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(reverse("rule_set_editor", args=[company.draft.pk]), company.manager)
    amount = page.get_by_role("textbox", name="ARR", exact=True)
    amount.fill("lots")
    page.get_by_label("Margin").fill("99")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“lots” is not a number")).to_be_visible()
    expect(page.get_by_text("From 0 to 50 per cent")).to_be_visible()
    expect(page.get_by_text("Not saved: 2 things are not right")).to_be_visible()
    expect(amount).to_have_value("lots")
    amount.fill("45,000")
    page.get_by_label("Margin").fill("5")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("Saved at"))).to_be_visible()
    saved = content_of(RuleSet.objects.get(pk=company.draft.pk))
    assert (saved["margin_percent"], saved["rules"][0]["conditions"]["all"][0]["value"]) == (5, 45000)


def test_what_two_people_write_at_once_is_kept(company: SimpleNamespace, open_page: OpenPage) -> None:
    path = reverse("rule_set_editor", args=[company.draft.pk])
    mine, theirs = open_page(path, company.manager), open_page(path, company.administrator)
    for page, name in ((theirs, "Theirs"), (mine, "Mine")):
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text(re.compile("Saved at|Somebody else"))).to_be_visible()
    mine.get_by_role("button", name="Save mine as a new draft").click()
    mine.wait_for_url(lambda url: not url.endswith(path))
    expect(mine.get_by_label("Name", exact=True)).to_have_value("Mine")
    assert set(RuleSet.objects.filter(status="draft").values_list("name", flat=True)) == {"Mine", "Theirs"}


def test_a_draft_is_simulated_and_activated(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(reverse("rule_set_editor", args=[company.draft.pk]), company.manager)
    page.get_by_role("button", name="Save and simulate").click()
    expect(page.get_by_text("Customers that move")).to_be_visible()
    expect(page.locator("[data-chart] canvas")).to_be_visible()
    page.get_by_role("link", name="Activate…").click()
    expect(page.get_by_text("are led to another tier")).to_be_visible()
    page.get_by_role("button", name="Activate and move customers").click()
    expect(page.get_by_text("is active; customers are being moved")).to_be_visible()
    assert RuleSet.objects.get(status="active") == company.draft


def test_moves_are_approved_by_keyboard(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(reverse("tier_approvals"), company.manager)
    waiting = TierMove.objects.filter(status="waiting").count()
    assert waiting >= 2
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.get_by_text("1 move approved.")).to_be_visible()
    assert TierMove.objects.filter(status="waiting").count() == waiting - 1


def test_a_tier_is_pinned_from_the_customers_page(company: SimpleNamespace, open_page: OpenPage) -> None:
    page = open_page(f"/customers/{company.acme.pk}/", company.manager)
    expect(page.get_by_text("Pinned to high touch by").first).to_be_visible()
    page.get_by_role("link", name="End the pin").click()
    page.get_by_role("button", name="End the pin").click()
    expect(page.get_by_text("is no longer pinned")).to_be_visible()
