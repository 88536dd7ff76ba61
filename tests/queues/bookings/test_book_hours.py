"""Booking an hour: whose it is, what is refused, and what is left behind."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import CompanySettings, TimelineEntry
from calendars.models import Commitment
from core.errors import Conflict, Invalid
from queues.actions.bookings import book, cancel_booking, reschedule_booking
from queues.actions.holds import hold_slot, release_hold
from queues.models import AllowancePlace, Booking, Hold
from queues.queries.slots import slots
from queues.signals import booking_cancelled, booking_made, booking_moved, slot_freed
from tests.cast import make_customer, make_person
from tests.queues.making import at, book_hour, ledger_overlaps, make_host, make_hours, make_queue, monday

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: SimpleNamespace) -> SimpleNamespace:
    """Return a queue with one host who works from 9 to 12, a Monday, and two customers."""
    queue = make_queue()
    make_hours(cast.specialist, (9, 12))
    make_host(queue, cast.specialist)
    return SimpleNamespace(
        queue=queue, host=cast.specialist, day=monday(), acme=cast.acme, globex=cast.globex, cast=cast
    )


def hours_of(desk: SimpleNamespace, **asked: object) -> list[int]:
    return [slot.starts.hour for slot in slots(desk.queue, desk.day, desk.day, "UTC", **asked)]


def test_a_booked_hour_is_gone_from_the_list_and_stands_in_the_ledger(desk: SimpleNamespace) -> None:
    assert hours_of(desk) == [9, 10, 11]
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10), contact=desk.cast.acme_contact)
    assert hours_of(desk) == [9, 11]
    assert (booking.host, booking.why_host) == (desk.host, "The only one free at that time")
    assert (booking.commitment.kind, booking.commitment.starts_at) == ("hour", at(desk.day, 10))
    place = AllowancePlace.objects.get(booking=booking)
    assert (place.number, place.out_of, place.active) == (1, 20, True)
    entry = TimelineEntry.objects.get(customer=desk.acme, kind="booking.made")
    assert "10:00 (UTC)" in entry.summary


def test_a_taken_hour_is_a_conflict_with_the_three_nearest(desk: SimpleNamespace) -> None:
    book_hour(desk.queue, desk.acme, at(desk.day, 10))
    with pytest.raises(Conflict) as refused:
        book_hour(desk.queue, desk.globex, at(desk.day, 10))
    assert refused.value.code == "slot_taken"
    near = [slot.starts for slot in refused.value.details["nearest"]]
    assert near == [at(desk.day, 9), at(desk.day, 11), at(desk.day + timedelta(days=1), 9)]


def refusal(desk: SimpleNamespace, start: object, **how: object) -> str:
    with pytest.raises(Invalid) as refused:
        book_hour(desk.queue, desk.acme, start, **how)  # type: ignore[arg-type]
    assert not Booking.objects.filter(customer=desk.acme, starts_at=start).exists()
    return refused.value.code


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"is_open": False}, "queue_closed"),
        ({"tiers": ["low", "tech"]}, "tier_not_served"),
        ({"languages": ["de"]}, "language_not_served"),
        ({"countries": ["DE"]}, "country_not_served"),
        ({"notice_minutes": 40 * 24 * 60}, "notice"),
        ({"horizon_days": 1}, "horizon"),
    ],
)
def test_each_rule_of_the_queue_has_its_code(desk: SimpleNamespace, fields: dict, code: str) -> None:
    type(desk.acme).objects.filter(pk=desk.acme.pk).update(language="en-GB")
    desk.acme.refresh_from_db()
    type(desk.queue).objects.filter(pk=desk.queue.pk).update(**fields)
    desk.queue.refresh_from_db()
    assert hours_of(desk, customer=desk.acme) == []
    assert refusal(desk, at(desk.day, 10)) == code


@pytest.mark.parametrize("hour", [8, 12, 9.5, 11.5, 10 + 1 / 3600, 34])
def test_hours_that_are_not_offered_cannot_be_booked(desk: SimpleNamespace, hour: float) -> None:
    start = at(desk.day + timedelta(days=4), hour)
    assert refusal(desk, start) == "outside_availability"


def test_words_are_asked_for_and_limited(desk: SimpleNamespace) -> None:
    start = at(desk.day, 10)
    assert refusal(desk, start, topic_text="  ") == "required"
    assert refusal(desk, start, topic_text="x" * 201) == "too_long"
    assert refusal(desk, start, situation="x" * 10_001) == "too_long"
    assert refusal(desk, start, host=desk.cast.csm) == "host_unknown"
    with pytest.raises(Invalid):
        book_hour(desk.queue, desk.acme, start.replace(tzinfo=None))


def test_the_allowance_is_of_the_period_of_the_hour(desk: SimpleNamespace) -> None:
    type(desk.queue).objects.update(hours_per_customer=1, period="month", horizon_days=366)
    desk.queue.refresh_from_db()
    first = book_hour(desk.queue, desk.acme, at(desk.day, 9))
    same = desk.day + timedelta(days=1)
    if same.month != desk.day.month:
        same = desk.day
    assert refusal(desk, at(same, 10)) == "allowance_used"
    assert [
        slot for slot in slots(desk.queue, same, same, "UTC", customer=desk.acme) if slot.starts.day == same.day
    ] == []
    later = monday(6)
    assert book_hour(desk.queue, desk.acme, at(later, 9)).allowance_place.number == 1
    assert book_hour(desk.queue, desk.globex, at(same, 10))
    cancel_booking(actor=None, booking=first)
    assert book_hour(desk.queue, desk.acme, at(same, 11)).allowance_place.number == 1


def test_the_period_is_the_company_s_not_utc_s(desk: SimpleNamespace) -> None:
    company = CompanySettings.current()
    company.time_zone = "Pacific/Kiritimati"
    company.save()
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 11))
    local = (booking.starts_at + timedelta(hours=14)).date()
    assert booking.allowance_place.period_starts_on == local.replace(day=1)


def test_a_customer_is_not_in_two_hours_at_once(desk: SimpleNamespace) -> None:
    other = make_person("second@company.example")
    make_hours(other, (9, 12))
    make_host(desk.queue, other)
    book_hour(desk.queue, desk.acme, at(desk.day, 10))
    assert hours_of(desk, customer=desk.acme) == [9, 11]
    assert hours_of(desk, customer=desk.globex) == [9, 10, 11]
    with pytest.raises(Invalid) as refused:
        book_hour(desk.queue, desk.acme, at(desk.day, 10))
    assert refused.value.code == "customer_busy"


def test_any_expert_is_chosen_fairly_and_says_why(desk: SimpleNamespace) -> None:
    second = make_person("second@company.example")
    make_hours(second, (9, 12))
    make_host(desk.queue, second)
    one = book_hour(desk.queue, desk.acme, at(desk.day, 9))
    two = book_hour(desk.queue, desk.globex, at(desk.day, 9))
    assert {one.host, two.host} == {desk.host, second}
    assert one.why_host.startswith("As few hours lately as others (0 h of 0 h")
    book_hour(desk.queue, desk.acme, at(desk.day, 11), host=second)
    third = book_hour(desk.queue, make_customer("Third", tier="tech"), at(desk.day, 10))
    assert third.host == desk.host
    assert third.why_host == "Fewest hours lately: 1 h of 3 h in 4 weeks and ahead"


def test_a_weight_gives_a_larger_share(desk: SimpleNamespace) -> None:
    second = make_person("second@company.example")
    make_hours(second, (9, 12))
    make_host(desk.queue, second, weight=300)
    hosts = [
        book_hour(desk.queue, make_customer(f"C{n}", tier="tech"), at(desk.day + timedelta(days=n), 9)).host
        for n in range(5)
    ]
    assert hosts.count(second) == 3


# --- holding --------------------------------------------------------------------------------------
def test_a_held_hour_is_the_holder_s_alone(desk: SimpleNamespace) -> None:
    hold = hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    assert hours_of(desk) == [9, 11]
    assert hours_of(desk, customer=desk.acme) == [9, 10, 11]
    with pytest.raises(Conflict):
        book_hour(desk.queue, desk.globex, at(desk.day, 10))
    booking = book_hour(desk.queue, desk.acme, None, hold=hold)  # type: ignore[arg-type]
    assert (booking.starts_at, booking.commitment.kind) == (at(desk.day, 10), "hour")
    assert booking.commitment_id == hold.commitment_id
    assert not Hold.objects.exists()


def test_a_new_hold_gives_the_old_one_back(desk: SimpleNamespace) -> None:
    hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    again = hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 11))
    assert hours_of(desk) == [9, 10]
    assert Commitment.objects.filter(active=True).count() == 1
    release_hold(hold=again)
    assert hours_of(desk) == [9, 10]


def test_booking_another_hour_gives_the_hold_back(desk: SimpleNamespace) -> None:
    hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    book_hour(desk.queue, desk.acme, at(desk.day, 11))
    assert hours_of(desk) == [9, 10]


def test_a_hold_that_has_run_out_gives_way(desk: SimpleNamespace) -> None:
    hold = hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    Commitment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    hold.commitment.refresh_from_db()
    assert hours_of(desk) == [9, 10, 11]
    book_hour(desk.queue, desk.globex, at(desk.day, 10))
    with pytest.raises(Conflict) as refused:
        book_hour(desk.queue, desk.acme, None, hold=hold)  # type: ignore[arg-type]
    assert refused.value.code == "slot_taken"


def test_a_hold_that_has_run_out_is_booked_where_nobody_took_it(desk: SimpleNamespace) -> None:
    hold = hold_slot(actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10))
    Commitment.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    hold.commitment.refresh_from_db()
    assert book_hour(desk.queue, desk.acme, None, hold=hold).starts_at == at(desk.day, 10)  # type: ignore[arg-type]
    assert ledger_overlaps() == []


# --- cancelling and moving ------------------------------------------------------------------------
def test_a_cancelled_hour_is_free_again_for_everybody(desk: SimpleNamespace) -> None:
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10))
    told = []

    def hear(signal: object, **news: object) -> None:
        told.append((signal, news))

    booking_cancelled.connect(hear)
    slot_freed.connect(hear)
    try:
        cancelled = cancel_booking(actor=desk.cast.manager, booking=booking, reason="Sick")
    finally:
        booking_cancelled.disconnect(hear)
        slot_freed.disconnect(hear)
    assert [signal for signal, _ in told] == [booking_cancelled, slot_freed]
    assert told[0][1]["as_customer"] is False
    assert (cancelled.state, cancelled.sequence, cancelled.cancelled_by) == ("cancelled", 1, desk.cast.manager)
    assert hours_of(desk) == [9, 10, 11]
    assert not AllowancePlace.objects.filter(active=True).exists()
    with pytest.raises(Conflict) as refused:
        cancel_booking(actor=desk.cast.manager, booking=booking)
    assert refused.value.code == "already_cancelled"


def test_customers_change_until_the_queue_says_and_staff_until_the_start(desk: SimpleNamespace) -> None:
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10))
    type(desk.queue).objects.update(change_until_minutes=60 * 24 * 30)
    for change in (cancel_booking, lambda **how: reschedule_booking(starts_at=at(desk.day, 11), **how)):
        with pytest.raises(Invalid) as refused:
            change(actor=desk.cast.acme_contact.user, booking=booking)
        assert refused.value.code == "too_late_to_change"
    assert cancel_booking(actor=desk.cast.csm, booking=booking).state == "cancelled"


def test_an_hour_that_has_begun_stays(desk: SimpleNamespace) -> None:
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10))
    Booking.objects.update(starts_at=timezone.now() - timedelta(minutes=1))
    for change in (cancel_booking, lambda **how: reschedule_booking(starts_at=at(desk.day, 11), **how)):
        with pytest.raises(Conflict) as refused:
            change(actor=desk.cast.csm, booking=booking)
        assert refused.value.code == "already_started"


def test_a_move_keeps_the_host_and_takes_the_new_time(desk: SimpleNamespace) -> None:
    second = make_person("second@company.example")
    make_hours(second, (9, 12))
    make_host(desk.queue, second)
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10), host=desk.host)
    told = []

    def hear(signal: object, **news: object) -> None:
        told.append((signal, news))

    for signal in (booking_made, booking_moved, slot_freed):
        signal.connect(hear)
    try:
        moved = reschedule_booking(actor=None, booking=booking, starts_at=at(desk.day, 11))
    finally:
        for signal in (booking_made, booking_moved, slot_freed):
            signal.disconnect(hear)
    assert [signal for signal, _ in told] == [booking_moved, slot_freed]
    assert (told[0][1]["old_starts_at"], told[1][1]["starts_at"]) == (at(desk.day, 10), at(desk.day, 10))
    assert (moved.host, moved.starts_at, moved.sequence, moved.moves) == (desk.host, at(desk.day, 11), 1, 1)
    assert Commitment.objects.filter(active=True).count() == 1
    assert moved.commitment.starts_at == at(desk.day, 11)
    assert AllowancePlace.objects.get().active


def test_a_move_onto_itself_by_half_an_hour_works(desk: SimpleNamespace) -> None:
    type(desk.queue).objects.update(step_minutes=30, buffer_after_minutes=15)
    desk.queue.refresh_from_db()
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 9))
    moving = [slot.starts for slot in slots(desk.queue, desk.day, desk.day, "UTC", customer=desk.acme, moving=booking)]
    assert moving == [at(desk.day, hour) for hour in (9.5, 10, 10.5, 11)]
    moved = reschedule_booking(actor=None, booking=booking, starts_at=at(desk.day, 9.5))
    assert (moved.starts_at, ledger_overlaps()) == (at(desk.day, 9.5), [])
    with pytest.raises(Invalid) as refused:
        reschedule_booking(actor=None, booking=moved, starts_at=at(desk.day, 9.5))
    assert refused.value.code == "same_time"


def test_a_move_that_fails_leaves_everything_as_it_was(desk: SimpleNamespace) -> None:
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 10))
    book_hour(desk.queue, desk.globex, at(desk.day, 11))
    with pytest.raises(Conflict) as refused:
        reschedule_booking(actor=None, booking=booking, starts_at=at(desk.day, 11))
    assert at(desk.day, 9) in [slot.starts for slot in refused.value.details["nearest"]]
    booking.refresh_from_db()
    assert (booking.starts_at, booking.sequence, booking.commitment.active) == (at(desk.day, 10), 0, True)


def test_a_move_takes_a_place_of_the_new_period(desk: SimpleNamespace) -> None:
    type(desk.queue).objects.update(hours_per_customer=1, horizon_days=366)
    desk.queue.refresh_from_db()
    booking = book_hour(desk.queue, desk.acme, at(desk.day, 9))
    later = book_hour(desk.queue, desk.acme, at(monday(6), 9))
    with pytest.raises(Invalid) as refused:
        reschedule_booking(actor=None, booking=booking, starts_at=at(monday(6), 10))
    assert refused.value.code == "allowance_used"
    cancel_booking(actor=None, booking=later)
    moved = reschedule_booking(actor=None, booking=booking, starts_at=at(monday(6), 10))
    place = AllowancePlace.objects.get(active=True)
    assert (place.booking, place.period_starts_on) == (moved, monday(6).replace(day=1))


def test_news_that_cannot_be_heard_undoes_the_booking(desk: SimpleNamespace) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no mail row")

    booking_made.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            book_hour(desk.queue, desk.acme, at(desk.day, 10))
    finally:
        booking_made.disconnect(fail)
    assert hours_of(desk) == [9, 10, 11]
    assert book(
        actor=None, queue=desk.queue, customer=desk.acme, starts_at=at(desk.day, 10), topic_text="A", source="api"
    )
