"""The first page of a large company's lists against the same page of a small one's: whole requests, template included.

`BENCH_LIST_CUSTOMERS` makes the large company smaller for a try.
"""

import os
import time
from collections.abc import Sequence

from django.db import connection
from django.test import Client

from accounts.models import Role, RoleGrant, Team, User
from benchmarks.line import Line
from segments.models import TierTerms

SMALL = 1_000
LARGE = int(os.environ.get("BENCH_LIST_CUSTOMERS", "100000"))
# The quickest of all requests is what the work takes when nothing else runs on the machine.
ROUNDS = 8
WARM_REQUESTS = 2
REQUESTS = 2
AT_MOST = 1.5
PORTFOLIO = 80
TEAM = 10

# One in fifty is high touch, one in six low touch; names, money and days spread evenly.
CUSTOMERS = """
INSERT INTO accounts_customer (name, external_id, domain, country, industry, language, time_zone, is_brand,
    is_strategic, edition, seats, stage, tags, signed_up_on, custom, tier, tier_since, mrr, renews_on, figures_on,
    created_at, updated_at)
SELECT md5(n::text) || CASE WHEN n <= 1000 AND n %% 16 = 0 THEN ' Zephyr' ELSE ' Company' END,
    'C-' || n, 'company' || n || '.example', 'US', 'Software', 'en', 'UTC', false,
    false, 'Team', n %% 300, 'adoption', ARRAY['pilot', 'api'], DATE '2020-01-01' + n %% 2000, '{}',
    CASE WHEN n %% 50 = 0 THEN 'high' WHEN n %% 6 = 0 THEN 'low' ELSE 'tech' END, now(), n %% 9973,
    CASE WHEN n %% 3 > 0 THEN current_date + n %% 700 END, current_date, now(), now()
FROM generate_series(%s + 1, %s) AS n
"""
PEOPLE = """
INSERT INTO accounts_user (email, name, password, kind, is_active, job_title, language, spoken_languages, time_zone,
    country, takes_customers, date_joined, team_id)
SELECT 'csm' || n || '@company.example', 'CSM ' || n, '!', 'staff', true, '', 'en', '{}', 'UTC', '', true, now(),
    (SELECT id FROM accounts_team WHERE name = 'Team ' || n / %(team)s)
FROM generate_series(%(first)s, %(last)s) AS n;
INSERT INTO accounts_rolegrant (user_id, role, granted_at)
SELECT id, 'csm', now() FROM accounts_user u WHERE email LIKE 'csm%%'
    AND NOT EXISTS (SELECT FROM accounts_rolegrant g WHERE g.user_id = u.id);
INSERT INTO accounts_assignment (customer_id, person_id, role, tier, starts_at, source, why, over_limit_reason,
    ended_why, handover_note)
SELECT c.id, p.id, 'csm', c.tier, now(), 'automatic', '', '', '', ''
FROM (SELECT id, tier, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_customer c
      WHERE tier IN ('high', 'low') AND NOT EXISTS (SELECT FROM accounts_assignment a WHERE a.customer_id = c.id)) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_user u
      WHERE email LIKE 'csm%%' AND NOT EXISTS (SELECT FROM accounts_assignment a WHERE a.person_id = u.id)) p
    ON p.place = c.place / %(portfolio)s;
"""

# (what, who looks, address)
PAGES: Sequence[tuple[str, str, str]] = (
    ("all customers by name, administrator", "admin", "/customers/?view=all"),
    ("all customers by ARR, administrator", "admin", "/customers/?sort=-arr"),
    ("all customers by renewal, administrator", "admin", "/customers/?sort=-renewal"),
    ("low touch by name, administrator", "admin", "/customers/?tier=low"),
    ("part of a name, administrator", "admin", "/customers/?q=ephy"),
    ("the team's customers, manager", "manager", "/customers/?view=all"),
    ("the team's customers by ARR, manager", "manager", "/customers/?sort=-arr"),
    ("the team's customers, CSM", "csm1", "/customers/?view=all"),
    ("own portfolio, CSM", "csm1", "/portfolio/?view=all"),
)


def run() -> list[Line]:
    """Return a line for each page: milliseconds at the large size against the small one's.

    Both companies stand beside each other and are asked in turn, so that what else the machine does weighs on both.
    """
    large = str(connection.settings_dict["NAME"])
    small = f"{large}_small"
    _make_people()
    _grow(0, SMALL)
    try:
        _copy(large, small)
        _grow(SMALL, LARGE)
        return [_measure(what, who, address, large, small) for what, who, address in PAGES]
    finally:
        _use(large)
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{small}" WITH (FORCE)')


def _measure(what: str, who: str, address: str, large: str, small: str) -> Line:
    times: dict[str, list[float]] = {large: [], small: []}
    for _ in range(ROUNDS):
        for name, taken in times.items():
            _use(name)
            taken += _milliseconds(who, address)
    return Line(
        f"list of {LARGE:,}: {what}", min(times[large]), "ms", min(times[small]), f"of {SMALL:,}", at_most=AT_MOST
    )


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def _copy(name: str, copy: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')


def _make_people() -> None:
    TierTerms.current()
    TierTerms.objects.update(portfolio_limit=None)
    for email, role in (("admin", Role.ADMINISTRATOR), ("manager", Role.MANAGER)):
        person = User.objects.create_user(f"{email}@company.example", None, name=email.title())
        RoleGrant.objects.create(user=person, role=role)
    Team.objects.bulk_create(Team(name=f"Team {n}") for n in range(LARGE // PORTFOLIO // TEAM + 2))
    Team.objects.get(name="Team 0").managers.add(User.objects.get(email="manager@company.example"))


def _grow(present: int, customers: int) -> None:
    """Add customers up to this many, and CSMs for a fifth of them."""
    csms = User.objects.filter(email__startswith="csm").count()
    needed = (customers - present) // 5 // PORTFOLIO + 1
    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [present, customers])
        numbers = {"first": csms + 1, "last": csms + needed, "team": TEAM, "portfolio": PORTFOLIO}
        cursor.execute(PEOPLE, numbers)
        cursor.execute("VACUUM ANALYZE")


def _milliseconds(who: str, address: str) -> list[float]:
    """Return how long a few requests take, once the first ones have warmed the connection."""
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        User.objects.get(email=f"{who}@company.example"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    times = []
    for _ in range(WARM_REQUESTS + REQUESTS):
        begun = time.perf_counter()
        response = client.get(address)
        times.append((time.perf_counter() - begun) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
    return times[WARM_REQUESTS:]
