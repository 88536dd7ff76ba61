"""What is perhaps sent, or refused, waits for a manager, who says what becomes of it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import TimelineEntry
from core.errors import Conflict
from queues.mails.deciding import count_to_decide, note_arrived, send_again
from queues.mails.promises import promise_booked, promise_offer
from queues.mails.sending import send_due
from queues.models import BookingMail
from tests.queues.mails.making import cancel_booking, make_booking, make_offer, sent_mails, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(cast: SimpleNamespace) -> BookingMail:
    """Return the contact's confirmation, of which nobody knows whether it arrived."""
    promise_booked(make_booking(cast.specialist, cast.globex_contact))
    BookingMail.objects.filter(is_for_host=True).delete()
    BookingMail.objects.exclude(kind="confirmed").delete()
    BookingMail.objects.update(
        state="unknown", attempts=1, last_error="The worker stopped.", message_id="<one@company.example>"
    )
    return BookingMail.objects.get()


def test_the_page_shows_it_until_somebody_decides(mail: BookingMail, cast: SimpleNamespace, login: Callable) -> None:
    manager = login(cast.manager)
    shown = manager.get("/queue/mails/").content.decode()
    assert "gil@globex.example" in shown
    assert "Globex" in shown
    assert "The worker stopped." in shown
    assert count_to_decide(cast.manager) == 1
    assert count_to_decide(cast.csm) == 0
    answer = manager.post(f"/queue/mails/{mail.pk}/arrived/", follow=True).content.decode()
    assert "Every mail is accounted for" in answer
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at is not None) == ("sent", True)
    told = TimelineEntry.objects.get(kind="booking.mail_decided")
    assert told.customer == cast.globex
    assert told.actor == cast.manager
    assert send_due() == 0


def test_sent_again_it_goes_out_once_more_under_its_own_name(
    mail: BookingMail, cast: SimpleNamespace, login: Callable
) -> None:
    login(cast.manager).post(f"/queue/mails/{mail.pk}/again/")
    [message] = sent_mails()
    assert message.extra_headers["Message-ID"] == "<one@company.example>"
    assert states() == {"sent": 1}


def test_sent_again_after_a_cancellation_it_is_dropped(mail: BookingMail, cast: SimpleNamespace) -> None:
    cancel_booking(mail.booking)
    send_again(actor=cast.manager, mail_id=mail.pk)
    assert sent_mails() == []
    assert states() == {"dropped": 1}


def test_given_up_it_is_dropped(mail: BookingMail, cast: SimpleNamespace, login: Callable) -> None:
    BookingMail.objects.update(state="failed")
    login(cast.administrator).post(f"/queue/mails/{mail.pk}/give-up/")
    assert states() == {"dropped": 1}


def test_a_sender_that_wakes_up_after_the_decision_changes_nothing(mail: BookingMail, cast: SimpleNamespace) -> None:
    send_again(actor=cast.manager, mail_id=mail.pk)
    late = BookingMail.objects.filter(pk=mail.pk, attempts=mail.attempts, state__in=["in_flight", "unknown"])
    assert late.update(state="sent") == 0


def test_two_who_decide_at_once_decide_once(mail: BookingMail, cast: SimpleNamespace, login: Callable) -> None:
    note_arrived(actor=cast.manager, mail_id=mail.pk)
    with pytest.raises(Conflict):
        send_again(actor=cast.administrator, mail_id=mail.pk)
    answer = login(cast.administrator).post(f"/queue/mails/{mail.pk}/again/", follow=True).content.decode()
    assert "Somebody has decided on this mail already." in answer
    assert states() == {"sent": 1}


def test_an_offers_mail_is_shown_with_its_customer(cast: SimpleNamespace, login: Callable) -> None:
    promise_offer(make_offer(cast.globex_contact, cast.specialist))
    BookingMail.objects.update(state="failed", last_error="550 No such box", send_after=timezone.now())
    manager = login(cast.manager)
    shown = manager.get("/queue/mails/").content.decode()
    assert "Globex" in shown
    assert "550 No such box" in shown
    manager.post(f"/queue/mails/{BookingMail.objects.get().pk}/again/")
    assert TimelineEntry.objects.get(kind="booking.mail_decided").customer == cast.globex
    assert len(sent_mails()) == 1
