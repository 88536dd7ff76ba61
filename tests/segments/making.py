"""Makers of rule sets for the tests of tiers."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from segments.models import Rule, RuleSet


def make_rule_set(
    *rules: dict[str, Any], status: str = "active", activated_at: datetime | None = None, **fields: Any
) -> RuleSet:
    """Return a rule set with these rules; an active one takes the place of the one before."""
    now = timezone.now()
    if status == "active":
        RuleSet.objects.filter(status="active").update(status="past", retired_at=now)
    version = (RuleSet.objects.order_by("-version").values_list("version", flat=True).first() or 0) + 1
    made = RuleSet.objects.create(version=version, **{"name": f"Version {version}", "approval_arr": None} | fields)
    Rule.objects.bulk_create(
        Rule(rule_set=made, position=n, **{"name": f"Rule {n}"} | rule) for n, rule in enumerate(rules, start=1)
    )
    if status != "draft":
        made.status, made.activated_at = status, activated_at or now
        made.save()
    return made


def arr_at_least(amount: int, tier: str, **more: Any) -> dict[str, Any]:
    """Return a rule that leads to the tier from this ARR on."""
    return {"tier": tier, "conditions": {"all": [{"field": "arr", "op": "gte", "value": amount}]}, **more}


def brand_to(tier: str, **more: Any) -> dict[str, Any]:
    """Return a rule that leads well-known brands to the tier."""
    return {"tier": tier, "conditions": {"all": [{"field": "is_brand", "op": "is", "value": True}]}, **more}
