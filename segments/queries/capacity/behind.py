"""The customers behind a CSM's number: minutes by cause in some weeks, or time given."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from segments.capacity.inputs import DAYS_A_MONTH, NEAR_DAYS, EventPlan, Terms
from segments.queries.capacity.keyset import WeightPage, weight_page
from segments.queries.capacity.portfolios import EVENTS, PLAN, plan_params

# The weight is in thousandths of a minute, so that the order is of whole numbers.
CUSTOMERS = f"""
WITH plan AS ({PLAN}), held AS (
    SELECT c.id, c.name, a.tier, c.mrr, c.stage, c.renews_on, c.signed_up_on
    FROM accounts_assignment a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.person_id = %(person)s AND a.role = 'csm' AND a.ends_at IS NULL
), events AS ({EVENTS.format(key="id")}), taken AS (
    SELECT e.id, e.event, LEAST(e.beyond, %(beyond)s) - GREATEST(e.begins, %(first)s) AS days,
        (LEAST(e.beyond, %(beyond)s) - GREATEST(e.begins, %(first)s))::float8 * r.minutes / r.days AS minutes
    FROM events e JOIN unnest(
        %(plan_events)s::text[], %(plan_tiers)s::text[], %(plan_days)s::int[], %(plan_minutes)s::int[]
    ) AS r (event, tier, days, minutes) ON r.event = e.event AND r.tier = e.tier
)
SELECT h.id, h.name, h.tier, 12 * h.mrr AS arr, h.stage, h.renews_on,
    o.minutes AS ordinary, COALESCE(r.minutes, 0) AS renewal, COALESCE(b.minutes, 0) AS onboarding,
    o.minutes + COALESCE(r.minutes, 0) + COALESCE(b.minutes, 0) AS minutes,
    round((o.minutes + COALESCE(r.minutes, 0) + COALESCE(b.minutes, 0)) * 1000)::bigint AS weight
FROM held h
JOIN unnest(%(tiers)s::text[], %(ordinary)s::float8[]) AS o (tier, minutes) ON o.tier = h.tier
LEFT JOIN taken r ON r.id = h.id AND r.event = 'renewal'
LEFT JOIN taken b ON b.id = h.id AND b.event = 'onboarding'
"""  # noqa: S608 - made of constants

GIVEN = """
SELECT c.id, c.name, c.tier, 12 * c.mrr AS arr, sum(e.minutes) AS minutes, count(*) AS entries, max(e."on") AS last,
    sum(e.minutes) AS weight
FROM segments_timeentry e JOIN accounts_customer c ON c.id = e.customer_id
WHERE e.person_id = ANY(%(people)s) AND e."on" > %(since)s AND e."on" <= %(today)s
    AND (%(tier)s IS NULL OR c.tier = %(tier)s)
GROUP BY c.id
"""


def customers_behind(
    person_id: int, terms: Terms, first: date, weeks: int, *, cursor: str = "", size: int = 50
) -> WeightPage:
    """Return the person's customers with the minutes they take in so many weeks, the most first; one query.

    Raises Invalid for a cursor that this list did not make.
    """
    params: dict[str, Any] = {
        "person": person_id,
        "tiers": list(terms.planned_minutes),
        "ordinary": [terms.weekly_minutes(tier, 1) * weeks for tier in terms.planned_minutes],
        "plan_minutes": _plan_minutes(terms.events),
        **plan_params(terms.events, first, weeks),
    }
    return weight_page(CUSTOMERS, params, cursor=cursor, size=size)


def given_by(
    people_ids: Collection[int], today: date, *, tier: str | None = None, cursor: str = "", size: int = 50
) -> WeightPage:
    """Return the customers, of one tier or of all, to which these people gave time in the last four weeks.

    The most first; one query. Raises Invalid for a cursor that this list did not make.
    """
    since = today - timedelta(days=NEAR_DAYS)
    params = {"people": list(people_ids), "tier": tier, "since": since, "today": today}
    return weight_page(GIVEN, params, cursor=cursor, size=size)


def planned_near(terms: Terms, tier: str) -> float:
    """Return the minutes that a customer of the tier is planned in four weeks."""
    return terms.planned_minutes.get(tier, 0) * NEAR_DAYS / DAYS_A_MONTH


def _plan_minutes(events: Mapping[tuple[str, str], EventPlan]) -> list[int]:
    return [plan.minutes for plan in events.values() if plan.minutes]
