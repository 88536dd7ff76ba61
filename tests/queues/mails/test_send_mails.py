"""Each mail goes out once, and whatever the server does is accounted for."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from core.smtp import Postbox
from queues.mails import sending
from queues.mails.promises import promise_booked
from queues.mails.sending import note_unknown, send_due
from queues.models import Booking, BookingMail
from tests.queues.mails.making import days_from_now, let_pass, make_booking, make_queue, states
from tests.queues.mails.sink import Sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    make_queue(reminders=[])
    booking = make_booking(cast.specialist, cast.globex_contact)
    promise_booked(booking)
    BookingMail.objects.filter(kind="rating").delete()
    return booking


def test_all_that_is_due_goes_out_over_one_connection(cast: SimpleNamespace, sink: Sink, monkeypatch) -> None:
    make_queue(reminders=[])
    for number in range(7):
        promise_booked(make_booking(cast.specialist, cast.globex_contact, starts=days_from_now(3 + number)))
    opened = []
    open_connection = sending.Postbox._try

    def counted(postbox: Postbox, message: object):
        opened.append(getattr(postbox._watched, "connection", None) is None)
        return open_connection(postbox, message)

    monkeypatch.setattr(sending.Postbox, "_try", counted)
    assert send_due() == 14
    assert sum(opened) == 1
    assert states() == {"sent": 14, "waiting": 7}
    assert sorted(sink.message_ids().values()) == [1] * 14
    assert set(sink.message_ids()) == set(BookingMail.objects.filter(state="sent").values_list("message_id", flat=True))
    assert send_due() == 0


def test_what_is_not_due_waits(booking: Booking, sink: Sink) -> None:
    BookingMail.objects.update(send_after=timezone.now() + timedelta(minutes=1))
    assert send_due() == 0
    assert states() == {"waiting": 2}


@pytest.mark.parametrize(
    ("mode", "state", "said"),
    [
        ("not now", "waiting", "450 4.2.1 Try again later"),
        ("not this now", "waiting", "451 4.3.0 Disk full"),
        ("drop at once", "waiting", "SMTPServerDisconnected: "),
        ("hang at once", "waiting", "SMTPServerDisconnected: "),
        ("nobody", "failed", "550 5.1.1 No such box"),
        ("refuse sender", "failed", "550 5.7.1 Not from here"),
        ("not this", "failed", "554 5.6.0 I don't like it"),
        ("drop unread", "unknown", "SMTPServerDisconnected: "),
        ("hang unread", "unknown", "SMTPServerDisconnected: "),
        ("keep and drop", "unknown", "SMTPServerDisconnected: "),
        ("keep and hang", "unknown", "SMTPServerDisconnected: "),
    ],
)
def test_the_servers_answer_decides(booking: Booking, sink: Sink, mode: str, state: str, said: str) -> None:
    sink.mode = mode
    BookingMail.objects.filter(is_for_host=True).delete()
    mail = BookingMail.objects.get()
    assert send_due() == 0
    mail.refresh_from_db()
    assert (mail.state, mail.claimed_until) == (state, None)
    assert mail.last_error.startswith(said)
    assert mail.attempts == 1
    assert len(sink.message_ids()) == (1 if mode.startswith("keep") else 0)
    # Once the server is well, what waits is sent, and nothing else.
    sink.mode = "accept"
    assert send_due() == 0
    let_pass()
    assert send_due() == (1 if state == "waiting" else 0)
    assert sorted(sink.message_ids().values()) == ([1] if state == "waiting" or mode.startswith("keep") else [])


def test_a_server_that_is_away_leaves_the_rest_alone(cast: SimpleNamespace, sink: Sink, settings) -> None:
    settings.EMAIL_PORT = 1
    make_queue(reminders=[])
    for number in range(6):
        promise_booked(make_booking(cast.specialist, cast.globex_contact, starts=days_from_now(3 + number)))
    BookingMail.objects.filter(kind="rating").delete()
    assert send_due() == 0
    tried = BookingMail.objects.filter(attempts=1)
    assert tried.count() == sending.BATCH
    assert all(mail.last_error.startswith("ConnectionRefusedError") for mail in tried)
    assert all(mail.send_after > timezone.now() and mail.claimed_until is None for mail in tried)
    assert states() == {"waiting": 12}


def test_waits_grow_and_end(booking: Booking, sink: Sink) -> None:
    sink.mode = "not now"
    waits = []
    for _ in range(9):
        let_pass()
        send_due()
        mail = BookingMail.objects.filter(is_for_host=True).get()
        waits.append(round((mail.send_after - timezone.now()).total_seconds() / 30))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    BookingMail.objects.update(attempts=sending.MOST_ATTEMPTS - 1)
    let_pass()
    send_due()
    assert states() == {"failed": 2}


def test_a_connection_that_the_server_ends_between_two_mails_is_opened_again(
    booking: Booking, sink: Sink, monkeypatch
) -> None:
    """Servers take only so many mails in one conversation."""
    post = Postbox._try

    def post_and_lose(postbox: Postbox, message: object):
        outcome = post(postbox, message)
        if postbox._watched.connection is not None:
            # What the server's end does to ours.
            postbox._watched.connection.sock.shutdown(2)
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(Postbox, "_try", post_and_lose)
        assert send_due() == 2
    assert states() == {"sent": 2}
    assert sorted(sink.message_ids().values()) == [1, 1]


def test_a_mail_whose_sender_died_is_unknown_and_never_sent_again(booking: Booking, sink: Sink) -> None:
    mail = BookingMail.objects.filter(is_for_host=True).get()
    BookingMail.objects.filter(pk=mail.pk).update(
        state="in_flight", attempts=1, claimed_until=timezone.now() - timedelta(seconds=1)
    )
    assert send_due() == 1
    mail.refresh_from_db()
    assert (mail.state, mail.last_error) == ("unknown", sending.WORKER_DIED)
    let_pass()
    assert send_due() == 0


def test_a_mail_that_is_being_sent_is_not_called_unknown(booking: Booking) -> None:
    BookingMail.objects.update(state="in_flight", claimed_until=timezone.now() + timedelta(minutes=1))
    assert note_unknown() == 0
    assert states() == {"in_flight": 2}


def test_what_another_worker_has_claimed_is_left_to_it_for_a_while(booking: Booking, sink: Sink) -> None:
    BookingMail.objects.update(claimed_until=timezone.now() + timedelta(minutes=1), attempts=1)
    assert send_due() == 0
    BookingMail.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert send_due() == 2


def test_who_was_overtaken_sends_nothing(booking: Booking, sink: Sink) -> None:
    """The fence: a worker that slept over its claim finds the mail in other hands."""
    claimed = sending._claim()
    BookingMail.objects.update(attempts=2)
    with Postbox() as postbox:
        for mail in claimed:
            sending._send(mail, postbox)
    assert not sink.message_ids()
    assert states() == {"waiting": 2}


def test_a_worker_that_was_held_up_before_handing_over_hands_nothing_over(
    booking: Booking, sink: Sink, monkeypatch
) -> None:
    take_off = sending._take_off

    def late(mail: BookingMail):
        flight = take_off(mail)
        return sending.Flight(flight.mail, flight.message, timezone.now() + sending.MARGIN - timedelta(seconds=1))

    monkeypatch.setattr(sending, "_take_off", late)
    assert send_due() == 0
    assert not sink.message_ids()
    assert states() == {"waiting": 2}


def test_an_answer_that_comes_late_settles_an_unknown_mail(booking: Booking, sink: Sink, monkeypatch) -> None:
    post = Postbox.post

    def slow(postbox: Postbox, message: object):
        outcome = post(postbox, message)
        BookingMail.objects.filter(state="in_flight").update(state="unknown")
        return outcome

    monkeypatch.setattr(sending.Postbox, "post", slow)
    assert send_due() == 2
    assert states() == {"sent": 2}


def test_a_mail_that_cannot_be_written_holds_up_no_other(booking: Booking, sink: Sink, monkeypatch) -> None:
    write = sending.message_of

    def fail_for_host(mail: BookingMail):
        if mail.is_for_host:
            raise ValueError("no template")
        return write(mail)

    monkeypatch.setattr(sending, "message_of", fail_for_host)
    assert send_due() == 1
    mail = BookingMail.objects.get(is_for_host=True)
    assert (mail.state, mail.last_error) == ("waiting", "ValueError: no template")


class Broken(BaseEmailBackend):
    """A way to send of which the product knows nothing."""

    error: Exception

    def send_messages(self, email_messages):
        raise self.error


@pytest.mark.parametrize(
    ("error", "state"),
    [(ConnectionRefusedError("no"), "waiting"), (TimeoutError("slow"), "unknown"), (KeyError("bug"), "unknown")],
)
def test_other_backends_are_trusted_with_less(booking: Booking, settings, error: Exception, state: str) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    Broken.error = error
    assert isinstance(get_connection(), Broken)
    send_due()
    assert states() == {state: 2}
