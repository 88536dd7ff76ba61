"""Rule sets: drafts are written and thrown away, one version is active, and what was active stays as it was."""

from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from accounts.models import Tier, User
from core.errors import Conflict
from core.models import OutboxEntry
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments import drafts, promises
from segments.conditions import sql
from segments.models import Rule, RuleSet, TierRun
from segments.queries.rule_sets import active_rule_set, content_of

# Numbering takes turns on this advisory lock.
NUMBERING = 7_010_003

# What the field agrees on: high touch for high payments, well-known brands and strategic customers, low touch for the
# middle, tech touch for everybody else. The two sums are a beginning, in the company's currency: a full portfolio of 15
# customers at 60,000 a year, and one of 80 at 12,000, are both about a million, so that a CSM of either tier carries
# alike. The suggestion from the company's own figures (segments.queries.thresholds) fits them to its people.
# A brand that has left, or is only a lead, needs no CSM of its own.
HIGH_ARR = 60_000
LOW_ARR = 12_000
CUSTOMERS_ONLY = {"field": "stage", "op": "not_in", "value": ["lead", "churned"]}
DEFAULT_RULES: tuple[dict[str, Any], ...] = (
    {
        "name": "Well-known brand",
        "tier": Tier.HIGH.value,
        "conditions": {"all": [{"field": "is_brand", "op": "is", "value": True}, CUSTOMERS_ONLY]},
    },
    {
        "name": "Strategic",
        "tier": Tier.HIGH.value,
        "conditions": {"all": [{"field": "is_strategic", "op": "is", "value": True}, CUSTOMERS_ONLY]},
    },
    {
        "name": "High payments",
        "tier": Tier.HIGH.value,
        "conditions": {"all": [{"field": "arr", "op": "gte", "value": HIGH_ARR}]},
    },
    {
        "name": "The middle",
        "tier": Tier.LOW.value,
        "conditions": {"all": [{"field": "arr", "op": "gte", "value": LOW_ARR}]},
    },
)


@repeated_transaction
def ensure_default_rule_set() -> RuleSet | None:
    """Return the default rule set, now active, where there was no rule set at all; None otherwise."""
    _take_number_turn()
    if RuleSet.objects.exists():
        return None
    rule_set = RuleSet.objects.create(version=1, name="Default rules", note="The product's own beginning.")
    _write_rules(rule_set, DEFAULT_RULES)
    rule_set.status, rule_set.activated_at = RuleSet.Status.ACTIVE, timezone.now()
    rule_set.save()
    return rule_set


@repeated_transaction
def create_draft(
    *, actor: User | None, copy_of: RuleSet | None = None, name: str = "", content: object = None
) -> RuleSet:
    """Return a new draft with the next version number: a copy of another version, with this content, or empty.

    Raises Invalid as `save_draft` does.
    """
    if content is not None:
        return save_draft(actor=actor, rule_set=create_draft(actor=actor), content=content)
    copied = content_of(copy_of) if copy_of is not None else {"rules": []}
    version = _next_version()
    draft = RuleSet(version=version, name=name[:120] or f"Version {version}", created_by=actor)
    for field in ("fallback_tier", "margin_percent", "minimum_days", "approval_arr"):
        if field in copied:
            setattr(draft, field, copied[field])
    draft.save(force_insert=True)
    _write_rules(draft, copied["rules"])
    return draft


@repeated_transaction
def save_draft(*, actor: User | None, rule_set: RuleSet, content: object, expected: str | None = None) -> RuleSet:
    """Return the draft with this content (see segments.drafts), all of it or nothing.

    `expected` is the fingerprint of the content that the editor began with. Raises Invalid with every problem in
    `details["problems"]`, Conflict where the set is no draft any more or somebody else has changed it since.
    """
    draft = drafts.read_draft(content, sql.current_fields())
    locked = _locked_draft(rule_set)
    if expected and expected != drafts.fingerprint(content_of(locked)):
        raise Conflict("Somebody else has changed this draft since you opened it.", code="changed_since")
    for field in ("name", "note", "fallback_tier", "margin_percent", "minimum_days", "approval_arr"):
        setattr(locked, field, getattr(draft, field))
    locked.save()
    _write_rules(locked, drafts.to_json(draft)["rules"])
    return locked


@repeated_transaction
def delete_draft(*, actor: User | None, rule_set: RuleSet) -> None:
    """Delete the draft; raise Conflict where it is no draft any more."""
    _locked_draft(rule_set).delete()


@repeated_transaction
def activate(*, actor: User | None, rule_set: RuleSet, expected: str | None = None) -> RuleSet:
    """Return the draft, now the active version; the one before is past and a run is promised.

    Raises Conflict where it is no draft any more, has no rules, or is not the content that was `expected`.
    """
    # The active one is locked first, so that two activations take turns.
    active = RuleSet.objects.select_for_update().filter(status=RuleSet.Status.ACTIVE).first()
    draft = _locked_draft(rule_set)
    content = content_of(draft)
    if expected and expected != drafts.fingerprint(content):
        raise Conflict("Somebody else has changed this draft since you looked at it.", code="changed_since")
    # A draft may have grown old: a field that it asks about may be gone.
    drafts.read_draft(content, sql.current_fields())
    if not content["rules"]:
        raise Conflict("A rule set without rules cannot become active.", code="no_rules")
    now = timezone.now()
    if active is not None:
        active.status, active.retired_at = RuleSet.Status.PAST, now
        active.save(update_fields=["status", "retired_at"])
    draft.status, draft.activated_at, draft.activated_by = RuleSet.Status.ACTIVE, now, actor
    draft.save(update_fields=["status", "activated_at", "activated_by"])
    promise_run(actor=actor, rule_set=draft, trigger=TierRun.Trigger.RULES)
    return draft


@repeated_transaction
def promise_run(*, actor: User | None, trigger: str, rule_set: RuleSet | None = None) -> TierRun:
    """Return a run of the active rules that a worker does after the commit; one that waits already stands for both."""
    # The lock makes two who ask at once find each other's promise.
    active = RuleSet.objects.select_for_update().get(pk=(rule_set or active_rule_set()).pk)
    promised = OutboxEntry.objects.filter(kind=promises.RUN, state=OutboxEntry.State.WAITING).first()
    waiting = promised and TierRun.objects.filter(pk=promised.payload["run"], rule_set=active).first()
    if waiting:
        return waiting
    run = TierRun.objects.create(rule_set=active, trigger=trigger, started_by=actor, started_at=timezone.now())
    enqueue(promises.RUN, {"run": run.pk})
    return run


def _locked_draft(rule_set: RuleSet) -> RuleSet:
    locked = RuleSet.objects.select_for_update().filter(pk=rule_set.pk).first()
    if locked is None or locked.status != RuleSet.Status.DRAFT:
        raise Conflict("This version is no draft any more.", code="not_a_draft")
    return locked


def _write_rules(rule_set: RuleSet, rules: Any) -> None:
    rule_set.rules.all().delete()
    Rule.objects.bulk_create(
        Rule(rule_set=rule_set, position=n, name=rule["name"], tier=rule["tier"], conditions=rule["conditions"])
        for n, rule in enumerate(rules, start=1)
    )


def _next_version() -> int:
    _take_number_turn()
    return (RuleSet.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def _take_number_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [NUMBERING])
