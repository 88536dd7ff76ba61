"""What stands above a portfolio: limits used, ARR held, renewals ahead, hours left."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Assignment, Customer, Role, Tier, User
from segments.models import TierTerms, TimeEntry
from segments.queries import portfolio_load
from segments.queries.allowances import company_today, month_of
from segments.queries.portfolios import Load

RENEWAL_DAYS = 90


@dataclass(frozen=True)
class TierLoad:
    """How full one tier of a portfolio is."""

    tier: str
    load: Load

    @property
    def label(self) -> str:
        """Return the tier's name."""
        return str(Tier(self.tier).label)

    @property
    def text(self) -> str:
        """Return the figures: "12 of 15", or "12" where there is no limit."""
        return f"{self.load.used} of {self.load.limit}" if self.load.limit is not None else str(self.load.used)

    @property
    def tone(self) -> str:
        """Return how the bar looks: bad past the limit, warn from nine tenths on."""
        return "bad" if self.load.over else "warn" if self.load.share >= 0.9 else "good"


@dataclass(frozen=True)
class Summary:
    """A portfolio in figures; money in the company's currency, hours of this month in minutes."""

    customers: int
    arr: Decimal
    renewals: int
    renewing_arr: Decimal
    minutes_promised: int
    minutes_used: int
    past_allowance: int
    roles: list[tuple[str, int]]
    tiers: list[TierLoad]

    @property
    def minutes_left(self) -> int:
        """Return what is left of the hours promised this month; below zero where more was given."""
        return self.minutes_promised - self.minutes_used


def summary_of(person: User, customers: QuerySet[Customer]) -> Summary:
    """Return the figures of a person's portfolio over these customers of it, in a fixed number of queries."""
    today = timezone.localdate()
    soon = Q(renews_on__gte=today, renews_on__lte=today + timedelta(days=RENEWAL_DAYS))
    totals = customers.order_by().aggregate(
        count=Count("pk"),
        held=Coalesce(Sum("mrr"), Decimal(0)),
        renewals=Count("pk", filter=soon),
        renewing=Coalesce(Sum("mrr", filter=soon), Decimal(0)),
    )
    promised, used, past = _hours(customers)
    roles = (
        Assignment.objects.filter(person=person, ends_at=None, customer__in=customers.order_by().values("pk"))
        .order_by()
        .values_list("role")
        .annotate(Count("id"))
    )
    loads = portfolio_load([person])[person.pk]
    return Summary(
        customers=totals["count"],
        arr=totals["held"] * 12,
        renewals=totals["renewals"],
        renewing_arr=totals["renewing"] * 12,
        minutes_promised=promised,
        minutes_used=used,
        past_allowance=past,
        roles=sorted(((role, count) for role, count in roles), key=lambda pair: -pair[1]),
        tiers=[
            TierLoad(tier, loads[tier])
            for tier in Tier.values
            if loads[tier].used or (loads[tier].limit is not None and tier != Tier.TECH)
        ],
    )


def _hours(customers: QuerySet[Customer]) -> tuple[int, int, int]:
    """Return the minutes promised and used this month by customers with an allowance, and how many are past theirs."""
    first, beyond = month_of(company_today())
    terms = {tier: one.monthly_minutes for tier, one in TierTerms.current().items() if one.monthly_minutes}
    entitled = customers.order_by().filter(tier__in=terms)
    counts = dict(entitled.values_list("tier").annotate(Count("pk")))
    used = list(
        TimeEntry.objects.filter(customer__in=entitled.values("pk"), on__gte=first, on__lt=beyond)
        .order_by()
        .values("customer_id")
        .annotate(minutes=Sum("minutes"), tier=F("customer__tier"))
    )
    return (
        sum(terms[tier] * count for tier, count in counts.items() if tier),
        sum(row["minutes"] for row in used),
        sum(row["minutes"] > terms[row["tier"]] for row in used),
    )


@dataclass(frozen=True)
class PersonLoad:
    """One person's portfolio as a manager sees it among others'."""

    person: User
    tiers: list[TierLoad]
    customers: int
    arr: Decimal

    @property
    def is_over(self) -> bool:
        """Tell whether any tier is past its limit."""
        return any(tier.load.over for tier in self.tiers)


def team_loads(people: QuerySet[User], *, limit: int = 50) -> list[PersonLoad]:
    """Return the CSMs among these people with how full they are, the fullest first, in a fixed number of queries."""
    holds = Assignment.objects.filter(person=OuterRef("pk"), ends_at=None, role=Role.CSM)
    is_csm = Q(role_grants__role=Role.CSM)
    found = list(people.filter(Exists(holds) | is_csm, is_active=True).distinct().order_by("name", "pk")[:limit])
    loads = portfolio_load(found)
    rows = []
    for person in found:
        tiers = [
            TierLoad(tier, load)
            for tier, load in loads[person.pk].items()
            if load.used or (load.limit is not None and tier != Tier.TECH)
        ]
        rows.append(
            PersonLoad(person, tiers, sum(t.load.used for t in tiers), sum((t.load.arr for t in tiers), Decimal(0)))
        )
    return sorted(rows, key=lambda row: -max((t.load.share for t in row.tiers), default=0))
