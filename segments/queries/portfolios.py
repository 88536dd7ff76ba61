"""Portfolios in figures: what each CSM carries in each tier and what it may carry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.models import Assignment, Role, Tier, User
from segments.models import PersonLimit, TierTerms


@dataclass(frozen=True)
class Load:
    """One CSM's customers of one tier; ARR in the company's currency, a limit of None means no limit."""

    used: int
    limit: int | None
    arr: Decimal
    overrides: int = 0
    own_limit: bool = False

    @property
    def free(self) -> int | None:
        """Return how many more customers fit (None: any number); never below zero."""
        return None if self.limit is None else max(0, self.limit - self.used)

    @property
    def has_room(self) -> bool:
        """Tell whether one more customer fits."""
        return self.limit is None or self.used < self.limit

    @property
    def over(self) -> int:
        """Return how many customers there are past the limit."""
        return max(0, self.used - self.limit) if self.limit is not None else 0

    @property
    def share(self) -> float:
        """Return the part of the limit that is used: 1 is full; 0 where there is no limit."""
        if self.limit is None:
            return 0.0
        return self.used / self.limit if self.limit else 1.0


def portfolio_load(people: Iterable[User]) -> dict[int, dict[str, Load]]:
    """Return for each person's id the load in every tier, in three queries whatever the number of people."""
    ids = [person.pk for person in people]
    used = {
        (row["person"], row["tier"]): row
        for row in Assignment.objects.filter(person__in=ids, role=Role.CSM, ends_at=None)
        .order_by()
        .values("person", "tier")
        .annotate(used=Count("id"), mrr=Sum("customer__mrr"), overrides=Count("id", filter=~Q(over_limit_reason="")))
    }
    own = {
        (person, tier): limit
        for person, tier, limit in PersonLimit.objects.filter(person__in=ids).values_list(
            "person", "tier", "portfolio_limit"
        )
    }
    terms = TierTerms.current()
    return {
        person: {tier: _load(used.get((person, tier)), own.get((person, tier)), terms[tier]) for tier in Tier.values}
        for person in ids
    }


def _load(row: Mapping[str, Any] | None, own_limit: int | None, terms: TierTerms) -> Load:
    return Load(
        used=row["used"] if row else 0,
        limit=terms.portfolio_limit if own_limit is None else own_limit,
        arr=12 * row["mrr"] if row else Decimal(0),
        overrides=row["overrides"] if row else 0,
        own_limit=own_limit is not None,
    )
