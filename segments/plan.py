"""What the rules make of every customer, in one pass of the database: the plan that a run carries out.

A plan is a temporary table of the customers that are not where the rules or a pin want them, with the outcome of each;
it lives until the transaction ends. A run, a simulation, an approval and "why this tier" all read the same plan, so
they cannot disagree. segments.rules decides the same on plain values.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, F, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import JSONObject

from accounts.models import CompanySettings, Customer
from segments.conditions.fields import RULE_FIELDS
from segments.conditions.sql import MONTHS, compile_tree, fact_expression
from segments.conditions.trees import conditions_in
from segments.conditions.values import ONE
from segments.rules import FALLBACK_NAME, FALLBACK_WORDS, REJECTION_DAYS, RuleBook

# Kept with every move, whichever rules decided.
ALWAYS_KEPT = ("arr", "mrr", "seats")
COLUMNS = ("id", "tier", "tier_since", "updated_at", "target", "raised", "lowered", "rule_id", "arr", "figures")

PLAN = """
SELECT q.id AS customer_id, q.tier AS from_tier, q.updated_at, pin.id AS pin_id,
    coalesce(pin.tier, q.target) AS to_tier,
    CASE WHEN pin.id IS NULL THEN nullif(q.rule_id, 0) END AS rule_id,
    CASE WHEN pin.id IS NULL THEN r.name ELSE '' END AS rule_name,
    CASE WHEN pin.id IS NULL THEN r.words
         ELSE left('Pinned by ' || coalesce(pinner.name, 'a person') || ': ' || pin.reason, 300) END AS why,
    q.arr, q.figures,
    CASE
        WHEN coalesce(pin.tier, q.target) IS NOT DISTINCT FROM q.tier THEN 'stays'
        WHEN pin.id IS NOT NULL THEN 'pinned'
        WHEN q.tier IS NULL THEN 'first'
        WHEN q.raised = q.tier OR q.lowered = q.tier THEN 'margin'
        WHEN q.tier_since >= %(days_from)s AND q.tier_since >= %(activated_at)s
            AND q.rule_id = ANY (%(figure_rules)s::bigint[])
            AND NOT EXISTS (SELECT 1 FROM segments_tierpin e WHERE e.customer_id = q.id AND e.ended_at > q.tier_since)
            AND coalesce((SELECT CASE WHEN m.from_tier IS NULL THEN -1 ELSE coalesce(m.rule_id, 0) END
                          FROM segments_tiermove m WHERE m.customer_id = q.id AND m.status = 'applied'
                          ORDER BY m.created_at DESC, m.id DESC LIMIT 1), 0) = ANY (%(figure_rules)s::bigint[])
            THEN 'days'
        WHEN no.customer_id IS NOT NULL THEN 'rejected'
        WHEN q.arr >= %(approval)s THEN 'waiting'
        ELSE 'apply'
    END AS outcome
FROM ({customers}) q
LEFT JOIN segments_tierpin pin ON pin.customer_id = q.id AND pin.ended_at IS NULL AND pin.until >= %(today)s
LEFT JOIN accounts_user pinner ON pinner.id = pin.pinned_by_id
LEFT JOIN unnest(%(rule_ids)s::bigint[], %(rule_names)s::text[], %(rule_words)s::text[]) AS r (id, name, words)
    ON r.id = q.rule_id
LEFT JOIN (
    SELECT DISTINCT customer_id, to_tier FROM segments_tiermove
    WHERE status = 'rejected' AND rule_set_id = %(rule_set)s AND decided_at > %(rejected_from)s
) no ON no.customer_id = q.id AND no.to_tier = coalesce(pin.tier, q.target)
"""
DIFFERING = "WHERE coalesce(pin.tier, q.target) IS DISTINCT FROM q.tier"


@dataclass(frozen=True)
class Moment:
    """When a plan is made: the instant, the company's own date and its time zone."""

    now: datetime
    today: date
    zone: str

    @classmethod
    def at(cls, now: datetime) -> "Moment":
        """Return the moment of this instant."""
        zone = CompanySettings.current().time_zone
        return cls(now, now.astimezone(ZoneInfo(zone)).date(), zone)

    def start_of(self, day: date) -> datetime:
        """Return the instant at which the day begins where the company is."""
        return datetime.combine(day, time.min, tzinfo=ZoneInfo(self.zone))


