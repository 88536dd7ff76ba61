"""The waiting list: joining and leaving it, offers in turn, and what becomes of them."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Customer, TimelineEntry, User
from calendars.models import Commitment
from core.errors import Conflict, Invalid
from core.models import OutboxEntry
from queues.actions import offers
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.actions.waiting import join_waiting_list, leave_waiting_list
from queues.models import AllowancePlace, Booking, Offer, Queue, WaitingEntry
from queues.queries.slots import slots
from queues.queries.waiting import place_of
from tests.cast import make_contact, make_customer
from tests.queues.making import at, book_hour, ledger_overlaps, make_host, make_hours, make_queue

W = WaitingEntry.State


@pytest.fixture
def day() -> date:
    """Return the one day on which there is an hour."""
    return timezone.now().date() + timedelta(days=3)


@pytest.fixture
def queue(cast: SimpleNamespace, day: date) -> Queue:
    """Return a queue with one host who gives one hour within the horizon: at nine, UTC."""
    queue = make_queue(notice_minutes=60, offer_minutes=240, horizon_days=4, hours_per_customer=1)
    host(queue, cast.specialist, day, (9, 10))
    return queue


def host(queue: Queue, person: User, day: date, hours: tuple[int, int]) -> None:
    """Let the person give these hours of the day."""
    make_host(queue, person)
    make_hours(person, hours, weekdays=[day.weekday()])


@pytest.fixture
def booked(queue: Queue, cast: SimpleNamespace, day: date) -> Booking:
    """Return the one hour, booked by Acme."""
    return book_hour(queue, cast.acme, at(day, 9), contact=cast.acme_contact)


def wait(queue: Queue, customer: Customer, **how) -> WaitingEntry:
    """Return the customer's place in line; its first contact waits."""
    contact = customer.contacts.first() or make_contact(customer, f"{customer.pk}@waiting.example")
    return join_waiting_list(
        actor=None, queue=queue, customer=customer, contact=contact, topic_text="Reports", situation="Slow", **how
    )


def waiting(queue: Queue, *names: str) -> list[WaitingEntry]:
    """Return the places of new customers, in turn."""
    return [wait(queue, make_customer(name, tier="tech")) for name in names]


def open_offer() -> Offer:
    """Return the one open offer."""
    return Offer.objects.get(state=Offer.State.OPEN)


