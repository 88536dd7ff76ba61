"""What the queue tells the capacity pages: the time its booked hours take, and that there is a queue at all."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from calendars.queries.hours import timetables
from calendars.rules.clock import day_span, local_day, monday_of
from queues.models import Booking, Queue
from segments.capacity import demand
from segments.capacity.demand import DemandRow, DemandSource
from segments.one_to_many import formats
from segments.one_to_many.formats import Format

MINUTE = timedelta(minutes=1)
WEEK = timedelta(weeks=1)
# The widest a local week can reach past the same week in UTC.
MARGIN = timedelta(days=1)


def minutes_of(people_ids: Sequence[int], mondays: Sequence[date]) -> Mapping[tuple[int, date], float]:
    """Return the minutes of booked hours by host and Monday of the host's own week; five queries."""
    if not people_ids or not mondays:
        return {}
    found: defaultdict[tuple[int, date], float] = defaultdict(float)
    wanted = set(mondays)
    for host, monday, booking in _by_week(people_ids, min(mondays), max(mondays)):
        if monday in wanted:
            found[host, monday] += (booking.ends_at - booking.starts_at) / MINUTE
    return found


def rows_of(person_id: int, monday: date) -> Sequence[DemandRow]:
    """Return the person's booked hours of one week, in order."""
    return [
        DemandRow(
            label=f"{booking.customer}: {booking.topic_text}",
            minutes=(booking.ends_at - booking.starts_at) / MINUTE,
            customer_id=booking.customer_id,
            url=reverse("queue_hour", args=[booking.uid]),
            note=booking.queue.name,
        )
        for _, week, booking in _by_week([person_id], monday, monday)
        if week == monday
    ]


def open_hosted_queues() -> int:
    """Return how many queues are open and have somebody to host them."""
    return Queue.objects.filter(is_open=True, hosts__is_active=True, hosts__person__is_active=True).distinct().count()


def register() -> None:
    """Make the queue known to the floors below."""
    demand.register(DemandSource("booked_hours", "Booked hours of the queue", minutes_of, rows_of))
    formats.register(
        Format(
            "queue",
            "One-hour queue",
            open_hosted_queues,
            "Any customer books one hour of an expert to discuss its own situation.",
            "/queue/",
        )
    )


def _by_week(people_ids: Sequence[int], first: date, last: date) -> list[tuple[int, date, Booking]]:
    """Return the hours that are not over yet with the host's Monday; those over are logged time already."""
    tables = timetables(people_ids, first, last + WEEK)
    begins, ends = day_span(first, "UTC").starts - MARGIN, day_span(last + WEEK, "UTC").ends + MARGIN
    bookings = Booking.objects.filter(
        host__in=people_ids,
        state=Booking.State.BOOKED,
        ends_at__gt=timezone.now(),
        starts_at__gte=begins,
        starts_at__lt=ends,
    )
    found = []
    for booking in bookings.select_related("customer", "queue").order_by("starts_at", "pk"):
        table = tables.get(booking.host_id)
        zone = table.rhythm_on(first).zone if table else "UTC"
        found.append((booking.host_id, monday_of(local_day(booking.starts_at, zone)), booking))
    return found
