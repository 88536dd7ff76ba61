"""A what-if over a large company against the simulation of the same rules: a lower line, one leaves, ten are hired.

`BENCH_SCENARIO_CUSTOMERS` makes the company smaller for a try.
"""

import os
import time
from collections.abc import Callable
from decimal import Decimal

from django.db import connection

from benchmarks import lists
from benchmarks.line import Line
from segments.models import RuleSet, TierTerms
from segments.queries.scenarios import compare
from segments.scenarios.changes import Changes, Hire
from segments.simulation import simulate

CUSTOMERS = int(os.environ.get("BENCH_SCENARIO_CUSTOMERS", "100000"))
ROUNDS = 5
# Beside the plan that a simulation makes, a what-if reads and counts everybody's hours twice and places customers.
AT_MOST = 6
SECONDS = 2

# Money as the default rules have it: from 4,100 a month high, from 1,000 low; four languages, no zones.
MONEY = """
UPDATE accounts_customer SET
    mrr = CASE tier WHEN 'high' THEN 5000 + id %% 5000 WHEN 'low' THEN 1000 + id %% 3900 ELSE id %% 990 END,
    language = (ARRAY['en', 'de', 'fr', 'es'])[1 + id %% 4], country = (ARRAY['US', 'DE', 'FR', 'ES'])[1 + id %% 4],
    time_zone = ''
"""


def run() -> list[Line]:
    """Return the what-if's line, and the one of its promise in seconds."""
    lists._make_people()
    lists._grow(0, CUSTOMERS)
    TierTerms.objects.filter(tier="high").update(portfolio_limit=15)
    TierTerms.objects.filter(tier="low").update(portfolio_limit=80)
    with connection.cursor() as cursor:
        cursor.execute(MONEY, [])
        cursor.execute("VACUUM ANALYZE")
    company = compare([]).company
    low = next(one for one in company.thresholds if one.tier == "low")
    monday = company.inputs.first_monday
    changes = Changes(
        thresholds={low.key: low.value * Decimal("0.9")},
        leaving={company.inputs.people[0].person_id: monday},
        hires=(Hire(10, monday),),
    )
    rules = RuleSet.objects.get(status=RuleSet.Status.ACTIVE)
    found = _best(lambda: compare([changes]))
    bare = _best(lambda: simulate(rules))
    name = f"what-if of {CUSTOMERS:,} customers"
    return [
        Line(name, found * 1000, "ms", bare * 1000, "simulation of the same rules", at_most=AT_MOST),
        Line(f"{name} in seconds", found, "s", SECONDS, "promised", at_most=1),
    ]


def _best(work: Callable[[], object]) -> float:
    """Return the seconds of the quickest round: what the work takes when nothing else runs on the machine."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)
