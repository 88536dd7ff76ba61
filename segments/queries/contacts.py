"""When customers were last spoken with: by logged time, or by a note that says so."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Customer, TimelineEntry
from segments.models import TimeEntry

# Preparing for a customer is work for it, but not a word with it.
CONTACT_ACTIVITIES = [activity for activity in TimeEntry.Activity if activity != TimeEntry.Activity.PREPARATION]
# Notes that say a person spoke with the customer; see accounts.actions.timeline.
CONTACT_NOTES = ("note.call", "note.email", "note.meeting")


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
