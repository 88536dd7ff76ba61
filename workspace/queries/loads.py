"""Portfolios past their limits."""

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Assignment, Role
from segments.models import PersonLimit, TierTerms


def crowded_portfolios() -> list[tuple[int, str | None]]:
    """Return (person id, tier) of each part of a portfolio with more customers than its limit."""
    own = PersonLimit.objects.filter(person=OuterRef("person"), tier=OuterRef("tier")).values("portfolio_limit")
    general = TierTerms.objects.filter(tier=OuterRef("tier")).values("portfolio_limit")
    found = (
        Assignment.objects.filter(ends_at=None, role=Role.CSM)
        .order_by()
        .values("person_id", "tier")
        .annotate(held=Count("id"), limit=Coalesce(Subquery(own), Subquery(general)))
        .filter(held__gt=F("limit"))
    )
    return [(row["person_id"], row["tier"]) for row in found]


def over_limit() -> Q:
    """Return what is true of customers in a part of a portfolio that is past its limit."""
    crowded = Q(pk__in=[])
    for person_id, tier in crowded_portfolios():
        crowded |= Q(person_id=person_id, tier=tier)
    within = Assignment.objects.filter(crowded, ends_at=None, role=Role.CSM)
    return Q(pk__in=within.values("customer_id"))
