"""Where time goes to the wrong tier: tech-touch customers that draw much, high-touch ones that get little."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, Window
from django.db.models.functions import Coalesce

from accounts.models import Assignment, Customer, Role, Tier
from segments.capacity.figures import TIERS, TeamCapacity
from segments.capacity.inputs import NEAR_DAYS, Terms
from segments.models import TimeEntry
from segments.queries.capacity.behind import planned_near
from segments.queries.capacity.keyset import WeightPage, weight_page
from segments.queries.contacts import last_contacts, without_contact

# A high-touch customer that got less than this part of its planned hours is neglected.
NEGLECTED_BELOW = 0.5
# What counts as much where low touch has no planned hours.
LEAST_MINUTES = 30
SHOWN = 5

# Summed up first, so that only the few with much time are looked up.
DRAWING = """
SELECT c.id, c.name, 12 * c.mrr AS arr, e.minutes, e.last, e.minutes AS weight
FROM (
    SELECT customer_id, sum(minutes) AS minutes, max("on") AS last FROM segments_timeentry
    WHERE person_id = ANY(%(people)s) AND "on" > %(since)s AND "on" <= %(today)s
    GROUP BY customer_id HAVING sum(minutes) >= %(least)s
) AS e JOIN accounts_customer c ON c.id = e.customer_id
WHERE c.tier = 'tech' AND c.merged_into_id IS NULL
"""


@dataclass(frozen=True)
class TierBalance:
    """A tier's time in the last four weeks: minutes given and minutes its customers are entitled to."""

    tier: str
    customers: int
    given: int
    entitled: float

    @property
    def share(self) -> float | None:
        """Return the given part of the entitled; None where nothing is."""
        return self.given / self.entitled if self.entitled else None


@dataclass(frozen=True)
class Found:
    """The first customers of a list, and how many there are."""

    rows: list[Any]
    count: int
    minutes: int = 0
    arr: Decimal = Decimal(0)


def tier_balances(team: TeamCapacity) -> list[TierBalance]:
    """Return for every tier what its customers got and what they are entitled to, from the figures alone."""
    terms = team.inputs.terms
    return [
        TierBalance(
            tier, team.customers[tier], team.logged_by_tier[tier], team.customers[tier] * planned_near(terms, tier)
        )
        for tier in TIERS
    ]


def much_for_tech(terms: Terms) -> int:
    """Return from how many minutes in four weeks on a tech-touch customer draws the effort of a personal tier."""
    return max(LEAST_MINUTES, round(planned_near(terms, Tier.LOW)))


def drawing_page(people_ids: Collection[int], terms: Terms, today: date, *, cursor: str = "") -> WeightPage:
    """Return tech-touch customers to which these people gave much in the last four weeks, the most first."""
    return weight_page(DRAWING, _drawing_params(people_ids, terms, today), cursor=cursor)


def drawing_first(people_ids: Collection[int], terms: Terms, today: date) -> Found:
    """Return the first of `drawing_page` with the count of all, in one query."""
    sql = f"""SELECT id, name, arr, minutes, count(*) OVER (), sum(minutes) OVER () FROM ({DRAWING}) AS drawing
        ORDER BY weight DESC, id DESC LIMIT {SHOWN}"""  # noqa: S608 - made of constants
    with connection.cursor() as cursor:
        cursor.execute(sql, _drawing_params(people_ids, terms, today))
        found = cursor.fetchall()
    rows = [{"id": pk, "name": name, "arr": arr, "minutes": minutes} for pk, name, arr, minutes, _, _ in found]
    return Found(rows, found[0][4], int(found[0][5])) if found else Found([], 0)


def _drawing_params(people_ids: Collection[int], terms: Terms, today: date) -> dict[str, Any]:
    since = today - timedelta(days=NEAR_DAYS)
    return {"people": list(people_ids), "since": since, "today": today, "least": much_for_tech(terms)}


def neglected(people_ids: Collection[int], terms: Terms, today: date) -> QuerySet[Customer]:
    """Return these people's high-touch customers that got too little, or nobody spoke with; in no order yet.

    `given` are the minutes of the last four weeks, by whomever; `is_silent` tells that nobody spoke with it for the
    days of the settings. Who became high touch within the four weeks is left out: it had no time to be neglected.
    """
    since = today - timedelta(days=NEAR_DAYS)
    held = Assignment.objects.filter(person__in=people_ids, role=Role.CSM, tier=Tier.HIGH, ends_at=None)
    given = (
        TimeEntry.objects.filter(customer=OuterRef("pk"), on__gt=since, on__lte=today)
        .order_by()
        .values("customer")
        .annotate(minutes=Sum("minutes"))
        .values("minutes")
    )
    quiet = without_contact(
        Customer.objects.filter(pk=OuterRef("pk")), today - timedelta(days=terms.days_without_contact)
    )
    customers = Customer.objects.filter(
        pk__in=held.values("customer_id"), merged_into=None, tier_since__date__lte=since
    ).annotate(
        given=Coalesce(Subquery(given), Value(0)),
        is_silent=Exists(quiet),
        csm_name=Subquery(held.filter(customer=OuterRef("pk")).values("person__name")[:1]),
    )
    return customers.filter(Q(given__lt=NEGLECTED_BELOW * planned_near(terms, Tier.HIGH)) | Q(is_silent=True))


def neglected_first(people_ids: Collection[int], terms: Terms, today: date) -> Found:
    """Return the neglected customers of the largest ARR with the count of all, in three queries."""
    every = Window(Count("pk")), Window(Sum("mrr"))
    rows = list(
        neglected(people_ids, terms, today)
        .annotate(all_count=every[0], all_mrr=every[1])
        .order_by(F("mrr").desc(), F("pk").desc())[:SHOWN]
    )
    with_last_contact(rows)
    return Found(rows, rows[0].all_count, arr=12 * rows[0].all_mrr) if rows else Found([], 0)


def with_last_contact(customers: list[Any]) -> None:
    """Tell each customer when it was last spoken with, as `last_contact`; two queries."""
    days = last_contacts([customer.pk for customer in customers]) if customers else {}
    for customer in customers:
        customer.last_contact = days.get(customer.pk)
