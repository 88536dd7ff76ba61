"""What decides about hosts' hours: their working time, windows, calendar and weeks, in a fixed number of queries."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Func, Max, Q, Sum
from django.db.models.expressions import ExpressionWrapper, F
from django.db.models.fields import DurationField

from accounts.models import User
from calendars.ledger import as_range
from calendars.models import Absence, Commitment
from calendars.queries.hours import Timetable, timetables, working_days
from calendars.rules.clock import Minutes, day_span, local_day, monday_of, period_spans
from calendars.rules.spans import Span, within, without
from queues.models import Booking, HostWindow, Queue, QueueHost
from queues.rules.fairness import RECENT_WEEKS, Load
from queues.rules.hours import HostHours, Seconds, Taken, Terms
from queues.rules.reasons import Reason

MINUTE = 60
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# A local day lies within a day and a bit of the same day in UTC; the day before may run on past midnight.
MARGIN = timedelta(days=2)
COUNTED = (Commitment.Kind.HOUR, Commitment.Kind.HELD)

Days = dict[date, list[Span]]
Periods = tuple[Minutes, ...]
# Periods of a day in a zone, which many hosts share.
Opened = dict[tuple[date, Periods, str], list[Span]]


class SecondBefore(Func):
    """The moment in whole seconds, rounded outward at a beginning; thousands of rows need no datetimes."""

    template = "floor(extract(epoch from %(expressions)s))::bigint"
    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Return none: what the database hands over are whole numbers already."""
        return []


class SecondAfter(SecondBefore):
    """The same, rounded outward at an end."""

    template = "ceil(extract(epoch from %(expressions)s))::bigint"


@dataclass(frozen=True)
class Host:
    """A person who hosts a queue's hours, and how many a week."""

    pk: int
    place: int
    name: str
    weekly_minutes: int


def terms_of(queue: Queue) -> Terms:
    """Return the queue's rules of time in seconds."""
    return Terms(
        length=queue.slot_minutes * MINUTE,
        step=queue.step_minutes * MINUTE,
        before=queue.buffer_before_minutes * MINUTE,
        after=queue.buffer_after_minutes * MINUTE,
        notice=queue.notice_minutes * MINUTE,
        horizon=queue.horizon_days * 24 * 60 * MINUTE,
    )


def hosts_of(queue: Queue, only: Collection[int] | None = None) -> list[Host]:
    """Return who hosts the queue's hours now, in order of id."""
    hosts = QueueHost.objects.filter(queue=queue, is_active=True, person__is_active=True, person__kind=User.Kind.STAFF)
    if only is not None:
        hosts = hosts.filter(person__in=list(only))
    rows = hosts.order_by("person_id").values_list("person_id", "pk", "person__name", "weekly_minutes")
    return [Host(*row) for row in rows]


def host_hours(
    queue: Queue, window: Span, *, hosts: Collection[Host], now: datetime, but_for: Collection[int] = ()
) -> list[HostHours]:
    """Return what decides about hours that start in the window, for each of the hosts.

    Commitments whose ids are in `but_for` count as given back.
    """
    ids = [host.pk for host in hosts]
    first, last = window.starts.date() - MARGIN, window.ends.date() + MARGIN
    tables = timetables(ids, first, last)
    available = _available(queue, hosts, tables, first, last)
    taken = _taken(queue, ids, window, now, but_for)
    known: dict[str, list[Seconds]] = {}
    return [
        HostHours(
            host=host.pk,
            available=available[host.pk],
            weeks=_weeks(_zone(tables.get(host.pk), local_day(window.starts, "UTC")), window, known),
            weekly_seconds=host.weekly_minutes * MINUTE,
            taken=taken[host.pk],
        )
        for host in hosts
    ]


