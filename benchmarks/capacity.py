"""The capacity page of a large company against the bare work that it can't avoid, and against a small company's.

The bare work is the SQL that yields the same numbers, working hours included, and the page's two tables rendered from
constants. `BENCH_CAPACITY_CSMS` makes the large company smaller for a try; it has 500 customers for each CSM.
"""

import gc
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, RoleGrant, Team, User
from benchmarks import capacity_sql as sql
from benchmarks.line import Line
from calendars.rules.public_holidays import holidays_between
from segments.capacity.inputs import NEAR_DAYS, WEEKS, planning_monday
from segments.models import TierTerms
from segments.queries.capacity.page import CapacityPage, capacity_page

SMALL = 10
LARGE = int(os.environ.get("BENCH_CAPACITY_CSMS", "200"))
CUSTOMERS_A_CSM = 500
TEAM = 10
# The quickest of all is what the work takes when nothing else runs on the machine.
ROUNDS = 9
WARM = 2
AT_MOST = 2
ADDRESS = "/capacity/"
TABLES = ("segments/capacity/_people.html", "segments/capacity/_heat.html")
COUNTRIES = ("DE", "US", "IN", "GB")


def run() -> list[Line]:
    """Return the page's milliseconds against the bare work's, its growth with the company, and its queries."""
    _make_company()
    _grow(0, SMALL)
    small_page, small_bare, small_queries = _measured()
    _grow(SMALL, LARGE)
    page, bare, queries = _measured()
    size = f"{LARGE:,} CSMs and {LARGE * CUSTOMERS_A_CSM:,} customers"
    beginning = f"of {SMALL} CSMs and {SMALL * CUSTOMERS_A_CSM:,} customers"
    return [
        Line(f"capacity page, {size}", page, "ms", bare, "bare SQL and tables from constants", at_most=AT_MOST),
        Line("capacity page, small company", small_page, "ms", small_bare, "bare SQL and tables from constants"),
        Line(f"capacity page, {size}: growth", page, "ms", small_page, beginning),
        Line(f"capacity page, {size}: queries", queries, "queries", small_queries, beginning, at_most=1),
    ]


def _measured() -> tuple[float, float, int]:
    """Return the quickest request, the quickest bare work and the request's queries, measured in turns."""
    admin = User.objects.get(email="admin@company.example")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    constants = capacity_page(admin)
    params = _params(constants.today)
    _compare(constants, params)
    requests, bares = [], []
    for number in range(WARM + ROUNDS):
        gc.collect()
        taken = _milliseconds(lambda: _get(client))
        bare = _milliseconds(lambda: _bare(params, constants, admin))
        if number >= WARM:
            requests.append(taken)
            bares.append(bare)
    with CaptureQueriesContext(connection) as captured:
        _get(client)
    return min(requests), min(bares), len(captured)


def _get(client: Client) -> None:
    response = client.get(ADDRESS)
    if response.status_code != 200:
        raise RuntimeError(f"{ADDRESS} answered {response.status_code}")


def _bare(params: dict[str, Any], page: CapacityPage, admin: User) -> None:
    """Read the same numbers and render the same tables, and nothing else."""
    with connection.cursor() as cursor:
        for statement in sql.BARE:
            cursor.execute(statement, params)
            cursor.fetchall()
    request = RequestFactory().get(ADDRESS)
    request.user = AnonymousUser()
    for table in TABLES:
        render_to_string(table, {"page": page, "shell": {"currency": "USD"}, "request": request})


def _compare(page: CapacityPage, params: dict[str, Any]) -> None:
    """Raise where the bare SQL does not yield the page's numbers: then it would be no reference."""
    events = days = customers = 0
    with connection.cursor() as cursor:
        cursor.execute(sql.PROMISED, params)
        for _, _, event, _, number, _ in cursor.fetchall():
            if event is None:
                customers += number
            else:
                days += number
        cursor.execute(sql.AVAILABLE, params)
        free = sum(worked - (taken or 0) for _, _, worked, taken in cursor.fetchall())
        cursor.execute(sql.NEGLECTED, params)
        neglected = cursor.fetchall()[0][-2]
    people = [one.person for one in page.team.people]
    events = sum(sum(numbers) for person in people for numbers in person.event_days.values())
    found = (customers, days, float(free), neglected)
    shown = (page.total.customers, events, float(sum(sum(one.free) for one in people)), page.neglected.count)
    if found != shown:
        raise RuntimeError(f"The bare SQL finds {found}, the page {shown}.")


def _milliseconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _params(today: date) -> dict[str, Any]:
    first = planning_monday(today)
    last = first + timedelta(weeks=WEEKS, days=-1)
    closed = [(country, day) for country in COUNTRIES for day in holidays_between(country, "", first, last)]
    return {
        "today": today,
        "first": first,
        "beyond": last + timedelta(days=1),
        "since": today - timedelta(days=NEAR_DAYS),
        "silent": today - timedelta(days=90),
        "countries": list(COUNTRIES),
        "closed_countries": [country for country, _ in closed],
        "holidays": [day for _, day in closed],
    }


def _make_company() -> None:
    TierTerms.current()
    TierTerms.objects.update(portfolio_limit=None)
    TierTerms.objects.filter(tier="high").update(planned_minutes=480)
    TierTerms.objects.filter(tier="low").update(planned_minutes=90)
    admin = User.objects.create_user("admin@company.example", None, name="Admin")
    RoleGrant.objects.create(user=admin, role=Role.ADMINISTRATOR)
    Team.objects.bulk_create(Team(name=f"Team {number}") for number in range(LARGE // TEAM + 1))


def _grow(present: int, csms: int) -> None:
    """Add CSMs up to this many, with their customers and what happened with them."""
    numbers = {
        "first": present * CUSTOMERS_A_CSM + 1,
        "last": csms * CUSTOMERS_A_CSM,
        "first_csm": present + 1,
        "last_csm": csms,
        "team": TEAM,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.CUSTOMERS, numbers)
        cursor.execute(sql.PEOPLE, numbers)
        for table in ("segments_timeentry", "calendars_commitment", "segments_capacitysnapshot"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute(sql.LIFE.replace("%%", "%"))
        cursor.execute("VACUUM ANALYZE")
