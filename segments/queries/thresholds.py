"""Thresholds from the company's own figures: where the lines go so that the tiers fit the people."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import Customer, Tier
from segments.models import PersonLimit, TierTerms
from segments.queries.placement import csms_taking_customers

# A line of 59,830 is one that nobody remembers; two figures that count are enough.
SIGNIFICANT = 2


@dataclass(frozen=True)
class Suggestion:
    """The ARR from which a customer would be high or low touch, and what this rests on; None where all fit."""

    high_places: int
    low_places: int
    flagged: int
    high_arr: Decimal | None
    low_arr: Decimal | None


def suggest_thresholds() -> Suggestion:
    """Return the lowest ARR thresholds with which every high- and low-touch customer finds a place.

    Places are those of the CSMs who take customers. Well-known brands and strategic customers take theirs first.
    """
    people = list(csms_taking_customers())
    places = {tier: _places(tier, [person.pk for person in people]) for tier in (Tier.HIGH, Tier.LOW)}
    customers = Customer.objects.filter(merged_into=None).exclude(stage__in=["lead", "churned"])
    flagged = customers.filter(Q(is_brand=True) | Q(is_strategic=True)).count()
    others = customers.filter(is_brand=False, is_strategic=False, mrr__gt=0).order_by("-mrr", "-pk")
    high = max(0, places[Tier.HIGH] - flagged)
    return Suggestion(
        high_places=places[Tier.HIGH],
        low_places=places[Tier.LOW],
        flagged=flagged,
        high_arr=_line_after(others, high),
        low_arr=_line_after(others, high + places[Tier.LOW]),
    )


def _places(tier: str, people: list[int]) -> int:
    own = dict(PersonLimit.objects.filter(person__in=people, tier=tier).values_list("person", "portfolio_limit"))
    limit = TierTerms.current()[tier].portfolio_limit
    # Without a limit there is no line to draw; a portfolio of the default's size is what a person carries.
    usual = limit if limit is not None else TierTerms.DEFAULTS[tier]["portfolio_limit"] or 0
    return sum(own.get(person, usual) for person in people)


def _line_after(customers: QuerySet[Customer], places: int) -> Decimal | None:
    """Return the rounded ARR just above the first customer that finds no place; None where everybody does."""
    first_without = customers.values_list("mrr", flat=True)[places : places + 1].first()
    return None if first_without is None else _rounded_up(first_without * 12)


def _rounded_up(amount: Decimal) -> Decimal:
    """Return the next larger number with two figures that count: 59,830 becomes 60,000."""
    step = Decimal(10) ** max(0, amount.adjusted() - (SIGNIFICANT - 1))
    return (amount // step + 1) * step
