"""What customers were given: time, contacts, and what is left of it."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import Customer, TimelineEntry
from segments.models import TierTerms, TimeEntry
from segments.queries.allowances import company_today, month_of

# Preparing for a customer is work for it, but not a word with it.
CONTACT_ACTIVITIES = [activity for activity in TimeEntry.Activity if activity != TimeEntry.Activity.PREPARATION]
# Notes that say a person spoke with the customer; see accounts.actions.timeline.
CONTACT_NOTES = ("note.call", "note.email", "note.meeting")


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


def last_contacts(customer_ids: Sequence[int]) -> dict[int, date]:
    """Return the day on which each customer was last spoken with, by logged time or by a note."""
    zone = timezone.get_current_timezone()
    days: dict[int, date] = dict(
        TimeEntry.objects.filter(customer_id__in=customer_ids, activity__in=CONTACT_ACTIVITIES)
        .order_by()
        .values_list("customer_id")
        .annotate(last=Max("on"))
    )
    noted = (
        TimelineEntry.objects.filter(customer_id__in=customer_ids, kind__in=CONTACT_NOTES)
        .order_by()
        .values_list("customer_id")
        .annotate(last=Max("at"))
    )
    for pk, moment in noted:
        day = moment.astimezone(zone).date()
        days[pk] = max(day, days.get(pk, day))
    return days


def without_contact(customers: QuerySet[Customer], since: date) -> QuerySet[Customer]:
    """Return the customers with whom nobody spoke from `since` on."""
    moment = datetime.combine(since, time.min, tzinfo=timezone.get_current_timezone())
    logged = TimeEntry.objects.filter(customer=OuterRef("pk"), on__gte=since, activity__in=CONTACT_ACTIVITIES)
    noted = TimelineEntry.objects.filter(customer=OuterRef("pk"), at__gte=moment, kind__in=CONTACT_NOTES)
    return customers.filter(~Exists(logged), ~Exists(noted))
