"""Bookings made, moved and cancelled by their actions promise their mails in the same transaction."""

from types import SimpleNamespace

import pytest
from django.core import mail as outbox
from django.db import transaction

from queues.actions.bookings import book, cancel_booking, reschedule_booking
from queues.mails.sending import send_due
from queues.models import Booking, BookingMail
from tests.queues.mails.making import calendar_part, states
from tests.queues.making import at, make_host, make_hours, make_queue, monday

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    queue = make_queue()
    for person in (cast.specialist, cast.csm):
        make_hours(person, (9, 17))
        make_host(queue, person)
    return book(
        actor=None,
        queue=queue,
        customer=cast.globex,
        contact=cast.globex_contact,
        host=cast.specialist,
        starts_at=at(monday(2), 10),
        topic_text="Reports",
        source="portal",
    )


def test_booked_moved_and_cancelled_each_tell_both_once(booking: Booking, cast: SimpleNamespace) -> None:
    assert send_due() == 2
    moved = reschedule_booking(actor=None, booking=booking, starts_at=at(monday(2), 14))
    assert send_due() == 2
    cancel_booking(actor=cast.specialist, booking=moved, reason="Ill")
    assert send_due() == 2
    told = [
        calendar_part(message).get_param("method") for message in outbox.outbox if message.to == ["gil@globex.example"]
    ]
    assert told == ["REQUEST", "REQUEST", "CANCEL"]
    assert set(states()) == {"sent", "dropped"}


def test_another_host_is_told_with_the_former_one(booking: Booking, cast: SimpleNamespace) -> None:
    send_due()
    reschedule_booking(actor=cast.manager, booking=booking, starts_at=booking.starts_at, host=cast.csm)
    send_due()
    told = {message.to[0]: calendar_part(message).get_param("method") for message in outbox.outbox[2:]}
    assert told == {
        "gil@globex.example": "REQUEST",
        cast.specialist.email: "CANCEL",
        cast.csm.email: "REQUEST",
    }


def test_a_booking_that_is_undone_promises_nothing(booking: Booking) -> None:
    before = states()
    with transaction.atomic():
        cancel_booking(actor=None, booking=booking)
        assert BookingMail.objects.filter(kind="cancelled").count() == 2
        transaction.set_rollback(True)
    assert states() == before