def other_hours(queue: Queue, window: Span, *, hosts: Collection[Host]) -> dict[int, list[tuple[Span, Reason]]]:
    """Return the time of each host's usual days that it does not give to the queue, and why not.

    A usual day goes from the earliest to the latest minute of the host's week, so that a free day has its hours too.
    """
    ids = [host.pk for host in hosts]
    first, last = window.starts.date() - MARGIN, window.ends.date() + MARGIN
    tables = timetables(ids, first, last)
    worked = working_days(ids, first, last, tables=tables)
    windows = _windows(host.place for host in hosts)
    opened: Opened = {}
    return {
        host.pk: [
            part
            for day, spans in worked.get(host.pk, {}).items()
            for part in _not_given(day, spans, tables.get(host.pk), windows.get(host.place), opened)
        ]
        for host in hosts
    }


def loads_of(queue: Queue, ids: Iterable[int], now: datetime) -> dict[int, Load]:
    """Return what each host has had of this queue lately and has ahead, with its weight; two queries."""
    ids = list(ids)
    weights = dict(QueueHost.objects.filter(queue=queue, person__in=ids).values_list("person_id", "weight"))
    lately = Booking.objects.filter(
        ~Q(state=Booking.State.CANCELLED), queue=queue, host__in=ids, starts_at__gte=now - WEEK * RECENT_WEEKS
    )
    length = ExpressionWrapper(F("ends_at") - F("starts_at"), output_field=DurationField())
    had = {
        host: (round(time.total_seconds() / MINUTE), last)
        for host, time, last in lately.order_by().values_list("host").annotate(time=Sum(length), last=Max("created_at"))
    }
    return {pk: Load(had[pk][0] if pk in had else 0, weights[pk], had[pk][1] if pk in had else None) for pk in weights}


def seconds_of(at: datetime) -> int:
    """Return the moment in whole seconds, the next one where it lies between two."""
    return math.ceil(at.timestamp())


def _available(
    queue: Queue, hosts: Collection[Host], tables: dict[int, Timetable], first: date, last: date
) -> dict[int, list[Seconds]]:
    worked = working_days([host.pk for host in hosts], first, last, tables=tables)
    windows = _windows(host.place for host in hosts)
    pairs: dict[int, Seconds] = {}
    opened: Opened = {}
    shared: dict[tuple[int, ...], list[Span]] = {}
    kept: list[list[Span]] = []
    result = {}
    for host in hosts:
        days = worked.get(host.pk, {})
        if host.place in windows:
            spans = _inside(days, windows[host.place], tables.get(host.pk), opened, shared)
        else:
            spans = [span for of_day in days.values() for span in of_day]
        # People of one rhythm share their spans; kept alive, so that an id stays one span's.
        kept.append(spans)
        for span in spans:
            if id(span) not in pairs:
                pairs[id(span)] = (int(span.starts.timestamp()), int(span.ends.timestamp()))
        result[host.pk] = [pairs[id(span)] for span in spans]
    return result


def _inside(
    days: Days,
    windows: dict[int, Periods],
    table: Timetable | None,
    opened: Opened,
    shared: dict[tuple[int, ...], list[Span]],
) -> list[Span]:
    """Return the parts of each day that lie in the host's windows of that weekday; alike days are worked out once."""
    spans: list[Span] = []
    for day, worked in days.items():
        periods = windows.get(day.weekday())
        if not worked or not periods:
            continue
        window = _opened(day, periods, table, opened)
        key = (*map(id, worked), id(window))
        if key not in shared:
            shared[key] = within(worked, window)
        spans += shared[key]
    return spans


def _opened(day: date, periods: Periods, table: Timetable | None, known: Opened) -> list[Span]:
    key = (day, periods, _zone(table, day))
    if key not in known:
        known[key] = period_spans(*key)
    return known[key]


