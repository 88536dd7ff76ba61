"""Reads for what-ifs: the company as it is, who would change tier, and what comes of scenarios; nothing is written.

All is read in one transaction that the database itself holds to reading.
"""

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.access import people_within
from accounts.models import Assignment, CompanySettings, Customer, Role, User
from core.errors import Conflict
from segments.capacity.inputs import WEEKS, Terms, planning_monday
from segments.models import PersonLimit, Scenario
from segments.plan import Moment, plan_sql
from segments.queries.allowances import company_today
from segments.queries.capacity.inputs import inputs_for
from segments.queries.capacity.people import with_portfolios
from segments.queries.capacity.terms import terms_now
from segments.queries.placement import candidate_of, csms, without_csm
from segments.queries.rule_sets import active_rule_set, rule_book
from segments.rules import RuleBook
from segments.scenarios.changes import Changes
from segments.scenarios.company import Account, Company, Move, all_events
from segments.scenarios.outcome import Outcome
from segments.scenarios.thresholds import Threshold, book_with, thresholds_of
from segments.scenarios.working import settled, work_out
from segments.simulation import COMING, TOTALS, Sum

SHOWN_CUSTOMERS = 100
MOVES = """
WITH moving AS MATERIALIZED (
    SELECT customer_id, to_tier, rule_name, outcome FROM ({plan}) p WHERE p.outcome = ANY (%s)
)
SELECT c.id, c.mrr, coalesce(c.tier, ''), a.person_id, coalesce(a.tier, ''), coalesce(a.over_limit_reason, '') <> '',
    c.language, c.time_zone, c.country, c.stage, c.renews_on, c.signed_up_on,
    m.to_tier, m.rule_name, m.outcome, w.id IS NOT NULL
FROM moving m
JOIN accounts_customer c ON c.id = m.customer_id
LEFT JOIN accounts_assignment a ON a.customer_id = c.id AND a.role = 'csm' AND a.ends_at IS NULL
LEFT JOIN segments_tiermove w ON w.customer_id = c.id AND w.status = 'waiting' AND w.to_tier = m.to_tier
"""
ACCOUNT = ("mrr", "language", "time_zone", "country", "stage", "renews_on", "signed_up_on")


@dataclass(frozen=True)
class Looked:
    """What comes of one scenario, the changes that still apply, and in sentences those that do not."""

    outcome: Outcome
    changes: Changes
    gone: list[str]
    moves: list[Move]


@dataclass(frozen=True)
class Comparison:
    """Today, and scenarios beside it, all worked out from the same moment."""

    company: Company
    today: Outcome
    scenarios: list[Looked]


def compare(scenarios: Sequence[Changes]) -> Comparison:
    """Return what comes of the scenarios, beside today; a fixed number of queries for each scenario.

    Raises Invalid for a threshold that its rule does not take.
    """
    leaving = {person for changes in scenarios for person in changes.leaving}
    with reading_only():
        book = _active_book()
        company = _company(book, leaving)
        found = [settled(company, changes) for changes in scenarios]
        moves = [_moves(book, changes) for changes, _ in found]
    return Comparison(
        company,
        work_out(company, Changes()),
        [
            Looked(work_out(company, changes, moving), changes, gone, moving)
            for (changes, gone), moving in zip(found, moves, strict=True)
        ],
    )


@contextlib.contextmanager
def reading_only() -> Iterator[None]:
    """Let the database refuse whatever would write."""
    # Settings that nobody has touched are rows made at the first look, so that look comes before.
    CompanySettings.current()
    terms_now()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def _active_book() -> RuleBook | None:
    try:
        return rule_book(active_rule_set(), now=timezone.now())
    except Conflict:
        return None


