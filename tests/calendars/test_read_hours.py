"""What people work, what is taken of it and what is left, read for many at once."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from calendars import ledger
from calendars.models import (
    Absence,
    Commitment,
    CompanyHoliday,
    SpecialDay,
    SpecialPeriod,
    WorkPattern,
    WorkPeriod,
)
from calendars.queries.hours import working_days, working_spans
from calendars.queries.ledger import taken_spans
from calendars.queries.supply import WeekHours, weekly_minutes
from calendars.rules.spans import Span
from tests.cast import make_person

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
SUNDAY = date(2026, 11, 29)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def pattern(person: User, starts_on: date, zone: str, *periods: tuple[int, int, int], **fields: str) -> WorkPattern:
    row = WorkPattern.objects.create(person=person, starts_on=starts_on, time_zone=zone, **fields)
    WorkPeriod.objects.bulk_create(
        WorkPeriod(pattern=row, weekday=weekday, starts=starts * 60, ends=ends * 60)
        for weekday, starts, ends in periods
    )
    return row


def special(person: User, on: date, *periods: tuple[int, int]) -> None:
    day = SpecialDay.objects.create(person=person, on=on)
    SpecialPeriod.objects.bulk_create(SpecialPeriod(day=day, starts=s * 60, ends=e * 60) for s, e in periods)


def test_somebody_without_a_pattern_works_the_usual_week_of_its_zone() -> None:
    person = make_person("a@company.example", time_zone="Europe/Berlin")
    days = working_days([person.pk], MONDAY, SUNDAY)[person.pk]
    assert days[MONDAY] == [Span(at(23, 8), at(23, 11)), Span(at(23, 12), at(23, 17))]
    assert [sum(span.minutes for span in spans) for spans in days.values()] == [480] * 5 + [0, 0]
    assert working_spans([person.pk], MONDAY, SUNDAY)[person.pk][:2] == days[MONDAY]


def test_a_pattern_holds_from_its_day_until_the_next() -> None:
    person = make_person("a@company.example")
    pattern(person, date(2026, 1, 1), "UTC", (0, 1, 2))
    pattern(person, date(2026, 6, 1), "UTC", (0, 6, 8), (1, 6, 8), (2, 6, 8))
    pattern(person, date(2026, 11, 25), "UTC", (2, 10, 12))
    days = working_days([person.pk], MONDAY, SUNDAY)[person.pk]
    assert [span for spans in days.values() for span in spans] == [
        Span(at(23, 6), at(23, 8)),
        Span(at(24, 6), at(24, 8)),
        Span(at(25, 10), at(25, 12)),
    ]


def test_before_the_first_pattern_the_usual_week_holds_and_an_empty_one_is_free() -> None:
    person = make_person("a@company.example")
    pattern(person, date(2026, 11, 25), "UTC")
    minutes = [sum(s.minutes for s in spans) for spans in working_days([person.pk], MONDAY, SUNDAY)[person.pk].values()]
    assert minutes == [480, 480, 0, 0, 0, 0, 0]


def test_touching_periods_are_one_span_across_midnight() -> None:
    person = make_person("a@company.example")
    pattern(person, date(2026, 1, 1), "UTC", (0, 20, 22), (0, 22, 24), (1, 0, 4))
    assert working_spans([person.pk], MONDAY, SUNDAY)[person.pk] == [Span(at(23, 20), at(24, 4))]


def test_public_and_company_holidays_are_free_and_a_special_day_wins() -> None:
    person = make_person("a@company.example", country="US")
    german = make_person("b@company.example", country="DE")
    unknown = make_person("c@company.example", country="XX")
    CompanyHoliday.objects.create(on=date(2026, 11, 23), name="Founding day")
    CompanyHoliday.objects.create(on=date(2026, 11, 24), country="DE", name="Move of the office")
    special(person, date(2026, 11, 26), (10, 12))
    special(german, date(2026, 11, 27))

    def worked(who: User) -> list[int]:
        days = working_days([who.pk], MONDAY, SUNDAY)[who.pk]
        return [sum(span.minutes for span in spans) for spans in days.values()]

    # The 26th is Thanksgiving, on which the first works two hours all the same.
    assert worked(person) == [0, 480, 480, 120, 480, 0, 0]
    assert worked(german) == [0, 0, 480, 480, 0, 0, 0]
    assert worked(unknown) == [0, 480, 480, 480, 480, 0, 0]


def test_a_subdivision_adds_its_own_holidays() -> None:
    bavarian, hessian, elsewhere = (make_person(f"{name}@company.example") for name in "abc")
    week = tuple((weekday, 9, 17) for weekday in range(7))
    for person, part in ((bavarian, "BY"), (hessian, "HE"), (elsewhere, "QQ")):
        pattern(person, date(2026, 1, 1), "Europe/Berlin", *week, country="DE", subdivision=part)
    epiphany = date(2027, 1, 6)
    spans = working_spans([bavarian.pk, hessian.pk, elsewhere.pk], epiphany, epiphany)
    assert [len(spans[person.pk]) for person in (bavarian, hessian, elsewhere)] == [0, 1, 1]


def test_who_moves_east_overnight_works_no_moment_twice() -> None:
    person = make_person("a@company.example")
    week = tuple((weekday, 0, 24) for weekday in range(7))
    pattern(person, date(2026, 1, 1), "America/New_York", *week)
    pattern(person, date(2026, 11, 25), "Asia/Kolkata", *week)
    days = working_days([person.pk], MONDAY, SUNDAY)[person.pk]
    # New York's Tuesday ends at 5:00 UTC, when Kolkata's Wednesday has begun ten and a half hours ago.
    assert days[date(2026, 11, 25)] == [Span(at(25, 5), at(25, 18, 30))]
    assert working_spans([person.pk], MONDAY, SUNDAY)[person.pk] == [Span(at(23, 5), at(29, 18, 30))]


def test_deactivated_people_contacts_and_unknown_ids_have_no_hours(cast: SimpleNamespace) -> None:
    gone = make_person("gone@company.example", is_active=False)
    ids = [gone.pk, cast.acme_contact.user.pk, 10**9]
    assert working_spans(ids, MONDAY, SUNDAY) == {pk: [] for pk in ids}
    assert all(spans == [] for pk in ids for spans in working_days(ids, MONDAY, SUNDAY)[pk].values())
    assert working_spans([], MONDAY, SUNDAY) == {}


def test_taken_time_is_told_by_kind_with_its_buffers(cast: SimpleNamespace) -> None:
    hour = Span(at(24, 10), at(24, 11))
    kinds = Commitment.Kind
    quarter = timedelta(minutes=15)
    ledger.take(host=cast.csm, span=hour, kind=kinds.HOUR, after=quarter)
    meeting = ledger.take(host=cast.csm, span=Span(at(24, 13), at(24, 14)), kind=kinds.MEETING)
    held = Span(at(24, 15), at(24, 16))
    ledger.take(host=cast.csm, span=held, kind=kinds.HELD, expires_at=timezone.now() + quarter)
    window = Span(at(24, 0), at(25, 0))
    everything = [
        ("hour", Span(at(24, 10), at(24, 11, 15))),
        ("meeting", Span(at(24, 13), at(24, 14))),
        ("held", held),
    ]
    assert taken_spans([cast.csm.pk, cast.am.pk], window) == {cast.csm.pk: everything, cast.am.pk: []}
    assert taken_spans([cast.csm.pk], window, {kinds.HOUR})[cast.csm.pk] == everything[:1]
    assert taken_spans([cast.csm.pk], Span(at(24, 11, 15), at(24, 13)))[cast.csm.pk] == []
    later = timezone.now() + quarter
    assert taken_spans([cast.csm.pk], window, at=later)[cast.csm.pk] == everything[:2]
    ledger.release(meeting)
    assert taken_spans([cast.csm.pk], window, at=later)[cast.csm.pk] == everything[:1]


def test_a_week_is_what_is_worked_less_absences_and_what_is_not_customers(cast: SimpleNamespace) -> None:
    kinds = Commitment.Kind
    ledger.take(host=cast.csm, span=Span(at(24, 10), at(24, 11)), kind=kinds.HOUR)
    ledger.take(host=cast.csm, span=Span(at(24, 17), at(24, 20)), kind=kinds.MEETING)
    absence = Absence.objects.create(
        person=cast.csm, starts_at=at(24, 9), ends_at=at(24, 12), time_zone="UTC", is_whole_days=False
    )
    ledger.take_absence(absence)
    first, second = weekly_minutes([cast.csm.pk], MONDAY, 2)[cast.csm.pk]
    # Two of the absence's three hours, as the one booked before is worked; one of the meeting's is working time.
    assert first == WeekHours(working=2400, absent=120, committed=60, free=2220)
    assert second == WeekHours(working=2400, absent=0, committed=0, free=2400)


def test_weeks_begin_on_mondays() -> None:
    person = make_person("a@company.example")
    with pytest.raises(ValueError, match="not a Monday"):
        weekly_minutes([person.pk], MONDAY + timedelta(days=1), 1)
    assert weekly_minutes([person.pk], MONDAY, 0) == {person.pk: []}


@pytest.mark.parametrize("count", [3, 300])
def test_hours_take_the_same_queries_however_many_people(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = User.objects.bulk_create(
        User(email=f"p{number}@company.example", name=f"P{number}", country="US") for number in range(count)
    )
    for person in people[:3]:
        pattern(person, date(2026, 1, 1), "Asia/Kathmandu", (0, 9, 17))
        special(person, MONDAY, (9, 12))
    ids = [person.pk for person in people]
    with django_assert_num_queries(4):
        assert len(working_spans(ids, MONDAY, MONDAY + timedelta(days=90))) == count
    with django_assert_num_queries(1):
        taken_spans(ids, Span(at(1, 0), at(30, 0)))
    with django_assert_num_queries(5):
        assert len(weekly_minutes(ids, MONDAY, 13)) == count
