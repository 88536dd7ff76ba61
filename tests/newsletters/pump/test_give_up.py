"""A mail is given up that its receiver had wait for three days in all; nobody else's delays count."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from newsletters.actions import sending as actions
from newsletters.models import Delivery, Pace
from newsletters.rules import pacing
from newsletters.sending import sender
from tests.newsletters.pump.making import let_go, make_sending, send_all, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)

LONG = pacing.GIVE_UP_SECONDS


def held(domain: str = "many.example") -> Pace:
    """Let a receiver be held for a minute."""
    until = timezone.now() + timedelta(minutes=1)
    return Pace.objects.create(domain=domain, held_until=until, holds=1, slowed_to=300, last_answer="450 4.7.1 Later")


def test_waits_add_up_until_the_mail_is_given_up(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(1)
    sink.mode = "not now"
    send_all()
    assert 45 <= Delivery.objects.get().waited <= 75
    let_go()
    send_all()
    assert 45 + 90 <= Delivery.objects.get().waited <= 75 + 150
    Delivery.objects.update(waited=LONG - 1)
    let_go()
    send_all()
    assert states(issue) == {"deferred": 1}
    let_go()
    send_all()
    assert states(issue) == {"failed": 1}
    assert Delivery.objects.get().answer == "Given up after 3 days: 450 4.7.1 Try again later"


def test_who_is_sent_again_has_all_the_time_once_more(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(1)
    Delivery.objects.update(waited=LONG)
    sink.mode = "not now"
    send_all()
    assert states(issue) == {"failed": 1}
    let_go()
    assert actions.send_again(actor=cast.specialist, issue=issue, state="failed") == 1
    send_all()
    assert states(issue) == {"deferred": 1}
    Delivery.objects.update(waited=LONG)
    let_go()
    send_all()
    assert states(issue) == {"failed": 1}


def test_a_receiver_that_always_refuses_ends_no_later_than_a_single_mail(cast: SimpleNamespace, sink: Sink) -> None:
    """A held receiver is tried with a few mails an hour: thousands must not wait for a try of their own."""
    issue = make_sending(60)
    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids[:40]).update(waited=LONG)
    held()
    sender.send(1.0)
    assert states(issue) == {"failed": 40, "waiting": 20}
    assert sink.total() == 0
    assert set(Delivery.objects.filter(state="failed").values_list("answer", "attempts")) == {
        ("Given up after 3 days: 450 4.7.1 Later", 1)
    }
    left = Delivery.objects.filter(state="waiting")
    assert all(59 <= waited < 75 for waited in left.values_list("waited", flat=True))
    assert not left.exclude(attempts=0).exists()


def test_to_wait_for_a_limit_that_a_person_set_gives_up_nothing(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(30)
    Delivery.objects.update(waited=LONG)
    Pace.objects.create(domain="many.example", per_minute=1, tokens=0, refilled_at=timezone.now())
    sender.send(1.0)
    assert states(issue) == {"waiting": 30}
    assert set(Delivery.objects.values_list("waited", flat=True)) == {LONG}


def test_a_server_of_our_own_that_is_away_gives_up_nothing(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(30)
    Delivery.objects.update(waited=LONG)
    sink.mode = "closed"
    send_all()
    assert states(issue) == {"waiting": 30}
