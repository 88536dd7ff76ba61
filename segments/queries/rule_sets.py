"""Rule sets: the active one, and what each says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from accounts.models import CompanySettings, Tier
from core.errors import Conflict
from segments.conditions import sql, trees
from segments.conditions.fields import FieldSet
from segments.conditions.sentences import sentence
from segments.differences import Difference, differences
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


@dataclass(frozen=True)
class RuleInWords:
    """One rule as people read it."""

    name: str
    tier: str
    words: str


@dataclass(frozen=True)
class SetInWords:
    """A rule set as people read it: its rules in order, who is left, and how gently it moves customers."""

    rule_set: RuleSet
    rules: list[RuleInWords]
    fallback_tier: str
    settings: list[str]


def in_words(rule_set: RuleSet, fields: FieldSet | None = None) -> SetInWords:
    """Return the rule set in words; three queries."""
    known = fields or sql.current_fields()
    currency = CompanySettings.current().currency
    say = speaker_of(known, currency)
    content = content_of(rule_set)
    return SetInWords(
        rule_set,
        [RuleInWords(r["name"], r["tier"], say("conditions", r["conditions"])) for r in content["rules"]],
        rule_set.fallback_tier,
        [
            f"Margin: {say('margin_percent', content['margin_percent'])}",
            f"Minimum stay: {say('minimum_days', content['minimum_days'])}",
            f"Approval: {say('approval_arr', content['approval_arr'])}",
        ],
    )


def speaker_of(fields: FieldSet, currency: str, locale: str = "en") -> Callable[[str, Any], str]:
    """Return a function that says a setting, a rule or a rule's conditions in words."""

    def say(what: str, value: Any) -> str:
        match what:
            case "conditions":
                return sentence(trees.parse(value, fields, lenient=True), currency=currency, locale=locale)
            case "rule":
                return f"{Tier(value['tier']).label} for {say('conditions', value['conditions'])}"
            case "fallback_tier":
                return Tier(value).label
            case "margin_percent":
                return f"{value:g}%" if value else "none"
            case "minimum_days":
                return f"{value} days" if value else "none"
            case "approval_arr" if value is None:
                return "no move waits"
            case _:
                return f"moves from {format_decimal(value, locale=locale)} {currency} a year wait"

    return say


def changes_of(rule_set: RuleSet, fields: FieldSet | None = None) -> tuple[RuleSet | None, list[Difference]]:
    """Return the version that this one followed or would follow, and what changed from it."""
    others = RuleSet.objects.exclude(pk=rule_set.pk).exclude(status=RuleSet.Status.DRAFT)
    if rule_set.activated_at is not None:
        others = others.filter(activated_at__lt=rule_set.activated_at)
    before = others.order_by("-activated_at", "-version").first()
    if before is None:
        return None, []
    say = speaker_of(fields or sql.current_fields(), CompanySettings.current().currency)
    return before, differences(content_of(before), content_of(rule_set), say=say)


def _tier_rule(rule: Rule, fields: FieldSet, currency: str) -> TierRule:
    conditions = trees.parse(rule.conditions, fields, lenient=True)
    return TierRule(rule.pk, rule.name, rule.tier, conditions, sentence(conditions, currency=currency))


def _plain(number: Decimal | int | float) -> int | float:
    return int(number) if number == int(number) else float(number)
