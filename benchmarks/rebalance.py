"""A rebalance from the worker's claim to the proposal in the database, against the seconds that it may take.

Every fifth portfolio is a fifth past its limits; customers speak seven languages in eight time zones, a sixth of them
renews soon. What is found is checked: nobody past a limit, no rail broken, every step told.
"""

import os
import time

from django.db import connection

from benchmarks.line import Line

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
SIZES = ((12, 2_000, 5.0), (100, 20_000, 60.0))

LANGUAGES = "ARRAY['en','de','fr','es','ja','pt','it']"
ZONES = """ARRAY['Europe/Berlin','Europe/London','America/New_York','America/Chicago','America/Los_Angeles',
    'Asia/Kolkata','Asia/Tokyo','Australia/Sydney']"""
# The database's own hash stands for chance, so that every run has the same company.
SEED = f"""
TRUNCATE accounts_customer, accounts_user CASCADE;
UPDATE segments_tierterms SET portfolio_limit = NULL;
INSERT INTO accounts_user (email, name, password, kind, is_active, job_title, language, spoken_languages, time_zone,
    country, takes_customers, date_joined)
SELECT 'csm' || n || '@company.example', 'CSM ' || n, '!', 'staff', true, '', 'en',
    ARRAY['en', ({LANGUAGES})[1 + n %% 7]], ({ZONES})[1 + n %% 8], '', true, now()
FROM generate_series(1, %(csms)s) AS n;
INSERT INTO accounts_rolegrant (user_id, role, granted_at) SELECT id, 'csm', now() FROM accounts_user;
INSERT INTO accounts_customer (name, domain, country, industry, language, time_zone, is_brand, is_strategic, edition,
    seats, stage, tags, signed_up_on, custom, tier, tier_since, mrr, renews_on, figures_on, created_at, updated_at)
SELECT 'Customer ' || n, '', '', '', ({LANGUAGES})[1 + (h >> 3) %% 7], ({ZONES})[1 + (h >> 6) %% 8], false, false, '',
    10, 'adoption', '{{}}', DATE '2020-01-01', '{{}}', CASE WHEN (h >> 9) %% 5 = 0 THEN 'high' ELSE 'low' END, now(),
    100 + (h >> 4) %% 9000, current_date + (h >> 5) %% 365, current_date, now(), now()
FROM generate_series(1, %(customers)s) AS n CROSS JOIN LATERAL (SELECT hashint4(n) & 1073741823 AS h) AS chance;
INSERT INTO accounts_assignment (customer_id, person_id, role, tier, starts_at, source, why, over_limit_reason,
    ended_why, handover_note)
SELECT c.id, p.id, 'csm', c.tier, now() - interval '1 day' * (c.h %% 1500), 'automatic', '', '', '', ''
FROM (SELECT id, tier, hashint8(id) & 1073741823 AS h FROM accounts_customer) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_user) p
    ON p.place = CASE WHEN (c.h >> 8) %% 16 = 0 THEN c.h %% %(csms)s / 5 * 5 ELSE c.h %% %(csms)s END;
UPDATE segments_tierterms t SET portfolio_limit = (
    SELECT ceil(1.08 * count(*) / %(csms)s) FROM accounts_customer c WHERE c.tier = t.tier
) WHERE t.tier <> 'tech';
ANALYZE;
"""


def run() -> list[Line]:
    """Return a line for each size: the slowest of the rounds."""
    return [_measured(*size) for size in SIZES]


def _measured(csms: int, customers: int, allowed: float) -> Line:
    from accounts.models import User

    with connection.cursor() as cursor:
        cursor.execute(SEED, {"csms": csms, "customers": customers})
    people = list(User.objects.values_list("pk", flat=True))
    rounds = [_round(people) for _ in range(ROUNDS)]
    seconds, moves, steps = max(rounds)
    return Line(
        name=f"Rebalance {csms} CSMs with {customers:,} customers: {moves:,} moves, told in {steps} steps",
        figure=seconds,
        unit="s",
        reference=allowed,
        reference_name="allowed",
        at_most=1,
    )


def _round(people: list[int]) -> tuple[float, int, int]:
    """Return the seconds, the moves and the steps told of one rebalance, whose outcome is checked."""
    from segments.actions.rebalances import run_rebalance, working
    from segments.models import Rebalance
    from segments.rebalancing import Rails

    rebalance = Rebalance.objects.create(people=people, options=Rails().kept())
    told: list[str] = []
    say = working.Lease.say

    def note(lease: working.Lease, share: float, step: str) -> None:
        told.append(step)
        say(lease, share, step)

    working.Lease.say = note  # type: ignore[method-assign]
    started = time.perf_counter()
    run_rebalance(rebalance.pk)
    seconds = time.perf_counter() - started
    working.Lease.say = say  # type: ignore[method-assign]
    rebalance.refresh_from_db()
    _check(rebalance)
    return seconds, rebalance.moves.count(), len(told)


def _check(rebalance) -> None:  # type: ignore[no-untyped-def]
    from segments.queries.rebalance_problems import problem_of
    from segments.queries.rebalances import loads_of
    from segments.rebalancing.rails import Nearness, broken_rails

    if rebalance.state != rebalance.State.PROPOSED:
        raise AssertionError(f"{rebalance.state}: {rebalance.error}")
    loads, problem = loads_of(rebalance), problem_of(rebalance)
    if not loads.moves or loads.past:
        raise AssertionError(f"{loads.moves} moves, {len(loads.past)} limits passed: {rebalance.result['shortfalls']}")
    near = Nearness(problem.at)
    customers = {one.pk: one for one in problem.customers}
    for customer, target in rebalance.moves.values_list("customer", "to_person"):
        if broken := broken_rails(problem, customers[customer], problem.by_pk[target], near):
            raise AssertionError(f"{customer}: {broken}")
