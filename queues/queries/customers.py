"""What a customer may book in a queue, and what it has booked already."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import Q

from accounts.models import CompanySettings, Contact, Customer
from calendars.rules.clock import local_day
from calendars.rules.spans import Span
from queues.models import Booking, Hold, Queue
from queues.rules.customers import (
    PERIOD_MONTHS,
    Admission,
    Applicant,
    Claims,
    Refusal,
    not_admitted,
    period_end,
    period_start,
)

# Longer than any month is.
MONTH_AT_MOST = timedelta(days=31)


def refusal_of(queue: Queue, customer: Customer, *, contact: Contact | None = None) -> Refusal | None:
    """Return why the queue does not serve this customer at all; nothing where it does. No query."""
    admission = Admission(queue.name, queue.is_open, queue.tiers, queue.languages, queue.countries)
    languages = [customer.language, contact.language if contact else ""]
    return not_admitted(admission, Applicant(customer.tier, languages, customer.country))


def claims_of(queue: Queue, customer: Customer, *, now: datetime, but_for: Booking | None = None) -> Claims:
    """Return what the customer has: its hours of the queue by period, and when it is busy; two queries.

    `but_for` is a booking that counts as given back, because it is being moved.
    """
    zone = CompanySettings.current().time_zone
    since = now - MONTH_AT_MOST * PERIOD_MONTHS[queue.period]
    used: Counter = Counter()
    busy: list[Span] = []
    booked = Booking.objects.filter(~Q(state=Booking.State.CANCELLED), customer=customer, ends_at__gt=since)
    if but_for is not None:
        booked = booked.exclude(pk=but_for.pk)
    for queue_id, starts, ends in booked.values_list("queue_id", "starts_at", "ends_at"):
        if queue_id == queue.pk:
            used[period_start(local_day(starts, zone), queue.period)] += 1
        if ends > now:
            busy.append(Span(starts, ends))
    return Claims(queue.hours_per_customer, queue.period, zone, used, tuple(busy))


def allowance_of(queue: Queue, customer: Customer, *, now: datetime) -> tuple[int, int, date]:
    """Return how many hours the customer has booked in the period that it now is, of how many, and the next one's day.

    For pages: the rules themselves look at the period of each hour.
    """
    claims = claims_of(queue, customer, now=now)
    first = period_start(local_day(now, claims.zone), claims.period)
    return claims.used.get(first, 0), claims.hours_per_period, period_end(first, claims.period)


def own_holds(queue: Queue, customer: Customer) -> list[Hold]:
    """Return the times that are held for the customer in this queue: its own holds are free to itself."""
    return list(
        Hold.objects.select_related("commitment").filter(queue=queue, customer=customer, commitment__active=True)
    )


def held_commitments(holds: Collection[Hold]) -> list[int]:
    """Return the ids of the holds' commitments."""
    return [hold.commitment_id for hold in holds]
