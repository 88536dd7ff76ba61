"""Rule sets: the active one, and what each says."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import CompanySettings
from core.errors import Conflict
from segments.conditions import sql, trees
from segments.conditions.fields import FieldSet
from segments.conditions.sentences import sentence
from segments.models import Rule, RuleSet
from segments.rules import RuleBook, TierRule


def active_rule_set() -> RuleSet:
    """Return the active rule set; raise Conflict where there is none."""
    found = RuleSet.objects.filter(status=RuleSet.Status.ACTIVE).first()
    if found is None:
        raise Conflict("No rule set is active; activate one first.", code="no_active_rule_set")
    return found


def rule_book(rule_set: RuleSet, *, now: datetime, fields: FieldSet | None = None) -> RuleBook:
    """Return the rule set ready to decide; a draft decides as if it were activated `now`."""
    known = fields or sql.current_fields()
    currency = CompanySettings.current().currency
    return RuleBook(
        id=rule_set.pk,
        version=rule_set.version,
        rules=tuple(_tier_rule(rule, known, currency) for rule in rule_set.rules.order_by("position")),
        fallback_tier=rule_set.fallback_tier,
        margin=Decimal(rule_set.margin_percent) / 100,
        minimum_days=rule_set.minimum_days,
        approval_arr=rule_set.approval_arr,
        activated_at=rule_set.activated_at or now,
    )


def content_of(rule_set: RuleSet) -> dict[str, Any]:
    """Return what the rule set says, as the editor, the API and `segments.drafts.read_draft` know it."""
    return {
        "name": rule_set.name,
        "note": rule_set.note,
        "fallback_tier": rule_set.fallback_tier,
        "margin_percent": _plain(rule_set.margin_percent),
        "minimum_days": rule_set.minimum_days,
        "approval_arr": None if rule_set.approval_arr is None else _plain(rule_set.approval_arr),
        "rules": [
            {"name": rule.name, "tier": rule.tier, "conditions": rule.conditions}
            for rule in rule_set.rules.order_by("position")
        ],
    }


def _tier_rule(rule: Rule, fields: FieldSet, currency: str) -> TierRule:
    conditions = trees.parse(rule.conditions, fields, lenient=True)
    return TierRule(rule.pk, rule.name, rule.tier, conditions, sentence(conditions, currency=currency))


def _plain(number: Decimal | int | float) -> int | float:
    return int(number) if number == int(number) else float(number)
