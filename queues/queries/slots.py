"""The hours a queue offers, merged over its hosts; what is next; and why an hour is not offered."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Contact, Customer
from calendars.rules.clock import day_span
from calendars.rules.spans import Span
from queues.models import Booking, Queue
from queues.queries.customers import claims_of, held_commitments, own_holds, refusal_of
from queues.queries.hosts import host_hours, hosts_of, other_hours, seconds_of, terms_of
from queues.rules.customers import Claims, Refusal, not_claimable
from queues.rules.hours import HostHours, Seconds, Terms, free_starts, grid, hidden_starts, reason_at
from queues.rules.reasons import Reason

# What is near comes from these days around a start, and where they are full from all that can be booked.
NEAR = timedelta(days=4)
SOON = timedelta(days=7)
NEAREST = 3


@dataclass(frozen=True, order=True)
class Slot:
    """An hour that can be booked now, in UTC, and the ids of the hosts who are free then."""

    starts: datetime
    ends: datetime
    hosts: list[int]


@dataclass(frozen=True)
class HiddenHour:
    """An hour of a host that is not offered: the reason's code, and what staff read."""

    starts: datetime
    ends: datetime
    host: int
    code: str
    words: str


def slots(
    queue: Queue,
    first: date,
    last: date,
    zone: str,
    *,
    customer: Customer | None = None,
    contact: Contact | None = None,
    host: int | None = None,
    moving: Booking | None = None,
    now: datetime | None = None,
) -> list[Slot]:
    """Return the hours that start on these days of the zone, both included, in order.

    With a customer: only what it may book, its own held time included. With `moving`: where that booking may go.
    """
    window = Span(day_span(first, zone).starts, day_span(last, zone).ends)
    return _slots(queue, window, customer=customer, contact=contact, host=host, moving=moving, now=now)


def next_free(
    queue: Queue,
    *,
    customer: Customer | None = None,
    contact: Contact | None = None,
    host: int | None = None,
    moving: Booking | None = None,
    now: datetime | None = None,
) -> Slot | None:
    """Return the first hour that can be booked; nothing where all are taken up to the queue's horizon."""
    now = now or timezone.now()
    asked: dict[str, Any] = {"customer": customer, "contact": contact, "host": host, "moving": moving, "now": now}
    soon, end = now + timedelta(minutes=queue.notice_minutes) + SOON, _ahead(queue, now).ends
    for window in (Span(now, soon), Span(soon, end)):
        if window.ends > window.starts and (found := _slots(queue, window, **asked)):
            return found[0]
    return None


@dataclass(frozen=True)
class Around:
    """What was read of hosts' hours some days around a start; free of it are `hosts` without a reason."""

    hours: list[HostHours]
    reasons: dict[int, Reason | None]


def look_around(
    queue: Queue,
    starts_at: datetime,
    *,
    hosts: Collection[int] | None = None,
    but_for: Collection[int] = (),
    now: datetime,
    days: timedelta = timedelta(0),
) -> Around:
    """Return the hosts' hours around a start, and for each host why an hour from it is not offered (None: it is).

    Who does not host the queue is left out. Commitments whose ids are in `but_for` count as given back.
    """
    found = hosts_of(queue, hosts)
    window = Span(starts_at - days, starts_at + timedelta(minutes=queue.slot_minutes) + days)
    hours = host_hours(queue, window, hosts=found, now=now, but_for=but_for)
    terms, start, at = terms_of(queue), starts_at.timestamp(), seconds_of(now)
    if start != int(start):
        return Around(hours, {host.pk: Reason.OUTSIDE_HOURS for host in found})
    return Around(hours, {one.host: reason_at(one, terms, at, int(start)) for one in hours})


def nearest(
    queue: Queue,
    starts_at: datetime,
    *,
    around: Around | None = None,
    customer: Customer | None = None,
    contact: Contact | None = None,
    host: int | None = None,
    moving: Booking | None = None,
    now: datetime | None = None,
) -> list[Slot]:
    """Return up to three hours that can be booked and are nearest to this start, in order of time.

    What was read of the days `around` it is not read again.
    """
    now = now or timezone.now()
    asked: dict[str, Any] = {"customer": customer, "contact": contact, "host": host, "moving": moving, "now": now}
    found: list[Slot] = []
    for window, known in ((Span(max(now, starts_at - NEAR), starts_at + NEAR), around), (_ahead(queue, now), None)):
        found = _slots(queue, window, around=known, **asked) if window.ends > window.starts else []
        if len(found) >= NEAREST:
            break
    closest = sorted(found, key=lambda slot: (abs(slot.starts - starts_at), slot.starts))[:NEAREST]
    return sorted(closest, key=lambda slot: slot.starts)


