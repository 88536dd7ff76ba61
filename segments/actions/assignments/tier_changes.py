"""Portfolios after tier moves: whoever is now tech touch is released, the rest counts in its new tier."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.actions.portfolios import lock_people
from accounts.models import Assignment, Customer, Role, User
from core.transactions import repeated_transaction

# Follows either of the two below: ends the assignments and tells the timelines in one go.
END_AND_TELL = """
, ended AS (
    UPDATE accounts_assignment a
    SET ends_at = greatest(%(now)s, a.starts_at), ended_by_id = %(actor)s, ended_why = leaving.why,
        handover_note = p.name || ' was the CSM from ' || to_char(a.starts_at AT TIME ZONE %(zone)s, 'FMDD Mon YYYY')
            || ' to ' || to_char(%(now)s AT TIME ZONE %(zone)s, 'FMDD Mon YYYY') || '. ' || leaving.why || '.'
    FROM leaving JOIN accounts_user p ON p.id = leaving.person_id
    WHERE a.id = leaving.id
    RETURNING a.customer_id, a.person_id, p.name, a.ended_why, a.handover_note
)
INSERT INTO accounts_timelineentry (customer_id, at, kind, summary, why, actor_id, actor_name, data)
SELECT customer_id, %(now)s, 'assignment.closed', left(name || ' is no longer the CSM', 300), ended_why, %(actor)s,
    %(actor_name)s, jsonb_build_object('role', 'csm', 'person', person_id, 'handover_note', handover_note)
FROM ended
"""

LEAVING_TO_TECH = """
WITH leaving AS (
    SELECT a.id, a.person_id, %(why)s AS why
    FROM accounts_assignment a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.role = 'csm' AND a.ends_at IS NULL AND a.tier <> 'tech' AND c.tier = 'tech' AND c.merged_into_id IS NULL
      AND (%(ids)s::bigint[] IS NULL OR a.customer_id = ANY (%(ids)s::bigint[]))
)
"""

# In the new tier the biggest ARR stays with its CSM as far as places reach; what a manager let past a limit stays too.
LEAVING_FOR_WANT_OF_A_PLACE = """
WITH moved AS (
    SELECT a.id, a.person_id, c.tier AS tier, a.over_limit_reason <> '' AS is_override, c.mrr, a.customer_id
    FROM accounts_assignment a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.role = 'csm' AND a.ends_at IS NULL AND c.tier IN ('high', 'low') AND c.tier <> a.tier
      AND c.merged_into_id IS NULL AND (%(ids)s::bigint[] IS NULL OR a.customer_id = ANY (%(ids)s::bigint[]))
), portfolio AS (
    SELECT m.person_id, m.tier, coalesce(own.portfolio_limit, terms.portfolio_limit) AS places,
        (SELECT count(*) FROM accounts_assignment stays
         WHERE stays.person_id = m.person_id AND stays.role = 'csm' AND stays.tier = m.tier AND stays.ends_at IS NULL
           AND stays.id NOT IN (SELECT id FROM moved)) + m.overrides AS used
    FROM (SELECT person_id, tier, count(*) FILTER (WHERE is_override) AS overrides FROM moved GROUP BY 1, 2) m
    LEFT JOIN segments_personlimit own ON own.person_id = m.person_id AND own.tier = m.tier
    LEFT JOIN segments_tierterms terms ON terms.tier = m.tier
), ranked AS (
    SELECT m.id, m.person_id, m.tier, portfolio.places - portfolio.used AS free,
        row_number() OVER (PARTITION BY m.person_id, m.tier ORDER BY m.mrr DESC, m.customer_id) AS place
    FROM moved m JOIN portfolio ON portfolio.person_id = m.person_id AND portfolio.tier = m.tier
    WHERE NOT m.is_override
), leaving AS (
    SELECT id, person_id, 'Now ' || tier || ' touch, where this CSM has no place left' AS why
    FROM ranked WHERE place > free
)
"""


@repeated_transaction
def follow_tiers(
    *,
    actor: User | None = None,
    customer_ids: Iterable[int] | None = None,
    why: str = "Now tech touch",
    at: datetime | None = None,
) -> dict[str, int]:
    """Return how many customers were released to tech touch, displaced for lack of a place, and kept in a new tier.

    For the customers given, or all: whose tier is no longer that of its CSM's portfolio. Set-based, safe to repeat,
    and a part of the caller's transaction where there is one.
    """
    ids = None if customer_ids is None else sorted(set(customer_ids))
    if not _lock_moved(ids):
        return {"released": 0, "displaced": 0, "kept": 0}
    values = {
        "ids": ids,
        "now": at or timezone.now(),
        "zone": timezone.get_current_timezone_name(),
        "actor": actor.pk if actor else None,
        "actor_name": str(actor) if actor else "",
        "why": why.rstrip(".")[:300],
    }
    released = _end(LEAVING_TO_TECH, values)
    displaced = _end(LEAVING_FOR_WANT_OF_A_PLACE, values)
    kept = _follow(ids)
    return {"released": released, "displaced": displaced, "kept": kept}


def _lock_moved(ids: list[int] | None) -> bool:
    """Lock the customers that have moved, then their CSMs, each in order of id; tell whether there are any."""
    found = list(_moved(ids).values_list("customer_id", "person_id"))
    customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=[customer for customer, _ in found])
    # Reading the keys is enough to lock the rows.
    list(customers.order_by("pk").values_list("pk", flat=True))
    lock_people(person for _, person in found)
    return bool(found)


def _moved(ids: list[int] | None) -> Any:
    open_rows = Assignment.objects.filter(role=Role.CSM, ends_at=None, customer__merged_into=None)
    if ids is not None:
        open_rows = open_rows.filter(customer__in=ids)
    return open_rows.filter(~Q(customer__tier=F("tier")), customer__tier__isnull=False)


def _end(leaving: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(leaving + END_AND_TELL, values)
        return cursor.rowcount


def _follow(ids: list[int] | None) -> int:
    """Let the portfolios' rows count in the customers' own tiers; return how many changed."""
    # One statement for all tiers: two customers of one CSM may change places.
    own_tier = Customer.objects.filter(pk=OuterRef("customer_id")).values("tier")
    rows = Assignment.objects.filter(pk__in=_moved(ids).values("pk"))
    return rows.update(tier=Subquery(own_tier))
