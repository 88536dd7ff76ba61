"""What a customer is promised each month, and what of it is used; all in minutes."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import Sum
from django.utils import timezone

from accounts.models import CompanySettings, Customer
from segments.models import TierTerms, TimeEntry


@dataclass(frozen=True)
class Allowance:
    """A customer's month: minutes promised (None: no limit), used, and left (None: no limit; never below zero)."""

    promised: int | None
    used: int
    left: int | None

    @property
    def over(self) -> int:
        """Return the minutes given past the promise."""
        return max(0, self.used - self.promised) if self.promised is not None else 0

    @property
    def percent(self) -> int | None:
        """Return how much of the promise is used, up to 100; None where there is no limit."""
        if self.promised is None:
            return None
        return min(100, round(100 * self.used / self.promised)) if self.promised else 100

    @classmethod
    def of(cls, promised: int | None, used: int) -> "Allowance":
        """Return the allowance with what is left worked out."""
        return cls(promised, used, None if promised is None else max(0, promised - used))


def allowance_of(customer: Customer, month: date | None = None, *, but_for: int | None = None) -> Allowance:
    """Return the allowance of the month that holds this day; by default the month it now is for the company.

    `but_for` is the id of an entry that does not count, because it is being changed.
    """
    return allowances_of([customer], month, but_for=but_for)[customer.pk]


def allowances_of(
    customers: Iterable[Customer], month: date | None = None, *, but_for: int | None = None
) -> dict[int, Allowance]:
    """Return each customer's allowance by its id, as `allowance_of` does, in three queries at most."""
    customers = list(customers)
    first, beyond = month_of(month or company_today())
    given = TimeEntry.objects.filter(customer__in=[c.pk for c in customers], on__gte=first, on__lt=beyond)
    if but_for is not None:
        given = given.exclude(pk=but_for)
    used = dict(given.order_by().values_list("customer").annotate(Sum("minutes")))
    terms = TierTerms.current()
    return {c.pk: Allowance.of(terms[c.tier].monthly_minutes if c.tier else None, used.get(c.pk, 0)) for c in customers}


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of the day's month and the first day after it."""
    first = day.replace(day=1)
    return first, first + relativedelta(months=1)


def company_today() -> date:
    """Return today's date in the company's own time zone."""
    return timezone.now().astimezone(zoneinfo.ZoneInfo(CompanySettings.current().time_zone)).date()
