"""The queue board: is the queue reached in time, is it used, is its work shared fairly; a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from calendars.rules.clock import day_span, local_day, monday_of
from calendars.rules.spans import Span
from queues.access import WITH_BOOKING
from queues.models import Booking, Queue, QueueHost, WaitingEntry
from queues.queries.slots import next_free
from queues.queries.topics import TopicLoad, topic_loads
from queues.rules.fairness import RECENT_WEEKS

# Figures of quality look back a quarter, those of load at this week and the next.
LOOKED_BACK = timedelta(days=90)
WEEKS_AHEAD = 2
MINUTE = timedelta(minutes=1)
SHOWN_WAITING = 20
SHOWN_HOURS = 200


@dataclass(frozen=True)
class HostShare:
    """What a host has had of the queue's hours in recent weeks and has ahead, beside its fair share; minutes."""

    host: QueueHost
    minutes: int
    fair_minutes: int
    this_week: int
    rating: float | None

    @property
    def difference(self) -> int:
        """Return the minutes past the fair share, negative below it."""
        return self.minutes - self.fair_minutes

    @property
    def word(self) -> str:
        """Return how that compares, in a word; an hour more or less is fair."""
        if abs(self.difference) <= 60:
            return "fair"
        return "more than its share" if self.difference > 0 else "less than its share"


@dataclass(frozen=True)
class Board:
    """All that the board shows of one queue."""

    queue: Queue
    next_free_at: datetime | None
    waiting: list[WaitingEntry]
    waiting_count: int
    waiting_since: datetime | None
    given_minutes: int
    booked_minutes: int
    took_place: int
    missed: int
    rated: int
    rating: float | None
    today: list[Booking]
    week: list[tuple[date, list[Booking]]]
    hosts: list[HostShare]
    topics: list[TopicLoad]
    now: datetime
    zone: str

    @property
    def days_to_next(self) -> int | None:
        """Return how many days a customer waits for an hour, 0 for today; None where nothing is free."""
        if self.next_free_at is None:
            return None
        return (local_day(self.next_free_at, self.zone) - local_day(self.now, self.zone)).days

    @property
    def fill(self) -> float | None:
        """Return the share of the hours given this week and next that is booked; None where nobody gives any."""
        return self.booked_minutes / self.given_minutes if self.given_minutes else None

    @property
    def no_shows(self) -> float | None:
        """Return the share of past hours to which the customer did not come; None where there were none."""
        past = self.took_place + self.missed
        return self.missed / past if past else None


def board_of(queue: Queue, zone: str, *, now: datetime | None = None) -> Board:
    """Return the queue's board, its days by the clock of this zone."""
    now = now or timezone.now()
    today = local_day(now, zone)
    week = Span(day_span(today, zone).starts, day_span(today + timedelta(days=6), zone).ends)
    hours = _by_day(_booked(queue, week), zone)
    entries = _waiting(queue)
    first = entries.aggregate(count=Count("pk"), since=Min("created_at"))
    past = _past(queue, now)
    hosts = _hosts(queue, now, zone)
    return Board(
        queue=queue,
        next_free_at=slot.starts if (slot := next_free(queue, now=now)) else None,
        waiting=list(
            entries.select_related("customer", "contact", "topic").order_by("created_at", "pk")[:SHOWN_WAITING]
        ),
        waiting_count=first["count"],
        waiting_since=first["since"],
        given_minutes=sum(one.host.weekly_minutes for one in hosts if one.host.is_active) * WEEKS_AHEAD,
        booked_minutes=_booked_minutes(queue, now, zone),
        took_place=past["done"],
        missed=past["missed"],
        rated=past["rated"],
        rating=past["rating"] / past["rated"] if past["rated"] else None,
        today=hours.get(today, []),
        week=[(day, found) for day, found in sorted(hours.items()) if day != today],
        hosts=hosts,
        topics=topic_loads(queue, now=now, limit=12),
        now=now,
        zone=zone,
    )


