"""What has happened at the sample company: hours given, notes, decisions, new rules, saved views."""

import random
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict

from accounts.actions.customers import create_customer
from accounts.actions.duplicates import find_duplicates
from accounts.actions.merges import merge_customers
from accounts.actions.timeline import NoteKind, add_note
from accounts.models import Assignment, Customer, CustomerMerge, Role, SavedView, Stage, Tier
from core.errors import Invalid
from demo.sample.work import Work
from segments.actions.assignments import assign_csm, fill_portfolios
from segments.actions.rule_sets import HIGH_ARR, activate, create_draft, save_draft
from segments.actions.tiers import pin_tier
from segments.actions.time import log_time
from segments.models import RuleSet, TierRun, TimeEntry
from segments.queries.allowances import company_today
from segments.queries.rule_sets import active_rule_set, content_of
from segments.reassignment import reassign
from workspace.actions.views import save_view
from workspace.lists.reading import read_list

# The new rules let high touch begin here, in dollars a year.
NEW_HIGH_ARR = 48_000
MONTHS_OF_HOURS = 3
ACTIVITIES = ("call", "call", "email", "email", "preparation", "review", "training")
CALL_NOTES = (
    "Walked through the new reporting page; they want the monthly export by role.",
    "Their champion moves to another team in spring; met the successor.",
    "Asked how others set up approvals; sent the short guide.",
    "Usage is down since the reorganisation; agreed on a training for the new team.",
    "Happy with the last release. Would speak as a reference.",
    "Price came up again; told them their account manager will call.",
    "Wants the accounting integration before quarter end; handed the technical part to support.",
    "Agreed on three goals for the next half year and a review each month.",
)
OVER_REASON = "Migration week: agreed with the manager"


def log_hours(work: Work) -> None:
    """Log the hours of the last months for customers with a CSM, some of them past their allowance."""
    dice = work.dice("hours")
    today = company_today()
    open_portfolios = Assignment.objects.filter(role=Role.CSM, ends_at=None, customer__merged_into=None)
    for assignment in open_portfolios.select_related("customer", "person").order_by("customer_id"):
        if dice.random() > (0.95 if assignment.tier == Tier.HIGH else 0.5):
            continue
        days = _days(dice, assignment.tier or "", today)
        if TimeEntry.objects.filter(customer=assignment.customer).exists():
            continue
        for day in days:
            _log(dice, assignment, day)


def _days(dice: random.Random, tier: str, today: date) -> list[date]:
    often = dice.randint(4, 9) if tier == Tier.HIGH else dice.randint(1, 3)
    return sorted(today - timedelta(days=dice.randint(0, MONTHS_OF_HOURS * 30)) for _ in range(often))


def _log(dice: random.Random, assignment: Assignment, day: date) -> None:
    minutes, activity = dice.choice((15, 30, 30, 45, 60, 60, 90)), dice.choice(ACTIVITIES)

    def log(reason: str) -> None:
        log_time(
            actor=assignment.person,
            customer=assignment.customer,
            person=assignment.person,
            on=day,
            minutes=minutes,
            activity=activity,
            over_allowance_reason=reason,
        )

    try:
        log("")
    except Invalid as refused:
        if refused.code != "over_allowance":
            raise
        log(OVER_REASON)


def write_notes(work: Work) -> None:
    """Write notes on the timelines of customers with a CSM."""
    dice = work.dice("notes")
    portfolios = Assignment.objects.filter(role=Role.CSM, ends_at=None, customer__merged_into=None)
    for assignment in portfolios.select_related("customer", "person").order_by("customer_id"):
        if dice.random() < 0.4:
            kind = dice.choice((NoteKind.CALL, NoteKind.MEETING, NoteKind.EMAIL, NoteKind.NOTE))
            add_note(actor=assignment.person, customer=assignment.customer, text=dice.choice(CALL_NOTES), kind=kind)


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
