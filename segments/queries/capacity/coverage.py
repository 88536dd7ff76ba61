"""Customers per CSM and ARR per CSM beside what is usual in the field."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from accounts.models import ExchangeRate, Tier
from segments.capacity import usual
from segments.capacity.figures import TeamCapacity
from segments.capacity.usual import UsualRange

DOLLAR = "USD"


@dataclass(frozen=True)
class Coverage:
    """A figure a CSM beside the usual range; `people` is over how many CSMs it is the average."""

    label: str
    figure: Decimal | float | None
    people: int
    usual: UsualRange
    is_money: bool = False
    # False for money whose rate to the range's currency is not known; then nothing is compared.
    is_comparable: bool = True

    @property
    def word(self) -> str:
        """Return where the figure lies, in a word; empty where it cannot be said."""
        return self.usual.word_for(self.figure) if self.figure is not None and self.is_comparable else ""


def coverage_of(team: TeamCapacity, currency: str, today: date) -> list[Coverage]:
    """Return the coverage of the team's active CSMs; one query where the company's currency is not the range's."""
    arr, comparable = _in_currency(usual.ARR, currency, today)
    csms = [one for one in team.people if one.person.is_csm]
    total = sum((one.arr for one in csms), Decimal(0))
    return [
        _customers("High-touch customers per CSM", team, Tier.HIGH, usual.HIGH_TOUCH_CUSTOMERS),
        _customers("Low-touch customers per CSM", team, Tier.LOW, usual.LOW_TOUCH_CUSTOMERS),
        Coverage("ARR per CSM", total / len(csms) if csms else None, len(csms), arr, True, comparable),
    ]


def _customers(label: str, team: TeamCapacity, tier: str, usually: UsualRange) -> Coverage:
    counts = [one.person.customers.get(tier, 0) for one in team.people if one.person.is_csm]
    with_any = [count for count in counts if count]
    return Coverage(label, sum(with_any) / len(with_any) if with_any else None, len(with_any), usually)


def _in_currency(usually: UsualRange, currency: str, today: date) -> tuple[UsualRange, bool]:
    if currency == DOLLAR:
        return usually, True
    rates = ExchangeRate.objects.filter(currency=DOLLAR, valid_from__lte=today).order_by("-valid_from")
    rate = rates.values_list("rate", flat=True).first()
    if rate is None:
        return usually, False
    return replace(usually, low=round(usually.low * rate), high=round(usually.high * rate), unit=currency), True