def _not_given(
    day: date, worked: list[Span], table: Timetable | None, windows: dict[int, Periods] | None, opened: Opened
) -> Iterator[tuple[Span, Reason]]:
    """Yield the parts of a host's usual day that the queue has nothing of, with the reason."""
    if table is None:
        return
    week = table.rhythm_on(day).week
    usual = _opened(day, week[day.weekday()], table, opened)
    given = worked
    if windows is not None:
        given = within(worked, _opened(day, windows.get(day.weekday(), ()), table, opened))
    for span in without(worked, given):
        yield span, Reason.OUTSIDE_WINDOWS
    for span in without(usual, worked):
        yield span, Reason.SPECIAL_DAY if day in table.special else Reason.HOLIDAY
    periods = [period for of_day in week for period in of_day]
    if periods:
        widest = (min(begins for begins, _ in periods), max(ends for _, ends in periods))
        for span in without(_opened(day, (widest,), table, opened), [*usual, *worked]):
            yield span, Reason.OUTSIDE_HOURS


def _windows(places: Iterable[int]) -> dict[int, dict[int, Periods]]:
    """Return each host's windows by weekday; a host without windows is left out."""
    found: defaultdict[int, defaultdict[int, list[Minutes]]] = defaultdict(lambda: defaultdict(list))
    rows = HostWindow.objects.filter(host__in=list(places)).order_by("host_id", "weekday", "starts")
    for host, weekday, starts, ends in rows.values_list("host_id", "weekday", "starts", "ends"):
        found[host][weekday].append((starts, ends))
    return {host: {day: tuple(periods) for day, periods in days.items()} for host, days in found.items()}


def _taken(
    queue: Queue, ids: list[int], window: Span, now: datetime, but_for: Collection[int]
) -> defaultdict[int, list[Taken]]:
    """Return what is in the hosts' calendars around the window, whole weeks of it."""
    # From the Monday before the window to the one behind it, in every zone.
    monday, last = monday_of(window.starts.date()), monday_of(window.ends.date()) + WEEK
    around = Span(day_span(monday, "UTC").starts - MARGIN, day_span(last, "UTC").ends + MARGIN)
    taken: defaultdict[int, list[Taken]] = defaultdict(list)
    rows = Commitment.objects.filter(
        ~Q(kind=Commitment.Kind.HELD, expires_at__lte=now), host__in=ids, active=True, busy__overlap=as_range(around)
    ).exclude(pk__in=list(but_for))
    for host, kind, starts, ends, lower, upper, *queues in rows.values_list(
        "host_id",
        "kind",
        SecondBefore("starts_at"),
        SecondAfter("ends_at"),
        SecondBefore("busy__startswith"),
        SecondAfter("busy__endswith"),
        "booking__queue_id",
        "hold__queue_id",
        "offer__entry__queue_id",
    ):
        taken[host].append(Taken(_reason(kind), (starts, ends), (lower, upper), kind in COUNTED and queue.pk in queues))
    # A held time that has expired falls to the absence around it, not to the next customer.
    absences = Absence.objects.filter(
        person__in=ids, cancelled_at=None, starts_at__lt=around.ends, ends_at__gt=around.starts
    )
    for host, *itself in absences.values_list("person_id", SecondBefore("starts_at"), SecondAfter("ends_at")):
        away = (itself[0], itself[1])
        taken[host].append(Taken(Reason.ABSENCE, away, away))
    return taken


def _reason(kind: str) -> Reason:
    if kind == Commitment.Kind.ABSENCE:
        return Reason.ABSENCE
    return Reason.HELD if kind == Commitment.Kind.HELD else Reason.COMMITTED


def _zone(table: Timetable | None, day: date) -> str:
    return table.rhythm_on(day).zone if table else "UTC"


def _weeks(zone: str, window: Span, known: dict[str, list[Seconds]]) -> list[Seconds]:
    """Return the zone's weeks from Monday to Monday that the window touches."""
    if zone not in known:
        weeks, monday = [], monday_of(local_day(window.starts, zone))
        while (begins := day_span(monday, zone).starts) < window.ends:
            following = day_span(monday + WEEK, zone).starts
            weeks.append((int(begins.timestamp()), int(following.timestamp())))
            monday += WEEK
        known[zone] = weeks
    return known[zone]
