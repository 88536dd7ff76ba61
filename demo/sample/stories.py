"""What has happened at the sample company of late: decisions, new rules, saved views."""

from datetime import timedelta
from typing import Any

from django.http import QueryDict

from accounts.actions.customers import create_customer
from accounts.actions.duplicates import find_duplicates
from accounts.actions.merges import merge_customers
from accounts.models import Customer, CustomerMerge, SavedView, Stage, Tier
from demo.sample.work import Work
from segments.actions.assignments import assign_csm, fill_portfolios
from segments.actions.rule_sets import HIGH_ARR, activate, create_draft, save_draft
from segments.actions.tiers import pin_tier
from segments.models import RuleSet, TierRun
from segments.queries.rule_sets import active_rule_set, content_of
from segments.reassignment import reassign
from workspace.actions.views import save_view
from workspace.lists.reading import read_list

# The new rules let high touch begin here, in dollars a year.
NEW_HIGH_ARR = 48_000


def decide(work: Work) -> None:
    """Pin two customers, hand one over with a note, and merge one that was there twice."""
    until = work.today + timedelta(days=120)
    for customer in _biggest(Tier.TECH, 2):
        if not customer.tier_pins.filter(ended_at=None).exists():
            reason = "Rolls out to the whole group this spring; the contract follows"
            pin_tier(actor=work.manager, customer=customer, tier=Tier.LOW, reason=reason, until=until)
    customer = _biggest(Tier.LOW, 1)[0]
    taker = work.person("csm11")
    assign_csm(
        actor=work.manager,
        customer=customer,
        person=taker,
        why="A first larger customer for a new colleague",
        handover_note="Quarterly review is due; their operations lead prefers short calls in the morning.",
    )
    if not CustomerMerge.objects.exists():
        _merge_a_duplicate(work)


def _merge_a_duplicate(work: Work) -> None:
    kept = Customer.objects.get(external_id="C-000002")
    twice = create_customer(
        actor=work.administrator, name=f"{kept.name} Inc.", domain=kept.domain, country=kept.country, stage=kept.stage
    )
    merge_customers(actor=work.administrator, keep=kept, merge=twice, reason="Entered twice after the trade fair")
    create_customer(actor=work.administrator, name="Acme Ltd", domain="acme.example", country="US", stage=Stage.LEAD)
    find_duplicates()


def change_rules(work: Work) -> None:
    """Activate new rules by which some large customers move: those wait for a manager's approval."""
    if RuleSet.objects.count() == 1:
        draft = create_draft(actor=work.manager, copy_of=active_rule_set(), name="Wider high touch")
        content = content_of(draft)
        content["note"] = "High touch begins earlier: the new colleagues make room for more customers."
        content["approval_arr"] = 54_000
        for rule in content["rules"]:
            _lower_threshold(rule["conditions"])
        save_draft(actor=work.manager, rule_set=draft, content=content)
        activate(actor=work.manager, rule_set=draft)
    reassign(trigger=TierRun.Trigger.RULES, actor=work.manager)
    fill_portfolios(actor=None)
    if not RuleSet.objects.filter(status=RuleSet.Status.DRAFT).exists():
        create_draft(actor=work.manager, copy_of=active_rule_set(), name="Next quarter")


def _lower_threshold(conditions: dict[str, Any]) -> None:
    for node in [conditions, *conditions.get("all", []), *conditions.get("any", [])]:
        if node.get("field") == "arr" and node.get("value") == HIGH_ARR:
            node["value"] = NEW_HIGH_ARR


def save_views(work: Work) -> None:
    """Save a few views of the lists, one of them shared by the manager."""
    views = (
        (work.manager, "customers", "Renewals this quarter", "renews=90&sort=renews_on", True),
        (work.manager, "customers", "High touch by revenue", "tier=high&sort=-arr", True),
        (work.person("csm"), "portfolio", "My low-touch customers", "tier=low&sort=-arr", False),
    )
    for owner, page, name, address, is_shared in views:
        if not SavedView.objects.filter(owner=owner, page=page, name=name).exists():
            save_view(actor=owner, listing=read_list(page, owner, QueryDict(address)), name=name, is_shared=is_shared)


def _biggest(tier: str, count: int) -> list[Customer]:
    customers = Customer.objects.filter(tier=tier, merged_into=None, is_strategic=False, is_brand=False)
    return list(customers.exclude(stage=Stage.CHURNED).order_by("-mrr", "id")[:count])
