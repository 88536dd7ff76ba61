"""High- and low-touch customers that nobody carries."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from segments.capacity.inputs import Terms
from segments.queries.placement import PERSONAL_TIERS

# An anti-join reads both sides once; a lookup for each customer would be the slower way to count them all.
UNASSIGNED = """
SELECT c.tier, count(*), sum(c.mrr) FROM accounts_customer c
WHERE c.merged_into_id IS NULL AND c.tier = ANY(%s) AND NOT EXISTS (
    SELECT FROM accounts_assignment a WHERE a.customer_id = c.id AND a.role = 'csm' AND a.ends_at IS NULL)
GROUP BY c.tier
"""


@dataclass(frozen=True)
class Unassigned:
    """A tier's customers without a CSM; ARR in the company's currency, minutes a week that nobody has for them."""

    tier: str
    customers: int
    arr: Decimal
    weekly_minutes: float


def unassigned_by_tier(terms: Terms) -> list[Unassigned]:
    """Return the customers due a personal CSM who have none, by tier, in one query; every manager may place them."""
    with connection.cursor() as cursor:
        cursor.execute(UNASSIGNED, [[tier.value for tier in PERSONAL_TIERS]])
        found = {tier: (count, mrr) for tier, count, mrr in cursor.fetchall()}
    rows = []
    for tier in PERSONAL_TIERS:
        count, mrr = found.get(tier, (0, Decimal(0)))
        rows.append(Unassigned(tier.value, count, 12 * mrr, terms.weekly_minutes(tier, count)))
    return rows
