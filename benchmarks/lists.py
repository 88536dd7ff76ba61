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
# The quickest of so many requests is what the work takes when nothing else runs on the machine.
REQUESTS = 30
AT_MOST = 1.5
PORTFOLIO = 80
TEAM = 10

# One in fifty is high touch, one in six low touch; names, money and days spread evenly.
CUSTOMERS = """
INSERT INTO accounts_customer (name, external_id, domain, country, industry, language, time_zone, is_brand,
    is_strategic, edition, seats, stage, tags, signed_up_on, custom, tier, tier_since, mrr, renews_on, figures_on,
    created_at, updated_at)
SELECT md5(n::text) || ' Company', 'C-' || n, 'company' || n || '.example', 'US', 'Software', 'en', 'UTC', false,
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
    ("part of a name, administrator", "admin", "/customers/?q=3ac9"),
    ("the team's customers, manager", "manager", "/customers/?view=all"),
    ("the team's customers by ARR, manager", "manager", "/customers/?sort=-arr"),
    ("the team's customers, CSM", "csm1", "/customers/?view=all"),
    ("own portfolio, CSM", "csm1", "/portfolio/?view=all"),
)


def run() -> list[Line]:
    """Return a line for each page: milliseconds at the large size against the small one's."""
    _make_people()
    _grow(0, SMALL)
    small = [_milliseconds(who, address) for _, who, address in PAGES]
    _grow(SMALL, LARGE)
    lines = []
    for (what, who, address), before in zip(PAGES, small, strict=True):
        now = _milliseconds(who, address)
        lines.append(Line(f"list of {LARGE:,}: {what}", now, "ms", before, f"of {SMALL:,}", at_most=AT_MOST))
    return lines


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


def _milliseconds(who: str, address: str) -> float:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        User.objects.get(email=f"{who}@company.example"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    times = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        response = client.get(address)
        times.append((time.perf_counter() - begun) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")
    return min(times)