def why_not(
    queue: Queue,
    first: date,
    last: date,
    zone: str = "UTC",
    *,
    host: int | None = None,
    customer: Customer | None = None,
    contact: Contact | None = None,
    now: datetime | None = None,
) -> list[HiddenHour]:
    """Return for staff every hour of the hosts' usual days that is not offered, with its reason, in order.

    The days are those of the zone. Together with `slots` of the same host they make the whole grid. With a customer, an
    hour that is free but not for it says which of its rules is not met.
    """
    now = now or timezone.now()
    window = Span(day_span(first, zone).starts, day_span(last, zone).ends)
    seconds = (seconds_of(window.starts), seconds_of(window.ends))
    terms, at = terms_of(queue), seconds_of(now)
    found = hosts_of(queue, None if host is None else [host])
    refuse = _refusals(queue, customer, contact, now)
    hidden: list[HiddenHour] = []
    but_for = held_commitments(own_holds(queue, customer)) if customer else []
    for hours in host_hours(queue, window, hosts=found, now=now, but_for=but_for):
        for start, reason in hidden_starts(hours, terms, at, seconds):
            hidden.append(_hidden(start, terms, hours.host, reason, reason.words))
        for start in free_starts(hours, terms, at, seconds):
            refusal = refuse(_span(start, terms))
            if refusal is not None:
                hidden.append(_hidden(start, terms, hours.host, refusal.code, refusal.words))
    for of_host, parts in other_hours(queue, window, hosts=found).items():
        for part, reason in parts:
            for start in grid((seconds_of(part.starts), seconds_of(part.ends)), terms.step, seconds):
                hidden.append(_hidden(start, terms, of_host, reason, reason.words))
    return sorted(hidden, key=lambda hour: (hour.starts, hour.host))


def reasons_at(
    queue: Queue,
    starts_at: datetime,
    *,
    hosts: Collection[int] | None = None,
    but_for: Collection[int] = (),
    now: datetime,
) -> dict[int, Reason | None]:
    """Return for each host (or these) why an hour from this start is not offered, None where it is.

    Who does not host the queue is left out. Commitments whose ids are in `but_for` count as given back.
    """
    return look_around(queue, starts_at, hosts=hosts, but_for=but_for, now=now).reasons


def _slots(
    queue: Queue,
    window: Span,
    *,
    customer: Customer | None,
    contact: Contact | None,
    host: int | None,
    moving: Booking | None,
    now: datetime | None,
    around: Around | None = None,
) -> list[Slot]:
    now = now or timezone.now()
    if not queue.is_open:
        return []
    claims = None
    if customer is not None:
        if moving is None and refusal_of(queue, customer, contact=contact) is not None:
            return []
        claims = claims_of(queue, customer, now=now, but_for=moving)
    terms = terms_of(queue)
    hours = around.hours if around else _hours(queue, window, customer, host, moving, now)
    free = _merged(hours, terms, seconds_of(now), (seconds_of(window.starts), seconds_of(window.ends)))
    offered = (_slot(start, terms, free[start]) for start in sorted(free))
    # A booking can't move to where it is, unless another host is asked for.
    stays = moving.starts_at if moving is not None and host in (None, moving.host_id) else None
    return [slot for slot in offered if slot.starts != stays and _is_for(claims, slot)]


def _hours(
    queue: Queue, window: Span, customer: Customer | None, host: int | None, moving: Booking | None, now: datetime
) -> list[HostHours]:
    but_for = held_commitments(own_holds(queue, customer)) if customer else []
    if moving is not None:
        but_for.append(moving.commitment_id)
    found = hosts_of(queue, None if host is None else [host])
    return host_hours(queue, window, hosts=found, now=now, but_for=but_for)


def _merged(hours: Iterable[HostHours], terms: Terms, now: int, window: Seconds) -> dict[int, list[int]]:
    free: defaultdict[int, list[int]] = defaultdict(list)
    for of_host in hours:
        for start in free_starts(of_host, terms, now, window):
            free[start].append(of_host.host)
    return free


def _slot(start: int, terms: Terms, hosts: list[int]) -> Slot:
    span = _span(start, terms)
    return Slot(span.starts, span.ends, hosts)


def _hidden(start: int, terms: Terms, host: int, code: str, words: str) -> HiddenHour:
    span = _span(start, terms)
    return HiddenHour(span.starts, span.ends, host, str(code), words)


def _span(start: int, terms: Terms) -> Span:
    return Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(start + terms.length, UTC))


def _refusals(
    queue: Queue, customer: Customer | None, contact: Contact | None, now: datetime
) -> Callable[[Span], Refusal | None]:
    """Return what says why a free hour is not offered: the queue is closed, or the customer may not have it."""
    if not queue.is_open:
        closed = Refusal(Reason.QUEUE_CLOSED, Reason.QUEUE_CLOSED.words)
        return lambda _: closed
    if customer is None:
        return lambda _: None
    general, claims = refusal_of(queue, customer, contact=contact), claims_of(queue, customer, now=now)
    return lambda hour: general or not_claimable(claims, hour)


def _is_for(claims: Claims | None, slot: Slot) -> bool:
    return claims is None or not_claimable(claims, Span(slot.starts, slot.ends)) is None


def _ahead(queue: Queue, now: datetime) -> Span:
    """Return the time in which anything can be booked."""
    return Span(now, now + timedelta(days=queue.horizon_days, seconds=1))
