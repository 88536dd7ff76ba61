"""Random availability, bookings, moves and cancellations around changes of clocks: what is offered can be booked.

Whatever happens, no host and no customer is in two places, no allowance is exceeded, every hour that is offered can be
had, and every hour of the grid that is not offered says why.
"""

import contextlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import CompanySettings
from calendars import ledger
from calendars.models import Absence, Commitment
from calendars.rules.clock import local_day
from calendars.rules.spans import Span
from core.errors import Conflict
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.actions.holds import hold_slot
from queues.models import Booking, Queue
from queues.queries.hosts import host_hours, hosts_of
from queues.queries.slots import slots, why_not
from queues.rules.customers import period_start
from queues.rules.reasons import Reason
from tests.cast import make_customer, make_person
from tests.queues.making import book_hour, ledger_overlaps, make_host, make_hours, make_queue

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The day of every change of clocks in two years, in zones that change by an hour, by half an hour, and in none.
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/New_York", date(2027, 3, 14)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/Berlin", date(2027, 3, 28)),
    ("Asia/Kolkata", date(2026, 10, 31)),
    ("Asia/Kathmandu", date(2026, 12, 31)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
]
ZONES = sorted({zone for zone, _ in CHANGES})
DAYS = 3

periods = st.sampled_from([((0, 5),), ((8, 12),), ((1.5, 4.25),), ((22, 24), (0, 2)), ((9, 12), (12.75, 17))])
steps = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "book", "move", "cancel", "hold", "meeting", "absence"]),
        st.integers(0, 2),
        st.integers(0, 60),
    ),
    min_size=3,
    max_size=7,
)


@given(
    change=st.sampled_from(CHANGES),
    hosts=st.lists(
        st.tuples(st.sampled_from(ZONES), periods, st.sampled_from([90, 240, 2400])), min_size=1, max_size=2
    ),
    shape=st.tuples(
        st.sampled_from([30, 45, 60]), st.sampled_from([15, 45, 60]), st.sampled_from([0, 10]), st.sampled_from([0, 15])
    ),
    per_customer=st.sampled_from([1, 2, 50]),
    visitor=st.sampled_from(ZONES),
    steps=steps,
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_offered_can_be_had_and_what_is_not_says_why(
    db: None,
    change: tuple[str, date],
    hosts: list[tuple[str, Any, int]],
    shape: tuple[int, int, int, int],
    per_customer: int,
    visitor: str,
    steps: list[tuple[str, int, int]],
) -> None:
    _, day = change
    now = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1, hours=4)
    with transaction.atomic(), mock.patch.object(timezone, "now", return_value=now):
        world = World(day, visitor, hosts, shape, per_customer)
        for step in steps:
            world.do(*step)
            world.check()
        transaction.set_rollback(True)