def _company(book: RuleBook | None, leaving: Collection[int]) -> Company:
    people = list(
        with_portfolios(User.objects.filter(kind=User.Kind.STAFF)).select_related("team").order_by("name", "pk")
    )
    terms = terms_now()
    inputs = inputs_for(
        people, today=company_today(), weeks=WEEKS, terms=replace(terms, events=all_events(terms.events))
    )
    taking = [one for one in people if one.is_active and one.holds_role and one.takes_customers]  # type: ignore[attr-defined]
    return Company(
        inputs=replace(inputs, terms=terms),
        at=timezone.now(),
        candidates=tuple(candidate_of(one) for one in sorted(taking, key=lambda one: one.pk)),
        own_limits=frozenset(PersonLimit.objects.values_list("person_id", "tier")),
        totals=_totals(),
        waiting=_waiting(),
        portfolios=_portfolios(leaving) if leaving else {},
        thresholds=tuple(thresholds_of(book)) if book else (),
    )


def _totals() -> dict[str, Sum]:
    with connection.cursor() as cursor:
        cursor.execute(TOTALS)
        return {tier: Sum(count, arr) for tier, count, arr in cursor.fetchall()}


def _waiting() -> tuple[Account, ...]:
    rows = without_csm(Customer.objects.all()).order_by().values("pk", "tier", *ACCOUNT)
    return tuple(Account(**row) for row in rows)


def _portfolios(people: Collection[int]) -> dict[int, tuple[Account, ...]]:
    """Return whole portfolios by person, in one query."""
    fields = {name: F(f"customer__{name}") for name in ACCOUNT}
    rows = (
        Assignment.objects.filter(person__in=people, role=Role.CSM, ends_at=None)
        .order_by()
        .values_list("person_id", "customer_id", "customer__tier", "tier", "over_limit_reason", *fields.values())
    )
    found: dict[int, list[Account]] = defaultdict(list)
    for person, pk, tier, held_tier, over_limit, *values in rows:
        known = dict(zip(fields, values, strict=True))
        found[person].append(
            Account(pk, tier=tier or "", person=person, held_tier=held_tier, is_override=bool(over_limit), **known)
        )
    return {person: tuple(accounts) for person, accounts in found.items()}


def _moves(book: RuleBook | None, changes: Changes) -> list[Move]:
    """Return who would change tier with these thresholds, as a run right after activating them would move them."""
    if book is None or not changes.thresholds:
        return []
    moment = Moment.at(timezone.now())
    plan, values = plan_sql(book_with(book, changes.thresholds, at=moment.now), moment)
    with connection.cursor() as cursor:
        cursor.execute(MOVES.replace("{plan}", plan), [*values, [one.value for one in COMING]])
        return [_move(row) for row in cursor.fetchall()]


def _move(row: Sequence[Any]) -> Move:
    *account, to_tier, rule, outcome, waits_today = row
    return Move(Account(*account), to_tier, rule, outcome == "waiting", waits_today)


# --- what people see ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Basis:
    """What the form of a scenario starts from: today's numbers, and whom the person may change."""

    thresholds: tuple[Threshold, ...]
    terms: Terms
    first_monday: date
    people: tuple[User, ...]
    currency: str
    time_zone: str


def basis_for(user: User) -> Basis:
    """Return the basis of the person's scenarios, in a fixed number of queries."""
    book = _active_book()
    settings = CompanySettings.current()
    return Basis(
        thresholds=tuple(thresholds_of(book)) if book else (),
        terms=terms_now(),
        first_monday=planning_monday(company_today()),
        people=tuple(csms_to_change(user)),
        currency=settings.currency,
        time_zone=settings.time_zone,
    )


def scenarios_seen_by(user: User) -> QuerySet[Scenario]:
    """Return the person's own scenarios and those that others share, by name."""
    return Scenario.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner").order_by("name", "pk")


def csms_to_change(user: User) -> QuerySet[User]:
    """Return the CSMs about whom the person may make a scenario, by name."""
    return csms().filter(pk__in=people_within(user, "scenario.edit").values("pk")).order_by("name", "pk")


def customers_among(visible: QuerySet[Customer], ids: Collection[int]) -> list[Customer]:
    """Return up to a hundred of these customers, the largest ARR first, of those that are visible."""
    return list(visible.filter(pk__in=ids).order_by("-mrr", "-pk")[:SHOWN_CUSTOMERS])
