"""Reads a rebalance's problem out of the database: who carries whom, and what the guard rails look at."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format

from accounts.access import customers_within
from accounts.models import Assignment, CompanySettings, Role, User
from calendars.models import Absence
from segments.models import PersonLimit, Rebalance, TierPin, TierTerms
from segments.queries.placement import candidate_of, csms, without_csm
from segments.rebalancing import Csm, Customer, Problem, Rails

# A leave that begins within a month and lasts two weeks or more is no time to get to know new customers.
LEAVE_WITHIN = timedelta(days=30)
LONG_LEAVE = timedelta(days=14)
# A customer who changed its CSM within the last quarter is spared the next change where another will do.
LATELY = timedelta(days=90)
# More customers without a CSM than any team has places for; the biggest ARR first.
MOST_UNASSIGNED = 5_000
# What an undone rebalance writes where a customer comes back past a limit; it is no manager's wish for that CSM.
CAME_BACK = "Came back when a rebalance was undone"


def problem_of(rebalance: Rebalance, *, customer_ids: Collection[int] | None = None) -> Problem:
    """Return what the rebalance decides on, in at most nine queries; with `customer_ids` only these customers."""
    rails, at = Rails.read(rebalance.options), timezone.now()
    people = list(User.objects.filter(pk__in=rebalance.people).order_by("pk"))
    customers = [*_held(people, rails, at, customer_ids), *_without(rebalance, rails, customer_ids)]
    return Problem(tuple(csms_of(people, rails, at)), tuple(customers), rails, company_day(at), at)


def csms_of(people: list[User], rails: Rails, at: datetime) -> Iterator[Csm]:
    """Yield the people with their limits, and why somebody takes no customers; five queries."""
    ids = [person.pk for person in people]
    able = set(csms().filter(pk__in=ids).values_list("pk", flat=True))
    terms = {tier: one.portfolio_limit for tier, one in TierTerms.current().items()}
    own = {
        (person, tier): limit
        for person, tier, limit in PersonLimit.objects.filter(person__in=ids).values_list(
            "person", "tier", "portfolio_limit"
        )
    }
    away = long_leaves(ids, at)
    for person in people:
        leaves_all = person.pk in rails.emptied or person.pk not in able
        plain = candidate_of(person)
        yield Csm(
            pk=plain.pk,
            name=plain.name,
            languages=plain.languages,
            time_zone=plain.time_zone,
            country=plain.country,
            limits={tier: 0 if leaves_all else own.get((person.pk, tier), terms[tier]) for tier in rails.tiers},
            takes_none=_why_none(person, rails, able, away),
        )


def long_leaves(ids: Collection[int], at: datetime) -> dict[int, datetime]:
    """Return until when people are on a long leave that is on or near, by their ids; one query."""
    leaves = Absence.objects.filter(
        person__in=ids, cancelled_at=None, ends_at__gt=at, starts_at__lt=at + LEAVE_WITHIN
    ).filter(ends_at__gte=F("starts_at") + LONG_LEAVE)
    return dict(leaves.order_by("ends_at").values_list("person", "ends_at"))


def company_day(at: datetime) -> Any:
    """Return the day in the company's time zone."""
    return at.astimezone(ZoneInfo(CompanySettings.current().time_zone)).date()


def _why_none(person: User, rails: Rails, able: set[int], away: dict[int, datetime]) -> str:
    if person.pk not in able:
        return "is no CSM any more"
    if person.pk in rails.emptied:
        return "gives the portfolio over"
    if not person.takes_customers:
        return "takes no new customers"
    if person.pk in away:
        return f"is away until {date_format(timezone.localtime(away[person.pk]), 'j M Y', use_l10n=False)}"
    return ""


def _held(people: list[User], rails: Rails, at: datetime, customer_ids: Collection[int] | None) -> Iterator[Customer]:
    """Yield the customers in these people's portfolios; three queries."""
    rows = Assignment.objects.filter(
        person__in=[person.pk for person in people],
        role=Role.CSM,
        ends_at=None,
        tier__in=rails.tiers,
        customer__merged_into=None,
    )
    if customer_ids is not None:
        rows = rows.filter(customer__in=customer_ids)
    ids = rows.values("customer")
    pins = set(TierPin.objects.filter(ended_at=None, customer__in=ids).values_list("customer", flat=True))
    before = Assignment.objects.filter(role=Role.CSM, ends_at__gte=at - LATELY, customer__in=ids)
    lately = set(before.values_list("customer", flat=True))
    zone = ZoneInfo(CompanySettings.current().time_zone)
    values = rows.order_by("customer").values_list(
        "pk", "customer", "person", "tier", "starts_at", "over_limit_reason", *(f"customer__{one}" for one in _FIELDS)
    )
    for assignment, pk, person, tier, starts_at, let_past, own_tier, *rest in values.iterator(chunk_size=5_000):
        yield Customer(
            pk=pk,
            tier=tier,
            csm=person,
            assignment=assignment,
            held_since=starts_at.astimezone(zone).date(),
            is_pinned=pk in pins,
            is_let_past=bool(let_past) and let_past != CAME_BACK,
            is_changing=own_tier != tier,
            moved_lately=pk in lately,
            **_facts(*rest),
        )


def _without(rebalance: Rebalance, rails: Rails, customer_ids: Collection[int] | None) -> Iterator[Customer]:
    """Yield customers without a CSM that whoever asked may place; one query, none where they are left alone."""
    owner = rebalance.created_by
    if owner is None or not (rails.place_unassigned or customer_ids is not None):
        return
    found = without_csm(customers_within(owner, "assignment.change")).filter(tier__in=rails.tiers)
    if customer_ids is not None:
        found = found.filter(pk__in=customer_ids)
    rows = found.order_by("-mrr", "-pk").values_list("pk", *_FIELDS)[:MOST_UNASSIGNED]
    for pk, tier, *rest in rows:
        yield Customer(pk=pk, tier=tier or "", **_facts(*rest))


_FIELDS = ("tier", "name", "language", "time_zone", "country", "renews_on", "mrr")


def _facts(name: str, language: str, time_zone: str, country: str, renews_on: Any, mrr: Any) -> dict[str, Any]:
    return {
        "name": name,
        "language": language,
        "time_zone": time_zone,
        "country": country,
        "renews_on": renews_on,
        "arr": float(mrr * 12),
    }