def _booked(queue: Queue, window: Span) -> QuerySet[Booking]:
    found = Booking.objects.filter(queue=queue, starts_at__gte=window.starts, starts_at__lt=window.ends)
    return found.exclude(state=Booking.State.CANCELLED).select_related(*WITH_BOOKING).order_by("starts_at", "pk")


def _by_day(bookings: QuerySet[Booking], zone: str) -> dict[date, list[Booking]]:
    days: dict[date, list[Booking]] = {}
    for booking in bookings[:SHOWN_HOURS]:
        days.setdefault(local_day(booking.starts_at, zone), []).append(booking)
    return days


def _waiting(queue: Queue) -> QuerySet[WaitingEntry]:
    open_states = [WaitingEntry.State.WAITING, WaitingEntry.State.OFFERED]
    return WaitingEntry.objects.filter(queue=queue, state__in=open_states)


def _booked_minutes(queue: Queue, now: datetime, zone: str) -> int:
    monday = monday_of(local_day(now, zone))
    ends = day_span(monday + timedelta(weeks=WEEKS_AHEAD), zone).starts
    return _minutes(_booked(queue, Span(day_span(monday, zone).starts, ends)))


def _past(queue: Queue, now: datetime) -> dict[str, int]:
    past = Booking.objects.filter(queue=queue, starts_at__gte=now - LOOKED_BACK, starts_at__lt=now)
    found = past.aggregate(
        done=Count("pk", filter=Q(state=Booking.State.DONE)),
        missed=Count("pk", filter=Q(state=Booking.State.NO_SHOW)),
        rated=Count("rating"),
        rating=Sum("rating"),
    )
    return {name: number or 0 for name, number in found.items()}


def _hosts(queue: Queue, now: datetime, zone: str) -> list[HostShare]:
    """Return every host that gives hours or lately had some, by name."""
    since = now - timedelta(weeks=RECENT_WEEKS)
    counted = Booking.objects.filter(queue=queue, starts_at__gte=since).exclude(state=Booking.State.CANCELLED)
    had = _minutes_by_host(counted)
    monday = monday_of(local_day(now, zone))
    week = Span(day_span(monday, zone).starts, day_span(monday + timedelta(weeks=1), zone).starts)
    this_week = _minutes_by_host(_booked(queue, week))
    rated = Booking.objects.filter(queue=queue, rating__isnull=False, starts_at__gte=now - LOOKED_BACK)
    ratings = {
        row["host"]: row["sum"] / row["count"]
        for row in rated.order_by().values("host").annotate(sum=Sum("rating"), count=Count("pk"))
    }
    hosts = [
        host
        for host in queue.hosts.select_related("person").order_by("person__name", "pk")
        if host.is_active or had.get(host.person_id)
    ]
    weights = sum(host.weight for host in hosts if host.is_active)
    total = sum(had.get(host.person_id, 0) for host in hosts if host.is_active)
    return [
        HostShare(
            host=host,
            minutes=had.get(host.person_id, 0),
            fair_minutes=round(total * host.weight / weights) if host.is_active and weights else 0,
            this_week=this_week.get(host.person_id, 0),
            rating=ratings.get(host.person_id),
        )
        for host in hosts
    ]


def _length() -> ExpressionWrapper:
    return ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())


def _minutes(bookings: QuerySet[Booking]) -> int:
    total = bookings.order_by().aggregate(time=Sum(_length()))["time"]
    return total // MINUTE if total else 0


def _minutes_by_host(bookings: QuerySet[Booking]) -> dict[int, int]:
    rows = bookings.order_by().values("host").annotate(time=Sum(_length()))
    return {row["host"]: row["time"] // MINUTE for row in rows}


def hosted_today(person: User, *, now: datetime | None = None) -> int:
    """Return how many hours the person still hosts today, for the navigation."""
    now = now or timezone.now()
    ends = day_span(local_day(now, person.time_zone), person.time_zone).ends
    return Booking.objects.filter(host=person, state=Booking.State.BOOKED, ends_at__gt=now, starts_at__lt=ends).count()
