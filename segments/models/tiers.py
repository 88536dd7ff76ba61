"""Rule sets and what came of them: runs, moves and pins."""

from typing import ClassVar

import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Customer, Tier
from core.audit import audited

# What has been active is what moves were explained by, so it stays as it was: a set may only be retired, and a person
# who left forgotten.
KEEP_DECIDED_SETS = """
IF OLD.status = 'draft' AND (TG_OP = 'DELETE' OR NEW.status IN ('draft', 'active')) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END IF;
IF TG_OP = 'UPDATE' AND (NEW.status = OLD.status OR (OLD.status = 'active' AND NEW.status = 'past'))
    AND (NEW.version, NEW.name, NEW.note, NEW.fallback_tier, NEW.margin_percent, NEW.minimum_days, NEW.activated_at)
        = (OLD.version, OLD.name, OLD.note, OLD.fallback_tier, OLD.margin_percent, OLD.minimum_days, OLD.activated_at)
    AND NEW.approval_arr IS NOT DISTINCT FROM OLD.approval_arr THEN
    RETURN NEW;
END IF;
RAISE EXCEPTION 'a rule set that has been active does not change' USING
    ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rule_set_decided_stays';
"""
KEEP_DECIDED_RULES = """
-- Locked first and looked at then: an activation that has not committed yet is waited for.
PERFORM 1 FROM (
    SELECT status FROM segments_ruleset
    WHERE id IN (
        CASE WHEN TG_OP <> 'INSERT' THEN OLD.rule_set_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.rule_set_id END
    )
    FOR SHARE
) AS own_set WHERE own_set.status <> 'draft';
IF FOUND THEN
    RAISE EXCEPTION 'only the rules of a draft change' USING
        ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rule_of_a_draft_only';
END IF;
RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
"""


@audited()
class RuleSet(models.Model):
    """A version of the tier rules: an ordered list of rules, and how gently it is applied."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAST = "past", "Past"

    version = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=120)
    note = models.TextField(blank=True, help_text="Why this version was made.")
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.DRAFT)
    fallback_tier = models.CharField(max_length=4, choices=Tier.choices, default=Tier.TECH)
    margin_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=10,
        validators=[MaxValueValidator(50)],
        help_text="A customer keeps its tier while its figures, this much higher or lower, would still lead there.",
    )
    minimum_days = models.PositiveIntegerField(
        default=30, help_text="Days in a tier before figures alone may move the customer again."
    )
    approval_arr = models.DecimalField(
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        default=100_000,
        help_text="Moves of customers with at least this ARR wait for a manager; empty: none waits.",
    )
    created_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    activated_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="rule_set_one_active"),
            models.CheckConstraint(
                condition=Q(margin_percent__gte=0, margin_percent__lte=50), name="rule_set_margin_range"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", activated_at=None) | (~Q(status="draft") & Q(activated_at__isnull=False)),
                name="rule_set_active_since",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="decided_set_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=KEEP_DECIDED_SETS,
            ),
        ]
        ordering: ClassVar = ["-version"]

    def __str__(self) -> str:
        return f"{self.name} (version {self.version})"


@audited()
class Rule(models.Model):
    """Conditions that lead to a tier; the first rule of the set that fits decides."""

    rule_set = models.ForeignKey(RuleSet, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    tier = models.CharField(max_length=4, choices=Tier.choices)
    conditions = models.JSONField(help_text='A tree: {"all": [...]} or {"any": [...]} of {"field", "op", "value"}.')

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule_set", "position"], name="rule_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="decided_rules_stay",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                when=pgtrigger.Before,
                func=KEEP_DECIDED_RULES,
            ),
        ]
        ordering: ClassVar = ["rule_set", "position"]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_tier_display()}"


class TierRun(models.Model):
    """One run of the reassignment, with what it did."""

    class Trigger(models.TextChoices):
        NIGHTLY = "nightly", "Nightly"
        DEMAND = "demand", "On demand"
        FACTS = "facts", "Changed facts"
        RULES = "rules", "New rules"
        COMMAND = "command", "Command line"

    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="runs")
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    started_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(
        default=dict, blank=True, help_text="Counts: considered, moved, waiting, held, assigned …"
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="tier_run_by_start")]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} {self.started_at:%Y-%m-%d %H:%M}"


class TierMove(models.Model):
    """A customer's move from one tier to another, with the rule, its version and the figures behind it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting for approval"
        APPLIED = "applied", "Applied"
        REJECTED = "rejected", "Rejected"
        OVERTAKEN = "overtaken", "Overtaken"

    class Reason(models.TextChoices):
        FIRST = "first", "First placement"
        RULE = "rule", "Rule"
        PIN = "pin", "Pinned by a person"
        UNDONE = "undone", "Undone"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tier_moves")
    from_tier = models.CharField(max_length=4, choices=Tier.choices, null=True, blank=True)
    to_tier = models.CharField(max_length=4, choices=Tier.choices)
    status = models.CharField(max_length=9, choices=Status.choices)
    reason = models.CharField(max_length=6, choices=Reason.choices)
    rule_set = models.ForeignKey(RuleSet, null=True, blank=True, on_delete=models.PROTECT, related_name="moves")
    rule = models.ForeignKey(Rule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    rule_name = models.CharField(max_length=120, blank=True)
    figures = models.JSONField(default=dict, blank=True, help_text="The facts that the rules saw: mrr, arr, seats …")
    arr = models.DecimalField(max_digits=18, decimal_places=4, default=0, help_text="In the company's currency.")
    why = models.CharField(max_length=300, blank=True)
    run = models.ForeignKey(TierRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="moves")
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer"], condition=Q(status="waiting"), name="tier_move_one_waiting"),
            models.CheckConstraint(
                condition=Q(from_tier=None) | ~Q(from_tier=F("to_tier")), name="tier_move_changes_the_tier"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "-created_at"], name="tier_move_of_customer"),
            models.Index(fields=["-created_at", "-id"], name="tier_move_by_time"),
            models.Index(fields=["-arr", "id"], condition=Q(status="waiting"), name="tier_move_waiting"),
            models.Index(fields=["customer"], condition=Q(status="rejected"), name="tier_move_rejected"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.from_tier} to {self.to_tier}"


@audited()
class TierPin(models.Model):
    """A manager's decision that a customer is in a tier whatever the rules say."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tier_pins")
    tier = models.CharField(max_length=4, choices=Tier.choices)
    reason = models.CharField(max_length=300)
    pinned_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    pinned_at = models.DateTimeField()
    until = models.DateField(help_text="The last day the pin holds.")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer"], condition=Q(ended_at=None), name="tier_pin_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="tier_pin_has_a_reason"),
        ]
        indexes: ClassVar = [models.Index(fields=["until"], condition=Q(ended_at=None), name="tier_pin_open_until")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.tier} until {self.until}"
