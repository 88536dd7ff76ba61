"""Queues with hosts, and days to book on, for the tests."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Customer, User
from calendars.models import Commitment, WorkPattern, WorkPeriod
from calendars.rules.clock import monday_of
from calendars.rules.spans import Span
from queues.actions.bookings import book
from queues.models import Booking, HostWindow, Queue, QueueHost

WORKDAYS = range(5)


def make_queue(slug: str = "experts", **fields: Any) -> Queue:
    """Return an open queue: hours of 60 minutes without buffers, 60 days ahead, 20 a month for each customer."""
    fields = {
        "name": slug.title(),
        "buffer_after_minutes": 0,
        "notice_minutes": 60,
        "horizon_days": 60,
        "hours_per_customer": 20,
        **fields,
    }
    return Queue.objects.create(slug=slug, **fields)


def make_host(queue: Queue, person: User, **fields: Any) -> QueueHost:
    """Return the person as a host of the queue, with many hours a week."""
    return QueueHost.objects.create(queue=queue, person=person, **{"weekly_minutes": 40 * 60, **fields})


def make_hours(
    person: User, *periods: tuple[int, int], weekdays: Any = WORKDAYS, zone: str = "UTC", country: str = ""
) -> WorkPattern:
    """Return the pattern by which the person works these hours (9, 12) of each weekday, since 2020."""
    pattern = WorkPattern.objects.create(person=person, starts_on=date(2020, 1, 6), time_zone=zone, country=country)
    WorkPeriod.objects.bulk_create(
        WorkPeriod(pattern=pattern, weekday=day, starts=round(begins * 60), ends=round(ends * 60))
        for day in weekdays
        for begins, ends in periods
    )
    return pattern


def make_window(host: QueueHost, weekday: int, begins: float, ends: float) -> HostWindow:
    """Return hours of a weekday that the host gives to the queue."""
    return HostWindow.objects.create(host=host, weekday=weekday, starts=round(begins * 60), ends=round(ends * 60))


def monday(weeks: int = 1) -> date:
    """Return the Monday so many weeks after next Monday: more than a week ahead."""
    return monday_of(timezone.now().date()) + timedelta(weeks=weeks + 1)


def at(day: date, hour: float) -> datetime:
    """Return the moment in UTC."""
    return datetime.combine(day, time(0), UTC) + timedelta(hours=hour)


def book_hour(queue: Queue, customer: Customer, starts_at: datetime, **how: Any) -> Booking:
    """Return the hour booked by nobody in particular."""
    how = {"actor": None, "topic_text": "Reports", "source": Booking.Source.PORTAL, **how}
    return book(queue=queue, customer=customer, starts_at=starts_at, **how)


def ledger_overlaps() -> list[tuple[int, int]]:
    """Return the pairs of active commitments of one host that overlap; there may be none, whatever happened."""
    rows = list(Commitment.objects.filter(active=True).order_by("host", "busy"))
    pairs = []
    for number, one in enumerate(rows):
        for other in rows[number + 1 :]:
            if other.host_id != one.host_id:
                break
            if Span(one.busy.lower, one.busy.upper).overlaps(Span(other.busy.lower, other.busy.upper)):
                pairs.append((one.pk, other.pk))
    return pairs
