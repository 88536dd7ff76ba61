"""What is in portfolios, and how many days of which events fall into which week: one statement for all people.

Days are whole numbers, so that the sum over customers is the same in whatever order and by whichever page it is made.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from segments.capacity.inputs import DAYS_A_WEEK, EventPlan

# An event lies on the days from `begins` up to `beyond`: a renewal before its day, an onboarding from the first day on.
# `held` is read once; only those whose events touch the weeks looked at go on to be spread.
EVENTS = """
SELECT h.{key}, h.tier, p.event, h.renews_on - p.days AS begins, h.renews_on AS beyond
FROM held h JOIN plan p ON p.event = 'renewal' AND p.tier = h.tier
WHERE h.renews_on > %(first)s AND h.renews_on - p.days < %(beyond)s
UNION ALL
SELECT h.{key}, h.tier, p.event, h.signed_up_on, h.signed_up_on + p.days
FROM held h JOIN plan p ON p.event = 'onboarding' AND p.tier = h.tier
WHERE h.stage = 'onboarding' AND h.signed_up_on < %(beyond)s AND h.signed_up_on + p.days > %(first)s
"""
PLAN = """
SELECT * FROM unnest(%(plan_events)s::text[], %(plan_tiers)s::text[], %(plan_days)s::int[]) AS plan (event, tier, days)
"""
PORTFOLIOS = f"""
WITH plan AS ({PLAN}), held AS MATERIALIZED (
    SELECT a.person_id, a.tier, c.mrr, c.stage, c.renews_on, c.signed_up_on
    FROM accounts_assignment a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.person_id = ANY(%(people)s) AND a.role = 'csm' AND a.ends_at IS NULL
), events AS ({EVENTS.format(key="person_id")})
SELECT person_id, tier, NULL AS event, NULL::int AS week, count(*) AS number, sum(mrr) AS mrr
FROM held GROUP BY person_id, tier
UNION ALL
SELECT e.person_id, e.tier, e.event, w.week,
    sum(LEAST(e.beyond, %(first)s + 7 * w.week + 7) - GREATEST(e.begins, %(first)s + 7 * w.week)), NULL
FROM events e CROSS JOIN LATERAL generate_series(
    GREATEST(0, (e.begins - %(first)s) / 7), LEAST(%(weeks)s - 1, (e.beyond - 1 - %(first)s) / 7)
) AS w (week)
GROUP BY e.person_id, e.tier, e.event, w.week
"""  # noqa: S608 - made of the constants above


@dataclass
class Portfolio:
    """A person's customers and ARR by tier, and the days of their events in each week by (event, tier)."""

    customers: dict[str, int] = field(default_factory=dict)
    arr_by_tier: dict[str, Decimal] = field(default_factory=dict)
    event_days: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)


def portfolios_of(
    people_ids: Collection[int], events: Mapping[tuple[str, str], EventPlan], first: date, weeks: int
) -> dict[int, Portfolio]:
    """Return each person's portfolio over so many weeks from a Monday on, in one query."""
    found = {person: Portfolio() for person in people_ids}
    days: dict[tuple[int, tuple[str, str]], list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PORTFOLIOS, {"people": list(found), **plan_params(events, first, weeks)})
        for person, tier, event, week, number, mrr in cursor.fetchall():
            if event is None:
                found[person].customers[tier] = number
                found[person].arr_by_tier[tier] = 12 * mrr
            else:
                days.setdefault((person, (event, tier)), [0] * weeks)[week] = number
    for (person, kind), numbers in days.items():
        found[person].event_days[kind] = tuple(numbers)
    return found


def plan_params(events: Mapping[tuple[str, str], EventPlan], first: date, weeks: int) -> dict[str, Any]:
    """Return the parameters of the statements that spread events; those that take no time are left out."""
    plans = [(event, tier, plan.days) for (event, tier), plan in events.items() if plan.minutes]
    return {
        "plan_events": [event for event, _, _ in plans],
        "plan_tiers": [tier for _, tier, _ in plans],
        "plan_days": [days for _, _, days in plans],
        "first": first,
        "beyond": date.fromordinal(first.toordinal() + weeks * DAYS_A_WEEK),
        "weeks": weeks,
    }
