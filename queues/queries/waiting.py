"""Reads of the waiting list: who waits, in which place, and whom an hour fits."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import Customer
from calendars.rules.clock import local_day
from calendars.rules.spans import Span
from queues.models import Offer, Queue, WaitingEntry
from queues.queries.customers import claims_of, refusal_of
from queues.rules.customers import not_claimable

OPEN = (WaitingEntry.State.WAITING, WaitingEntry.State.OFFERED)


def open_entry_of(queue: Queue, customer: Customer) -> WaitingEntry | None:
    """Return the customer's place on the queue's waiting list, if it holds one."""
    entries = WaitingEntry.objects.filter(queue=queue, customer=customer, state__in=OPEN)
    return entries.select_related("contact", "queue").first()


def open_entries_of(customer: Customer) -> QuerySet[WaitingEntry]:
    """Return the customer's places on all waiting lists, the oldest first."""
    entries = WaitingEntry.objects.filter(customer=customer, state__in=OPEN)
    return entries.select_related("contact", "queue").order_by("created_at", "pk")


def place_of(entry: WaitingEntry) -> int:
    """Return the entry's place in its queue, from 1; who has an offer at the moment is still counted."""
    before = Q(created_at__lt=entry.created_at) | Q(created_at=entry.created_at, pk__lt=entry.pk)
    return WaitingEntry.objects.filter(before, queue=entry.queue_id, state__in=OPEN).count() + 1


def in_turn(queue: Queue) -> QuerySet[WaitingEntry]:
    """Return who waits for an hour of the queue and can be told of one, in turn."""
    waiting = WaitingEntry.objects.filter(
        queue=queue, state=WaitingEntry.State.WAITING, contact__is_active=True, customer__merged_into=None
    )
    return waiting.select_related("queue", "customer", "contact", "topic").order_by("created_at", "pk")


def whom_it_fits(queue: Queue, span: Span, *, now: datetime) -> Iterator[WaitingEntry]:
    """Yield those who wait and may have this hour, in turn; nobody is offered the same hour twice."""
    day, about = span.starts.date(), timedelta(days=1)
    near = (Q(not_before=None) | Q(not_before__lte=day + about)) & (Q(not_after=None) | Q(not_after__gte=day - about))
    refused = Offer.objects.filter(starts_at=span.starts, entry__queue=queue).values("entry")
    for entry in in_turn(queue).filter(near).exclude(pk__in=refused):
        if fitting(entry, [span], now=now):
            yield entry


def fitting(entry: WaitingEntry, spans: Iterable[Span], *, now: datetime) -> list[Span]:
    """Return the hours that are on the days that help, and that the customer may have beside what it has.

    Two queries, however many hours.
    """
    suiting = [span for span in spans if suits(entry, span.starts)]
    if not suiting or refusal_of(entry.queue, entry.customer, contact=entry.contact) is not None:
        return []
    claims = claims_of(entry.queue, entry.customer, now=now)
    return [span for span in suiting if not_claimable(claims, span) is None]


def suits(entry: WaitingEntry, starts_at: datetime) -> bool:
    """Tell whether an hour from then is on the days that help, by the calendar of whoever waits."""
    day = local_day(starts_at, entry.time_zone)
    return (entry.not_before is None or entry.not_before <= day) and (entry.not_after is None or day <= entry.not_after)
