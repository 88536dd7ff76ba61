"""What customers were given of what their tier promises."""

from django.db.models import Q, Sum

from segments.models import TierTerms, TimeEntry
from segments.queries.allowances import company_today, month_of


def over_allowance() -> Q:
    """Return what is true of customers that were given more this month than their tier promises."""
    first, beyond = month_of(company_today())
    used = (
        TimeEntry.objects.filter(on__gte=first, on__lt=beyond)
        .order_by()
        .values("customer_id")
        .annotate(given=Sum("minutes"))
    )
    found = Q(pk__in=[])
    for tier, terms in TierTerms.current().items():
        if terms.monthly_minutes is not None:
            found |= Q(tier=tier, pk__in=used.filter(given__gt=terms.monthly_minutes).values("customer_id"))
    return found