def make_plan(
    cursor: Any, book: RuleBook, moment: Moment, *, customer_ids: Collection[int] | None = None, everybody: bool = False
) -> None:
    """Make the temporary table `tier_plan` for these customers, or all; `everybody` keeps those that stay, too."""
    query, values = plan_sql(book, moment, customer_ids=customer_ids, everybody=everybody)
    cursor.execute("DROP TABLE IF EXISTS tier_plan")
    cursor.execute(f"CREATE TEMPORARY TABLE tier_plan ON COMMIT DROP AS {query}", values)
    cursor.execute("ANALYZE tier_plan (customer_id, outcome)")


def plan_sql(
    book: RuleBook, moment: Moment, *, customer_ids: Collection[int] | None = None, everybody: bool = False
) -> tuple[str, Sequence[Any]]:
    """Return the query of the plan with its parameters."""
    customers, inner = _customers(book, moment, customer_ids)
    named = {
        "days_from": moment.start_of(moment.today - timedelta(days=book.minimum_days - 1)),
        "activated_at": book.activated_at,
        "figure_rules": book.figure_rule_ids,
        "approval": book.approval_arr,
        "today": moment.today,
        "rule_set": book.id,
        "rule_ids": [0, *(rule.id for rule in book.rules)],
        "rule_names": [FALLBACK_NAME, *(rule.name for rule in book.rules)],
        "rule_words": [FALLBACK_WORDS, *(rule.words[:300] for rule in book.rules)],
        "rejected_from": moment.now - timedelta(days=REJECTION_DAYS),
    }
    outer = PLAN if everybody else PLAN + DIFFERING
    return _positional(outer, named, customers, inner)


def _customers(book: RuleBook, moment: Moment, customer_ids: Collection[int] | None) -> tuple[str, Sequence[Any]]:
    """Return the query of the customers with what the rules say of their figures as they are, raised and lowered."""
    raised, lowered = book.factors
    customers = Customer.objects.filter(merged_into=None).order_by()
    if customer_ids is not None:
        customers = customers.filter(pk__in=customer_ids)
    return (
        customers.annotate(  # type: ignore[no-redef]
            target=_tier_by(book, moment.today, ONE),
            raised=_tier_by(book, moment.today, raised),
            lowered=_tier_by(book, moment.today, lowered),
            rule_id=_rule_by(book, moment.today),
            arr=F("mrr") * Value(MONTHS),
            figures=JSONObject(**_kept_figures(book, moment.today)),
        )
        .values_list(
            "id", "tier", "tier_since", "updated_at", "target", "raised", "lowered", "rule_id", "arr", "figures"
        )
        .query.sql_with_params()
    )


def _tier_by(book: RuleBook, today: date, factor: Decimal) -> Case:
    whens = [
        When(compile_tree(rule.conditions, today=today, factor=factor), then=_text(rule.tier)) for rule in book.rules
    ]
    return Case(*whens, default=_text(book.fallback_tier), output_field=TextField())


def _rule_by(book: RuleBook, today: date) -> Case:
    whens = [When(compile_tree(rule.conditions, today=today), then=Value(rule.id)) for rule in book.rules]
    return Case(*whens, default=Value(0), output_field=BigIntegerField())


def _text(value: str) -> Value:
    return Value(value, output_field=TextField())


def _kept_figures(book: RuleBook, today: date) -> dict[str, Combinable]:
    """Return what a move keeps of the customer: what the rules asked, and always the money and the seats."""
    asked = {c.field.key: c.field for rule in book.rules for c in conditions_in(rule.conditions)}
    kept = {field.key: field for field in RULE_FIELDS if field.key in ALWAYS_KEPT} | asked
    return {key: fact_expression(field, today=today) for key, field in kept.items()}


def _positional(outer: str, named: dict[str, Any], customers: str, inner: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return the outer query around the customers' own, whose parameters are positional, as Django writes them."""
    written: list[str] = []
    values: list[Any] = []
    for piece in re.split(r"(%\(\w+\)s|\{customers\})", outer):
        if piece == "{customers}":
            written.append(customers)
            values += inner
        elif piece.startswith("%("):
            written.append("%s")
            values.append(named[piece[2:-2]])
        else:
            written.append(piece)
    return "".join(written), values
