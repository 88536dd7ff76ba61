"""Which hours are offered, and why others are not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars import ledger
from calendars.models import Absence, CompanyHoliday, SpecialDay, SpecialPeriod
from calendars.rules.spans import Span
from queues.actions.bookings import cancel_booking
from queues.actions.holds import hold_slot
from queues.models import Queue, QueueHost
from queues.queries.slots import next_free, slots, why_not
from tests.cast import make_customer, make_person
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, make_window, monday

pytestmark = pytest.mark.django_db

# A winter Monday long before any change of clocks, for rules that look at no clock.
WINTER = datetime(2026, 1, 12, tzinfo=UTC)


@pytest.fixture
def person(db: None) -> User:
    """Return somebody who hosts."""
    return make_person("host@company.example", name="Hanna")


@pytest.fixture
def queue(db: None) -> Queue:
    """Return a queue without hosts."""
    return make_queue()


def starts(queue: Queue, day: date, zone: str = "UTC", now: datetime | None = None, **asked: object) -> list[str]:
    found = slots(queue, day, day, zone, now=now, **asked)  # type: ignore[arg-type]
    return [f"{slot.starts.astimezone(ZoneInfo(zone)):%H:%M}" for slot in found]


def reasons(queue: Queue, day: date, **asked: object) -> dict[str, str]:
    return {f"{hour.starts:%H:%M}": hour.code for hour in why_not(queue, day, day, **asked)}  # type: ignore[arg-type]


def commit(person: User, begins: datetime, ends: datetime, kind: str = "meeting", **fields: object) -> None:
    ledger.take(host=person, span=Span(begins, ends), kind=kind, **fields)  # type: ignore[arg-type]


# --- the grid -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "first"),
    [("Asia/Kolkata", "03:30"), ("Asia/Kathmandu", "03:15"), ("Pacific/Chatham", "20:15"), ("UTC", "09:00")],
)
def test_hours_begin_where_availability_begins(queue: Queue, person: User, zone: str, first: str) -> None:
    make_hours(person, (9, 12), zone=zone)
    make_host(queue, person)
    found = slots(queue, monday(), monday(), zone)
    assert [f"{slot.starts.astimezone(ZoneInfo(zone)):%H:%M}" for slot in found] == ["09:00", "10:00", "11:00"]
    if zone != "Pacific/Chatham":
        assert f"{found[0].starts:%H:%M}" == first


def test_each_span_of_availability_has_its_own_anchor(queue: Queue, person: User) -> None:
    make_hours(person, (9.25, 12), (13.5, 17.75))
    make_host(queue, person)
    assert starts(queue, monday()) == ["09:15", "10:15", "13:30", "14:30", "15:30", "16:30"]
    Queue.objects.update(step_minutes=45, slot_minutes=30)
    queue.refresh_from_db()
    assert starts(queue, monday())[:4] == ["09:15", "10:00", "10:45", "11:30"]


def test_an_hour_may_go_on_past_midnight(queue: Queue, person: User) -> None:
    make_hours(person, (0, 1), (22, 24), weekdays=range(7))
    make_host(queue, person)
    Queue.objects.update(slot_minutes=90, step_minutes=30)
    queue.refresh_from_db()
    assert starts(queue, monday()) == ["22:00", "22:30", "23:00", "23:30"]


def test_a_visitor_sees_its_own_days(queue: Queue, person: User) -> None:
    make_hours(person, (9, 11), zone="Pacific/Kiritimati", weekdays=[1])
    make_host(queue, person)
    # Tuesday 9 o'clock there is Monday 8 o'clock in Midway.
    assert starts(queue, monday(), "Pacific/Midway") == ["08:00", "09:00"]
    assert starts(queue, monday() + timedelta(days=1), "Pacific/Midway") == []
    assert starts(queue, monday() + timedelta(days=1), "Pacific/Kiritimati") == ["09:00", "10:00"]


def test_windows_narrow_the_working_hours(queue: Queue, person: User) -> None:
    make_hours(person, (9, 12), (13, 17))
    host = make_host(queue, person)
    make_window(host, 0, 10.5, 15)
    assert starts(queue, monday()) == ["10:30", "13:00", "14:00"]
    assert starts(queue, monday() + timedelta(days=1)) == []
    told = reasons(queue, monday())
    assert (told["09:00"], told["11:30"], told["16:00"]) == ("outside_windows", "too_short", "outside_windows")


def test_hosts_are_merged(queue: Queue, person: User) -> None:
    other = make_person("other@company.example")
    make_hours(person, (9, 11))
    make_hours(other, (10, 12))
    for one in (person, other):
        make_host(queue, one)
    found = {slot.starts.hour: slot.hosts for slot in slots(queue, monday(), monday(), "UTC")}
    assert found == {9: [person.pk], 10: [person.pk, other.pk], 11: [other.pk]}
    assert starts(queue, monday(), host=other.pk) == ["10:00", "11:00"]
    QueueHost.objects.filter(person=other).update(is_active=False)
    assert starts(queue, monday()) == ["09:00", "10:00"]
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert starts(queue, monday()) == []


# --- days when clocks change ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "day", "hours", "offered"),
    [
        # Clocks jump from 2 to 3: the hour that does not exist is not offered.
        ("Europe/Berlin", date(2027, 3, 28), (0, 5), ["00:00", "01:00", "03:00", "04:00"]),
        # Clocks go back from 3 to 2: the repeated hour is there twice.
        ("Europe/Berlin", date(2026, 10, 25), (0, 4), ["00:00", "01:00", "02:00", "02:00", "03:00"]),
        ("America/New_York", date(2027, 3, 14), (0, 5), ["00:00", "01:00", "03:00", "04:00"]),
        # Half an hour back at 2: the grid goes on by the stop-watch.
        ("Australia/Lord_Howe", date(2027, 4, 4), (0, 4), ["00:00", "01:00", "01:30", "02:30"]),
        ("Pacific/Chatham", date(2027, 9, 26), (0, 6), ["00:00", "01:00", "02:00", "04:00", "05:00"]),
    ],
)
def test_days_when_clocks_change(
    queue: Queue, person: User, zone: str, day: date, hours: tuple[int, int], offered: list[str]
) -> None:
    make_hours(person, hours, zone=zone, weekdays=range(7))
    make_host(queue, person)
    now = datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=5)
    assert starts(queue, day, zone, now=now) == offered


# --- what takes time ------------------------------------------------------------------------------
def test_everything_in_the_ledger_hides_hours_and_says_what(queue: Queue, person: User) -> None:
    make_hours(person, (9, 17))
    make_host(queue, person)
    Queue.objects.update(buffer_before_minutes=10, buffer_after_minutes=15)
    queue.refresh_from_db()
    day = monday()
    commit(person, at(day, 10), at(day, 10.5))
    hold_slot(actor=None, queue=queue, customer=make_customer("Acme"), starts_at=at(day, 14))
    assert starts(queue, day) == ["11:00", "12:00", "16:00"]
    assert reasons(queue, day) == {
        "09:00": "buffer",
        "10:00": "committed",
        "13:00": "buffer",
        "14:00": "held",
        "15:00": "buffer",
    }


def test_holidays_special_days_and_absences_have_their_reasons(queue: Queue, person: User) -> None:
    make_hours(person, (9, 11))
    make_host(queue, person)
    day = monday()
    CompanyHoliday.objects.create(on=day, name="Party")
    special = SpecialDay.objects.create(person=person, on=day + timedelta(days=1))
    SpecialPeriod.objects.create(day=special, starts=14 * 60, ends=15 * 60)
    Absence.objects.create(
        person=person, starts_at=at(day + timedelta(days=2), 0), ends_at=at(day + timedelta(days=3), 0), time_zone="UTC"
    )
    assert reasons(queue, day) == {"09:00": "holiday", "10:00": "holiday"}
    assert starts(queue, day + timedelta(days=1)) == ["14:00"]
    assert reasons(queue, day + timedelta(days=1)) == {"09:00": "special_day", "10:00": "special_day"}
    assert reasons(queue, day + timedelta(days=2)) == {"09:00": "absence", "10:00": "absence"}
    assert reasons(queue, day + timedelta(days=5)) == {"09:00": "outside_hours", "10:00": "outside_hours"}


def test_a_hold_that_ran_out_inside_an_absence_stays_hidden(queue: Queue, person: User) -> None:
    make_hours(person, (9, 11))
    make_host(queue, person)
    day = monday()
    commit(person, at(day, 9), at(day, 10), "held", expires_at=timezone.now() - timedelta(minutes=1))
    Absence.objects.create(person=person, starts_at=at(day, 0), ends_at=at(day, 24), time_zone="UTC")
    assert starts(queue, day) == []


def test_notice_and_horizon(queue: Queue, person: User) -> None:
    make_hours(person, (9, 13))
    make_host(queue, person)
    Queue.objects.update(notice_minutes=90, horizon_days=1)
    queue.refresh_from_db()
    now = WINTER + timedelta(hours=8.5)
    assert starts(queue, WINTER.date(), now=now) == ["10:00", "11:00", "12:00"]
    assert reasons(queue, WINTER.date(), now=now) == {"09:00": "notice"}
    now = WINTER - timedelta(hours=13)
    assert starts(queue, WINTER.date(), now=now) == ["09:00", "10:00", "11:00"]
    assert reasons(queue, WINTER.date(), now=now) == {"12:00": "horizon"}


def test_a_host_gives_so_many_hours_a_week_of_its_own_zone(queue: Queue, person: User) -> None:
    make_hours(person, (9, 12), zone="Asia/Tokyo", weekdays=range(7))
    make_host(queue, person, weekly_minutes=120)
    customer, day = make_customer("Acme"), monday()
    sunday = day + timedelta(days=6)
    # 9 o'clock on Monday in Tokyo is midnight in UTC.
    first = book_hour(queue, customer, at(day, 0))
    book_hour(queue, customer, at(sunday, 1))
    assert {starts(queue, day + timedelta(days=days), "Asia/Tokyo") == [] for days in range(7)} == {True}
    assert set(reasons(queue, day + timedelta(days=2)).values()) == {"weekly_hours_full"}
    assert starts(queue, sunday + timedelta(days=1), "Asia/Tokyo") == ["09:00", "10:00", "11:00"]
    assert starts(queue, day - timedelta(days=1), "Asia/Tokyo") == ["09:00", "10:00", "11:00"]
    cancel_booking(actor=None, booking=first)
    assert starts(queue, day, "Asia/Tokyo") == ["09:00", "10:00", "11:00"]


def test_hours_of_another_queue_take_time_but_not_this_queue_s_week(queue: Queue, person: User) -> None:
    make_hours(person, (9, 12))
    make_host(queue, person, weekly_minutes=60)
    other = make_queue("other")
    make_host(other, person)
    book_hour(other, make_customer("Acme"), at(monday(), 9))
    assert starts(queue, monday()) == ["10:00", "11:00"]


def test_a_customer_s_rules_are_told_to_staff(queue: Queue, person: User) -> None:
    make_hours(person, (9, 11))
    make_host(queue, person)
    customer = make_customer("Acme")
    Queue.objects.update(hours_per_customer=1)
    queue.refresh_from_db()
    book_hour(queue, customer, at(monday(), 9))
    assert reasons(queue, monday(), customer=customer) == {"09:00": "committed", "10:00": "allowance_used"}
    assert reasons(queue, monday(), customer=make_customer("Other")) == {"09:00": "committed"}
    Queue.objects.update(is_open=False)
    queue.refresh_from_db()
    assert reasons(queue, monday()) == {"09:00": "committed", "10:00": "queue_closed"}


def test_the_next_free_hour_is_found_however_far(queue: Queue, person: User) -> None:
    assert next_free(queue) is None
    make_hours(person, (9, 10), weekdays=[0])
    make_host(queue, person)
    for week in range(-1, 4):
        commit(person, at(monday(week), 9), at(monday(week), 10))
    found = next_free(queue)
    assert found is not None
    assert found.starts == at(monday(4), 9)
    Queue.objects.update(horizon_days=3)
    queue.refresh_from_db()
    assert next_free(queue) is None


def test_the_number_of_queries_grows_with_neither_hosts_nor_days(queue: Queue, person: User) -> None:
    customer = make_customer("Acme")

    def queries(days: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            slots(queue, monday(), monday() + timedelta(days=days), "UTC", customer=customer)
        return len(captured)

    make_hours(person, (9, 12))
    make_window(make_host(queue, person), 0, 9, 12)
    queries(1)
    few = queries(1)
    for number in range(12):
        other = make_person(f"host{number}@company.example")
        make_hours(other, (8, 12 + number % 3), zone=["UTC", "Europe/Berlin", "Asia/Kathmandu"][number % 3])
        make_window(make_host(queue, other), number % 5, 9, 12)
        commit(other, at(monday(), 9), at(monday(), 10))
    assert queries(45) == few
