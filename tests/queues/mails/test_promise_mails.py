"""Which mails are promised, which are dropped, and which still go out when their moment comes."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail as outbox
from django.utils import timezone

from core.models import OutboxEntry
from core.outbox import drain
from queues.mails.promises import promise_booked, promise_cancelled, promise_follow_up, promise_moved, promise_offer
from queues.mails.sending import send_due
from queues.models import Booking, BookingMail, WaitingEntry
from queues.signals import waiting_ended
from tests.cast import make_contact
from tests.queues.mails.making import (
    HOUR,
    cancel_booking,
    days_from_now,
    let_pass,
    make_booking,
    make_offer,
    make_queue,
    move_booking,
    sent_mails,
    states,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    return make_booking(cast.specialist, cast.globex_contact)


def rows(**facts: object) -> list[tuple[str, int, int, bool]]:
    """Return kind, sequence, minutes before and reader of the mails."""
    found = BookingMail.objects.filter(**facts).order_by("kind", "sequence", "-minutes_before", "is_for_host")
    return list(found.values_list("kind", "sequence", "minutes_before", "is_for_host"))


def test_a_booking_promises_confirmations_reminders_and_a_question(booking: Booking) -> None:
    promise_booked(booking)
    assert rows() == [
        ("confirmed", 0, 0, False),
        ("confirmed", 0, 0, True),
        ("rating", 0, 0, False),
        ("reminder", 0, 1440, False),
        ("reminder", 0, 1440, True),
        ("reminder", 0, 60, False),
        ("reminder", 0, 60, True),
    ]
    reminder = BookingMail.objects.filter(minutes_before=1440)[0]
    assert reminder.send_after == booking.starts_at - timedelta(days=1)
    assert OutboxEntry.objects.filter(kind="queues.send_mails", state="waiting").count() == 1
    assert len(sent_mails()) == 2


def test_the_same_promise_twice_is_one(booking: Booking) -> None:
    promise_booked(booking)
    promise_booked(booking)
    assert BookingMail.objects.count() == 7


def test_a_reminder_whose_moment_has_passed_is_not_promised(cast: SimpleNamespace) -> None:
    starts = timezone.now() + timedelta(hours=5)
    promise_booked(make_booking(cast.specialist, cast.globex_contact, starts=starts))
    assert rows(kind="reminder") == [("reminder", 0, 60, False), ("reminder", 0, 60, True)]


def test_a_queue_without_reminders_promises_none(cast: SimpleNamespace) -> None:
    make_queue(reminders=[])
    promise_booked(make_booking(cast.specialist, cast.globex_contact))
    assert rows(kind="reminder") == []


def test_a_booking_without_a_contact_tells_the_host_alone(cast: SimpleNamespace) -> None:
    promise_booked(make_booking(cast.specialist, None, customer=cast.globex))
    assert {row[3] for row in rows()} == {True}


def test_a_move_drops_what_waits_about_the_old_time(booking: Booking) -> None:
    promise_booked(booking)
    sent_mails()
    move_booking(booking)
    promise_moved(booking)
    assert {row[:2] for row in rows(state="dropped")} == {("rating", 0), ("reminder", 0)}
    assert {row[:2] for row in rows(state="waiting")} == {("rating", 1), ("reminder", 1), ("moved", 1)}


def test_a_cancellation_drops_all_but_itself(booking: Booking) -> None:
    promise_booked(booking)
    cancel_booking(booking)
    promise_cancelled(booking)
    assert rows(state="waiting") == [("cancelled", 1, 0, False), ("cancelled", 1, 0, True)]
    assert states() == {"dropped": 7, "waiting": 2}


def test_a_row_of_an_old_sequence_never_goes_out(booking: Booking) -> None:
    """Even one that the move did not drop, because it was claimed or written behind its back."""
    promise_booked(booking)
    move_booking(booking)
    let_pass()
    assert send_due() == 0
    assert states() == {"dropped": 7}
    assert set(BookingMail.objects.values_list("last_error", flat=True)) == {"The hour was moved."}


def test_a_cancelled_hour_reminds_nobody(booking: Booking) -> None:
    promise_booked(booking)
    cancel_booking(booking)
    let_pass()
    assert send_due() == 0
    assert states() == {"dropped": 7}


def test_a_reminder_after_the_start_is_dropped(cast: SimpleNamespace) -> None:
    booking = make_booking(cast.specialist, cast.globex_contact)
    promise_booked(booking)
    now = timezone.now()
    Booking.objects.update(starts_at=now - timedelta(minutes=5), ends_at=now + HOUR)
    let_pass()
    send_due()
    assert {row[0] for row in rows(state="sent")} == {"confirmed"}
    assert {row[0] for row in rows(state="dropped")} == {"reminder"}


def test_a_contact_who_has_left_gets_nothing(booking: Booking, cast: SimpleNamespace) -> None:
    promise_booked(booking)
    cast.globex_contact.is_active = False
    cast.globex_contact.save()
    assert [message.to for message in sent_mails()] == [[cast.specialist.email]]


def test_a_former_host_is_told_even_when_the_hour_is_moved_again(booking: Booking, cast: SimpleNamespace) -> None:
    promise_booked(booking)
    sent_mails()
    move_booking(booking, host=cast.csm)
    promise_moved(booking, previous_host=cast.specialist)
    move_booking(booking)
    promise_moved(booking)
    told = {(message.to[0], message.subject.split(":")[0]) for message in sent_mails()[2:]}
    assert (cast.specialist.email, "No longer yours") in told
    assert (cast.csm.email, "Moved") in told


def test_a_host_who_gets_the_hour_back_is_not_told_that_it_is_gone(booking: Booking, cast: SimpleNamespace) -> None:
    move_booking(booking, host=cast.csm)
    promise_moved(booking, previous_host=cast.specialist)
    move_booking(booking, host=cast.specialist)
    promise_moved(booking, previous_host=cast.csm)
    told = {(message.to[0], message.subject.split(":")[0]) for message in sent_mails()}
    assert told == {
        (booking.contact.email, "Moved"),
        (cast.specialist.email, "New hour"),
        (cast.csm.email, "No longer yours"),
    }


def test_an_offer_that_is_over_is_not_sent(cast: SimpleNamespace) -> None:
    offer = make_offer(cast.globex_contact, cast.specialist)
    promise_offer(offer)
    offer.state = "taken"
    offer.save()
    assert sent_mails() == []
    assert states() == {"dropped": 1}


@pytest.mark.parametrize(
    ("fields", "state", "said"),
    [
        ({"state": "done"}, "sent", ""),
        ({"state": "done", "rating": 5}, "dropped", "The hour has its rating."),
        ({"state": "no_show"}, "dropped", "The hour did not take place."),
        ({"state": "booked"}, "waiting", ""),
    ],
)
def test_a_rating_is_asked_for_once_the_hour_took_place(
    booking: Booking, fields: dict[str, object], state: str, said: str
) -> None:
    promise_booked(booking)
    Booking.objects.update(
        starts_at=timezone.now() - timedelta(hours=26), ends_at=timezone.now() - timedelta(hours=25), **fields
    )
    let_pass(kind="rating")
    send_due()
    mail = BookingMail.objects.get(kind="rating")
    assert (mail.state, mail.last_error) == (state, said)
    assert mail.claimed_until is None
    assert (mail.send_after > timezone.now()) == (state == "waiting")


def test_nobody_is_asked_about_an_hour_of_which_nobody_says_that_it_took_place(booking: Booking) -> None:
    promise_booked(booking)
    long_ago = timezone.now() - timedelta(days=8)
    Booking.objects.update(starts_at=long_ago, ends_at=long_ago + HOUR)
    let_pass(kind="rating")
    send_due()
    assert BookingMail.objects.get(kind="rating").state == "dropped"


def test_a_follow_up_asks_for_the_rating_itself(booking: Booking) -> None:
    promise_booked(booking)
    promise_follow_up(booking)
    assert BookingMail.objects.get(kind="rating").state == "dropped"
    assert BookingMail.objects.get(kind="follow_up").state == "waiting"


def test_a_contact_who_is_the_host_gets_one_mail(cast: SimpleNamespace) -> None:
    contact = make_contact(cast.globex, cast.specialist.email)
    promise_booked(make_booking(cast.specialist, contact, starts=days_from_now(9)))
    assert len(sent_mails()) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"state": "expired", "offers_missed": 3}, "3 hours that we offered you passed"),
        ({"state": "expired", "not_after": "2026-01-01"}, "the last day on which an hour would have suited you"),
        ({"state": "left"}, ""),
        ({"state": "booked"}, ""),
    ],
)
def test_who_is_taken_off_the_waiting_list_is_told_why(
    cast: SimpleNamespace, fields: dict[str, object], told: str
) -> None:
    entry = WaitingEntry.objects.create(
        queue=make_queue(),
        customer=cast.globex,
        contact=cast.globex_contact,
        topic_text="Reports",
        created_at=timezone.now(),
        **fields,
    )
    waiting_ended.send(WaitingEntry, entry=entry)
    drain()
    bodies = [message.body for message in outbox.outbox]
    assert len(bodies) == bool(told)
    assert all(told in body and "/h/book/" in body for body in bodies)