class World:
    """A queue around a day, with customers who do what the steps say."""

    def __init__(self, day: date, visitor: str, hosts: list[Any], shape: tuple[int, ...], per_customer: int) -> None:
        length, step, before, after = shape
        self.queue = make_queue(
            slot_minutes=length,
            step_minutes=step,
            buffer_before_minutes=before,
            buffer_after_minutes=after,
            hours_per_customer=per_customer,
        )
        self.first, self.last, self.visitor = day - timedelta(days=1), day + timedelta(days=DAYS - 2), visitor
        self.customers = [make_customer(f"Customer {number}") for number in range(3)]
        self.people = []
        for number, (zone, hours, weekly) in enumerate(hosts):
            person = make_person(f"host{number}@company.example")
            make_hours(person, *hours, weekdays=range(7), zone=zone)
            make_host(self.queue, person, weekly_minutes=weekly)
            self.people.append(person)

    def do(self, what: str, who: int, which: int) -> None:
        """Take one step: with an hour that is offered, so that it must succeed."""
        customer = self.customers[who]
        booking = Booking.objects.filter(customer=customer, state="booked", starts_at__gt=timezone.now()).first()
        if what == "cancel" and booking is not None:
            cancel_booking(actor=None, booking=booking, as_customer=False)
        elif what == "move" and booking is not None:
            offered = self.offered(customer=customer, moving=booking)
            if offered:
                reschedule_booking(
                    actor=None, booking=booking, starts_at=offered[which % len(offered)].starts, as_customer=False
                )
        elif what in ("book", "hold"):
            offered = self.offered(customer=customer)
            if offered:
                start = offered[which % len(offered)].starts
                if what == "book":
                    book_hour(self.queue, customer, start)
                else:
                    hold_slot(actor=None, queue=self.queue, customer=customer, starts_at=start)
        elif what in ("meeting", "absence"):
            self.take_time(self.people[who % len(self.people)], which, what)

    def take_time(self, person: Any, which: int, what: str) -> None:
        """Put something else into the calendar, which finds its place or none."""
        starts = datetime.combine(self.first, datetime.min.time(), UTC) + timedelta(minutes=37 * which)
        span = Span(starts, starts + timedelta(minutes=50))
        if what == "absence":
            if Absence.objects.filter(person=person, starts_at__lt=span.ends, ends_at__gt=span.starts).exists():
                # Nobody is away twice at the same time: the database refuses it.
                return
            absence = Absence.objects.create(person=person, starts_at=span.starts, ends_at=span.ends, time_zone="UTC")
            ledger.take_absence(absence)
            return
        with contextlib.suppress(Conflict):
            ledger.take(host=person, span=span, kind="meeting")

    def offered(self, **asked: Any) -> list[Any]:
        return slots(self.queue, self.first, self.last, self.visitor, **asked)

    def check(self) -> None:
        """Look at all that must hold after every step."""
        assert ledger_overlaps() == []
        self.check_customers()
        self.check_grid()
        self.check_first_offer()

    def check_customers(self) -> None:
        standing = Booking.objects.filter(state="booked")
        company = CompanySettings.current().time_zone
        used = Counter((one.customer_id, period_start(local_day(one.starts_at, company), "month")) for one in standing)
        assert all(count <= self.queue.hours_per_customer for count in used.values())
        for one in standing:
            assert one.commitment.active
            assert (one.commitment.starts_at, one.commitment.ends_at) == (one.starts_at, one.ends_at)
            assert one.allowance_place.active
            others = standing.filter(customer=one.customer_id).exclude(pk=one.pk)
            assert not others.filter(starts_at__lt=one.ends_at, ends_at__gt=one.starts_at).exists()

    def check_grid(self) -> None:
        """Each start that a host's availability anchors is either offered or hidden with a reason, never both."""
        hidden = {
            (hour.host, hour.starts): hour.code for hour in why_not(self.queue, self.first, self.last, self.visitor)
        }
        offered = {(host, slot.starts) for slot in self.offered() for host in slot.hosts}
        assert not offered & set(hidden)
        assert set(hidden.values()) <= {reason.value for reason in Reason}
        assert {(host, start) for host, start in self.anchored()} <= offered | set(hidden)

    def anchored(self) -> set[tuple[int, datetime]]:
        """Return the grid as a reader of the rules would draw it: from each span's start in steps to its end."""
        midday = datetime.combine(self.first, datetime.min.time(), UTC) + timedelta(hours=12)
        window = Span(midday, midday + timedelta(days=DAYS))
        found = set()
        for hours in host_hours(self.queue, window, hosts=hosts_of(self.queue), now=timezone.now()):
            for begins, ends in hours.available:
                start = datetime.fromtimestamp(begins, UTC)
                while start < datetime.fromtimestamp(ends, UTC):
                    if self.first <= local_day(start, self.visitor) <= self.last:
                        found.add((hours.host, start))
                    start += timedelta(minutes=self.queue.step_minutes)
        return found

    def check_first_offer(self) -> None:
        """Book the first hour that each host offers, and take it back."""
        newcomer = make_customer("Newcomer")
        for slot in self.offered(customer=newcomer)[:2]:
            for host in slot.hosts:
                person = next(person for person in self.people if person.pk == host)
                with transaction.atomic():
                    booking = book_hour(Queue.objects.get(), newcomer, slot.starts, host=person)
                    assert Commitment.objects.filter(booking=booking, host=person, starts_at=slot.starts).exists()
                    transaction.set_rollback(True)
        newcomer.delete()
