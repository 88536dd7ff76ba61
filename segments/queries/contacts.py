"""When customers were last spoken with: by logged time, by a note that says so, or as another app registers it."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import Customer, TimelineEntry
from segments.models import TimeEntry
from segments.one_to_many.contacts import ContactSource, last_days, left_alone, register, spoken_with

# Preparing for a customer, or something else for it, is work but not a word with it.
CONTACT_ACTIVITIES = (
    TimeEntry.Activity.CALL,
    TimeEntry.Activity.EMAIL,
    TimeEntry.Activity.ONBOARDING,
    TimeEntry.Activity.TRAINING,
    TimeEntry.Activity.REVIEW,
)
# Notes that say a person spoke with the customer; see accounts.actions.timeline.
CONTACT_NOTES = ("note.call", "note.email", "note.meeting")


def register_contacts() -> None:
    """Register logged time and notes as two-way contacts."""
    register(ContactSource("time", "Logged calls, mails, trainings and reviews", _time_since, _last_time))
    register(ContactSource("notes", "Notes of a call, mail or meeting", _notes_since, _last_note))


def last_contacts(customer_ids: Sequence[int]) -> dict[int, date]:
    """Return the day on which each customer was last spoken with, by any of the registered contacts."""
    return last_days(customer_ids)


def without_contact(customers: QuerySet[Customer], since: date) -> QuerySet[Customer]:
    """Return the customers with whom nobody spoke from `since` on."""
    return customers.filter(left_alone(since))


def with_contact(customers: QuerySet[Customer], since: date) -> QuerySet[Customer]:
    """Return the customers with whom somebody spoke from `since` on."""
    return customers.filter(spoken_with(since))


def _time_since(since: date) -> QuerySet[TimeEntry]:
    return TimeEntry.objects.filter(on__gte=since, activity__in=CONTACT_ACTIVITIES)


def _last_time(customer_ids: Sequence[int]) -> dict[int, date]:
    logged = TimeEntry.objects.filter(customer_id__in=customer_ids, activity__in=CONTACT_ACTIVITIES)
    return dict(logged.order_by().values_list("customer_id").annotate(last=Max("on")))


def _notes_since(since: date) -> QuerySet[TimelineEntry]:
    moment = datetime.combine(since, time.min, tzinfo=timezone.get_current_timezone())
    return TimelineEntry.objects.filter(at__gte=moment, kind__in=CONTACT_NOTES)


def _last_note(customer_ids: Sequence[int]) -> dict[int, date]:
    zone = timezone.get_current_timezone()
    noted = TimelineEntry.objects.filter(customer_id__in=customer_ids, kind__in=CONTACT_NOTES)
    found = noted.order_by().values_list("customer_id").annotate(last=Max("at"))
    return {pk: moment.astimezone(zone).date() for pk, moment in found}