def run_out(offer: Offer) -> None:
    """Let the offer's time be over."""
    Offer.objects.filter(pk=offer.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def states(*entries: WaitingEntry) -> list[str]:
    """Return what has become of the entries."""
    now = dict(WaitingEntry.objects.values_list("pk", "state"))
    return [now[entry.pk] for entry in entries]


# --- joining and leaving ----------------------------------------------------------------------------
def test_places_are_in_turn(queue: Queue) -> None:
    entries = waiting(queue, "One", "Two", "Three")
    assert [place_of(entry) for entry in entries] == [1, 2, 3]
    leave_waiting_list(actor=None, entry=entries[0])
    assert [place_of(entry) for entry in entries[1:]] == [1, 2]


def test_customer_waits_once(queue: Queue, cast: SimpleNamespace) -> None:
    first = wait(queue, cast.globex)
    with pytest.raises(Conflict, match="already") as refusal:
        wait(queue, cast.globex)
    assert refusal.value.code == "already_waiting"
    leave_waiting_list(actor=None, entry=first)
    leave_waiting_list(actor=None, entry=first)
    assert wait(queue, cast.globex).pk != first.pk
    kinds = TimelineEntry.objects.filter(customer=cast.globex, kind__startswith="booking.").order_by("pk")
    assert [entry.kind for entry in kinds] == [
        "booking.waiting_joined",
        "booking.waiting_left",
        "booking.waiting_joined",
    ]


def test_refuses_what_makes_no_sense(queue: Queue, cast: SimpleNamespace) -> None:
    today = timezone.now().date()
    for how, code in (
        ({"not_after": today - timedelta(days=2)}, "day_passed"),
        ({"not_before": today + timedelta(days=9), "not_after": today + timedelta(days=8)}, "days_out_of_order"),
    ):
        with pytest.raises(Invalid) as refusal:
            wait(queue, cast.globex, **how)
        assert refusal.value.code == code
    queue.tiers = ["high"]
    queue.save()
    with pytest.raises(Invalid) as refusal:
        wait(queue, cast.globex)
    assert refusal.value.code == "tier_not_served"
    assert not WaitingEntry.objects.exists()


# --- offers -----------------------------------------------------------------------------------------
def test_cancelled_hour_is_offered_to_the_first_in_the_same_transaction(
    queue: Queue, booked: Booking, day: date
) -> None:
    first, second = waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    offer = open_offer()
    assert (offer.entry, offer.starts_at) == (first, at(day, 9))
    assert states(first, second) == [W.OFFERED, W.WAITING]
    assert slots(queue, day, day, "UTC") == []
    assert offer.commitment.expires_at > offer.expires_at
    assert timedelta(hours=3, minutes=59) < offer.expires_at - timezone.now() <= timedelta(hours=4)


def test_moved_hour_is_offered(queue: Queue, booked: Booking, cast: SimpleNamespace, day: date) -> None:
    [first] = waiting(queue, "One")
    following = day - timedelta(days=1)
    host(queue, cast.csm, following, (9, 10))
    reschedule_booking(actor=None, booking=booked, starts_at=at(following, 9))
    assert (open_offer().entry, open_offer().starts_at) == (first, at(day, 9))


def test_offer_is_taken(queue: Queue, booked: Booking, day: date) -> None:
    [first] = waiting(queue, "One")
    cancel_booking(actor=None, booking=booked)
    offer = open_offer()
    booking = offers.accept_offer(actor=None, offer=offer)
    assert (booking.starts_at, booking.customer, booking.source) == (at(day, 9), first.customer, "waiting_list")
    assert (booking.topic_text, booking.situation, booking.commitment.kind) == ("Reports", "Slow", "hour")
    assert states(first) == [W.BOOKED]
    with pytest.raises(Conflict) as refusal:
        offers.accept_offer(actor=None, offer=offer)
    assert refusal.value.code == "offer_taken"
    assert Booking.objects.filter(state="booked").count() == 1
    assert ledger_overlaps() == []


def test_declined_hour_goes_to_the_next_and_the_place_stays(queue: Queue, booked: Booking) -> None:
    first, second = waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    declined = open_offer()
    offers.decline_offer(actor=None, offer=declined)
    assert open_offer().entry == second
    assert states(first, second) == [W.WAITING, W.OFFERED]
    assert place_of(first) == 1
    with pytest.raises(Conflict) as refusal:
        offers.accept_offer(actor=None, offer=declined)
    assert refusal.value.code == "offer_over"


def test_hour_that_nobody_wants_is_free_for_everybody(queue: Queue, booked: Booking, day: date) -> None:
    waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    offers.decline_offer(actor=None, offer=open_offer())
    offers.decline_offer(actor=None, offer=open_offer())
    assert [slot.starts for slot in slots(queue, day, day, "UTC")] == [at(day, 9)]
    assert not Offer.objects.filter(state="open").exists()


def test_offer_that_ran_out_goes_to_the_next(queue: Queue, booked: Booking) -> None:
    first, second = waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    offer = open_offer()
    run_out(offer)
    with pytest.raises(Conflict) as refusal:
        offers.accept_offer(actor=None, offer=offer)
    assert refusal.value.code == "offer_over"
    assert offers.sweep_waiting_lists()["ended"] == 1
    assert open_offer().entry == second
    first.refresh_from_db()
    assert (first.state, first.offers_missed) == (W.WAITING, 1)
    assert offers.sweep_waiting_lists() == {"ended": 0, "passed": 0, "offered": 0}


def test_who_misses_three_offers_waits_no_longer(queue: Queue, booked: Booking) -> None:
    [first] = waiting(queue, "One")
    WaitingEntry.objects.update(offers_missed=offers.MISSED_OFFERS - 1)
    cancel_booking(actor=None, booking=booked)
    run_out(open_offer())
    offers.sweep_waiting_lists()
    first.refresh_from_db()
    assert (first.state, first.offers_missed) == (W.EXPIRED, offers.MISSED_OFFERS)
    assert first.ended_at is not None
    assert TimelineEntry.objects.filter(customer=first.customer, kind="booking.waiting_expired").exists()


def test_offer_never_outlives_the_notice(queue: Queue, booked: Booking, day: date, monkeypatch) -> None:
    waiting(queue, "One")
    monkeypatch.setattr(timezone, "now", lambda: at(day, 9) - timedelta(minutes=100))
    cancel_booking(actor=None, booking=booked, as_customer=False)
    assert open_offer().expires_at == at(day, 8)


def test_no_offer_where_there_is_no_time_to_answer(queue: Queue, booked: Booking, day: date, monkeypatch) -> None:
    waiting(queue, "One")
    monkeypatch.setattr(timezone, "now", lambda: at(day, 9) - timedelta(minutes=70))
    cancel_booking(actor=None, booking=booked, as_customer=False)
    assert not Offer.objects.exists()
    assert offers.sweep_waiting_lists()["offered"] == 0


def test_hour_goes_to_the_first_whom_it_fits(queue: Queue, booked: Booking, day: date) -> None:
    late, placed, fitting = waiting(queue, "Late", "Placed elsewhere", "Fitting")
    WaitingEntry.objects.filter(pk=late.pk).update(not_before=day + timedelta(days=1))
    Customer.objects.filter(pk=placed.customer_id).update(tier="high")
    queue.tiers = ["low", "tech"]
    queue.save()
    cancel_booking(actor=None, booking=booked)
    assert open_offer().entry == fitting


def test_days_are_those_of_who_waits(queue: Queue, booked: Booking, day: date) -> None:
    # Nine in UTC is eleven in the evening of the same day on Kiritimati, and two in the night in Vancouver.
    there, here = waiting(queue, "There", "Here")
    WaitingEntry.objects.filter(pk=there.pk).update(time_zone="Pacific/Kiritimati", not_before=day + timedelta(days=1))
    WaitingEntry.objects.filter(pk=here.pk).update(time_zone="America/Vancouver", not_before=day, not_after=day)
    cancel_booking(actor=None, booking=booked)
    assert open_offer().entry == here


def test_who_has_another_hour_then_is_passed_over(queue: Queue, booked: Booking, cast: SimpleNamespace, day) -> None:
    busy, following = waiting(queue, "Busy", "Next")
    other = make_queue("other", hours_per_customer=1)
    host(other, cast.other_csm, day, (9, 10))
    book_hour(other, busy.customer, booked.starts_at)
    cancel_booking(actor=None, booking=booked)
    assert open_offer().entry == following
    assert states(busy) == [W.WAITING]


def test_who_has_used_its_allowance_is_passed_over(queue: Queue, booked: Booking, cast: SimpleNamespace, day) -> None:
    has_had, following = waiting(queue, "Has had one", "Next")
    host(queue, cast.csm, day, (12, 13))
    book_hour(queue, has_had.customer, at(day, 12))
    WaitingEntry.objects.filter(pk=has_had.pk).update(state=W.WAITING, ended_at=None)
    cancel_booking(actor=None, booking=booked)
    assert open_offer().entry == following


def test_new_availability_is_offered_by_the_sweep(queue: Queue, booked: Booking, cast: SimpleNamespace, day) -> None:
    first, second, third = waiting(queue, "One", "Two", "Three")
    assert offers.sweep_waiting_lists()["offered"] == 0
    following = day - timedelta(days=1)
    host(queue, cast.csm, following, (9, 11))
    assert offers.sweep_waiting_lists()["offered"] == 2
    made = dict(Offer.objects.values_list("entry", "starts_at"))
    assert made == {first.pk: at(following, 9), second.pk: at(following, 10)}
    assert states(first, second, third) == [W.OFFERED, W.OFFERED, W.WAITING]
    assert ledger_overlaps() == []


def test_sweep_ends_places_whose_last_day_has_passed(queue: Queue, booked: Booking) -> None:
    passed, stays = waiting(queue, "Passed", "Stays")
    today = timezone.now().date()
    WaitingEntry.objects.filter(pk=passed.pk).update(not_after=today - timedelta(days=2))
    WaitingEntry.objects.filter(pk=stays.pk).update(not_after=today + timedelta(days=2))
    assert offers.sweep_waiting_lists()["passed"] == 1
    assert states(passed, stays) == [W.EXPIRED, W.WAITING]


def test_who_books_by_itself_waits_no_longer_and_its_offer_goes_on(
    queue: Queue, booked: Booking, cast: SimpleNamespace, day: date
) -> None:
    first, second = waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    host(queue, cast.csm, day - timedelta(days=1), (9, 10))
    book_hour(queue, first.customer, at(day - timedelta(days=1), 9))
    assert states(first) == [W.BOOKED]
    assert OutboxEntry.objects.filter(kind="queues.sweep_waiting_lists").exists()
    offers.sweep_waiting_lists()
    assert (open_offer().entry, open_offer().starts_at) == (second, at(day, 9))


def test_who_leaves_lets_its_offer_go_on(queue: Queue, booked: Booking) -> None:
    first, second = waiting(queue, "One", "Two")
    cancel_booking(actor=None, booking=booked)
    leave_waiting_list(actor=None, entry=first)
    offers.sweep_waiting_lists()
    assert states(first, second) == [W.LEFT, W.OFFERED]
    assert ledger_overlaps() == []


def test_hour_of_a_host_who_is_away_by_now_ends_the_offer_and_keeps_the_place(queue: Queue, booked: Booking) -> None:
    [first] = waiting(queue, "One")
    cancel_booking(actor=None, booking=booked)
    offer = open_offer()
    # Its time in the ledger has run out and was given to something else.
    Commitment.objects.filter(pk=offer.commitment_id).update(active=False)
    with pytest.raises(Conflict):
        offers.accept_offer(actor=None, offer=offer)
    offer.refresh_from_db()
    first.refresh_from_db()
    assert (offer.state, first.state, first.offers_missed) == ("expired", W.WAITING, 0)


def test_control_without_waiting_the_hour_is_free(queue: Queue, booked: Booking, day: date) -> None:
    cancel_booking(actor=None, booking=booked)
    assert [slot.starts for slot in slots(queue, day, day, "UTC")] == [at(day, 9)]


def test_taken_offer_counts_in_the_allowance(queue: Queue, booked: Booking, day: date) -> None:
    [first] = waiting(queue, "One")
    cancel_booking(actor=None, booking=booked)
    booking = offers.accept_offer(actor=None, offer=open_offer())
    places = AllowancePlace.objects.filter(active=True)
    assert [(place.booking, place.customer) for place in places] == [(booking, first.customer)]
