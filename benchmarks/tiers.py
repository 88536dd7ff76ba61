"""The reassignment of tiers against the bare SQL that does the same, its memory, and the simulation.

Every measurement has a physical copy of one seeded database of its own, so that product and reference begin equal.
`BENCH_CUSTOMERS` and `BENCH_ROUNDS` make it smaller for a try.
"""

import contextlib
import multiprocessing
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from benchmarks.line import Line

CUSTOMERS = int(os.environ.get("BENCH_CUSTOMERS", "1000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
AT_MOST = 1.5
MEMORY_GROWTH_MB = 150
SIMULATION_SECONDS = 2
COPY = "bench_cs_platform_copy"

# ARR from 0 to 120,000 in even steps, one brand in 500, tiers as the default rules have them; every twentieth customer
# stands in a tier that is not its own, and its figures are far enough from every threshold to move it.
SEED = """
INSERT INTO accounts_customer (name, domain, country, industry, language, time_zone, is_brand, is_strategic, edition,
    seats, stage, tags, signed_up_on, custom, tier, tier_since, mrr, figures_on, created_at, updated_at)
SELECT 'Customer ' || n, 'customer' || n || '.example', 'US', 'Software', 'en', 'UTC', n %% 500 = 0, false, 'Team',
    n %% 300, 'adoption', '{}', DATE '2020-01-01' + n %% 2000, '{}',
    CASE WHEN n %% 20 = 0 THEN CASE own.tier WHEN 'tech' THEN 'low' WHEN 'low' THEN 'high' ELSE 'tech' END
         ELSE own.tier END,
    now() - interval '100 days', own.mrr, current_date, now() - interval '200 days', now() - interval '100 days'
FROM generate_series(1, %(customers)s) AS n
CROSS JOIN LATERAL (SELECT (CASE WHEN n %% 20 = 0 THEN (n / 20) %% 3 * 3000 ELSE n %% 10000 END)::numeric AS mrr) AS m
CROSS JOIN LATERAL (
    SELECT m.mrr, CASE WHEN n %% 500 = 0 OR m.mrr * 12 >= 60000 THEN 'high' WHEN m.mrr * 12 >= 12000 THEN 'low'
                       ELSE 'tech' END AS tier
) AS own
"""
# A hundred CSMs within their limits, so that portfolios follow and simulations have somebody to tell of.
SEED_PEOPLE = """
INSERT INTO accounts_user (email, name, password, kind, is_active, job_title, language, spoken_languages, time_zone,
    country, takes_customers, date_joined)
SELECT 'csm' || n || '@company.example', 'CSM ' || n, '!', 'staff', true, '', 'en', '{}', 'UTC', '', true, now()
FROM generate_series(1, 100) AS n;
INSERT INTO accounts_rolegrant (user_id, role, granted_at) SELECT id, 'csm', now() FROM accounts_user;
INSERT INTO accounts_assignment (customer_id, person_id, role, tier, starts_at, source, why, over_limit_reason,
    ended_why, handover_note)
SELECT c.id, p.id, 'csm', c.tier, now(), 'automatic', '', '', '', ''
FROM (SELECT id, tier, row_number() OVER (PARTITION BY tier ORDER BY id) - 1 AS place FROM accounts_customer) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_user) p
    ON p.place = c.place / CASE c.tier WHEN 'high' THEN 15 ELSE 80 END
WHERE c.tier IN ('high', 'low');
"""

# What somebody would write who knows the rules by heart: one pass, and the history from what it returns.
BARE = """
WITH moved AS (
    UPDATE accounts_customer c SET tier = {target}, tier_since = now(), updated_at = now()
    WHERE merged_into_id IS NULL AND tier IS DISTINCT FROM {target}
    RETURNING id, old.tier AS from_tier, new.tier AS to_tier, mrr, seats, is_brand, is_strategic, stage
)
INSERT INTO segments_tiermove (customer_id, from_tier, to_tier, status, reason, rule_set_id, rule_id, rule_name,
    figures, arr, why, run_id, created_at, decision_note)
SELECT m.id, m.from_tier, m.to_tier, 'applied', 'rule', r.rule_set_id, r.id, r.name,
    jsonb_build_object('arr', m.mrr * 12, 'mrr', m.mrr, 'seats', m.seats, 'is_brand', m.is_brand,
                       'is_strategic', m.is_strategic, 'stage', m.stage),
    m.mrr * 12, r.name, NULL, now(), ''
FROM moved m
JOIN segments_ruleset s ON s.status = 'active'
JOIN segments_rule r ON r.rule_set_id = s.id AND r.position = CASE m.to_tier WHEN 'high' THEN 3 ELSE 4 END
"""
TARGET = """
CASE WHEN is_brand AND stage NOT IN ('lead', 'churned') THEN 'high'
     WHEN is_strategic AND stage NOT IN ('lead', 'churned') THEN 'high'
     WHEN mrr * 12 >= 60000 THEN 'high' WHEN mrr * 12 >= 12000 THEN 'low' ELSE 'tech' END
"""


def run() -> list[Line]:
    """Return the lines: the run against bare SQL, its memory at a tenth and at all customers, the simulation."""
    tenth = max(CUSTOMERS // 10, 1)
    with _seeded(tenth) as name:
        memory_of_tenth = _measured(_reassign, name).peak_mb
        simulation = _measured(_simulate, name).seconds
    products, references = [], []
    with _seeded(CUSTOMERS) as name:
        # In turns, so that what else the machine does falls on both.
        for _ in range(ROUNDS):
            references.append(_measured(_bare, name))
            products.append(_measured(_reassign, name))
    _require_equal(products[0].moved, references[0].moved)
    return [
        Line(
            name=f"Reassign {CUSTOMERS:,} customers, {products[0].moved:,} of them moving",
            figure=statistics.median(one.seconds for one in products),
            unit="s",
            reference=statistics.median(one.seconds for one in references),
            reference_name="the bare SQL",
            at_most=AT_MOST,
        ),
        Line(
            name=f"Memory of that worker: growth from {tenth:,} to {CUSTOMERS:,} customers",
            figure=max(one.peak_mb for one in products) - memory_of_tenth,
            unit="MB",
            reference=MEMORY_GROWTH_MB,
            reference_name="allowed",
            at_most=1,
        ),
        Line(
            name=f"Simulate a draft at {tenth:,} customers",
            figure=simulation,
            unit="s",
            reference=SIMULATION_SECONDS,
            reference_name="allowed",
            at_most=1,
        ),
    ]


@dataclass(frozen=True)
class Measured:
    """What one piece of work took; the memory is the process's peak."""

    seconds: float
    peak_mb: float
    moved: int


# --- databases ----------------------------------------------------------------------------------
@contextlib.contextmanager
def _seeded(customers: int) -> Iterator[str]:
    """Give the name of a copy of the empty database that holds so many customers."""
    empty, name = connection.settings_dict["NAME"], f"{connection.settings_dict['NAME']}_{customers}"
    with _copied(empty, name):
        connection.settings_dict["NAME"] = name
        try:
            with connection.cursor() as cursor:
                cursor.execute(SEED, {"customers": customers})
                cursor.execute(SEED_PEOPLE)
                _write_draft()
                cursor.execute("VACUUM ANALYZE")
        finally:
            connection.close()
            connection.settings_dict["NAME"] = empty
        yield name


@contextlib.contextmanager
def _copied(source: str, name: str) -> Iterator[None]:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY file_copy')
        cursor.execute("CHECKPOINT")
    try:
        yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _measured(work: Callable[[], int], source: str) -> Measured:
    """Return what the work took in a process of its own on a fresh copy of the database."""
    with _copied(source, COPY), multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_in_process, (work, COPY))


def _in_process(work: Callable[[], int], name: str) -> Measured:
    import django

    django.setup()
    from cs_platform.celery import app

    # A broker that takes the poke at once, as a worker's own does.
    app.conf.broker_url = "memory://localhost/"
    connection.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    started = time.perf_counter()
    moved = work()
    seconds = time.perf_counter() - started
    connection.close()
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, moved)


# --- the work -----------------------------------------------------------------------------------
def _reassign() -> int:
    from segments.reassignment import reassign

    return reassign(trigger="command")["moved"]


def _bare() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BARE.format(target=TARGET))
        return cursor.rowcount


def _simulate() -> int:
    from accounts.models import Customer
    from segments.models import RuleSet
    from segments.simulation import simulate

    # Whoever may see everything: the examples are looked for among all customers.
    draft = RuleSet.objects.get(status=RuleSet.Status.DRAFT)
    return simulate(draft, visible=Customer.objects.filter(merged_into=None)).moving


def _write_draft() -> None:
    """Write a draft by which high touch begins at a third more ARR."""
    from segments.actions.rule_sets import create_draft, save_draft
    from segments.queries.rule_sets import active_rule_set, content_of

    draft = create_draft(actor=None, copy_of=active_rule_set())
    content = content_of(draft)
    for rule in content["rules"]:
        for condition in rule["conditions"]["all"]:
            if condition["value"] == 60_000:
                condition["value"] = 80_000
    save_draft(actor=None, rule_set=draft, content=content)


def _require_equal(product: int, reference: int) -> None:
    if product != reference:
        raise AssertionError(f"The product moved {product:,} customers, the bare SQL {reference:,}.")
