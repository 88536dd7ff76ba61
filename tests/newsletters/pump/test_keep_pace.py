"""The pace of mail: limits of all mail and of one domain, and receivers that recover."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from newsletters.models import Delivery, Pace
from newsletters.sending import paces, sender
from tests.newsletters.pump.making import make_sending, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_limit_of_all_mail_is_kept_by_everybody(cast: SimpleNamespace, sink: Sink) -> None:
    make_sending(60)
    Pace.objects.create(domain="", per_minute=60, tokens=7, refilled_at=timezone.now())
    begun = timezone.now()
    sender.send(1.0)
    passed = (timezone.now() - begun).total_seconds()
    assert 5 <= sink.total() <= 5 + passed + 1
    assert not Delivery.objects.filter(state__in=Delivery.LEASED).exists()


def test_a_limit_of_one_domain_holds_up_no_other(cast: SimpleNamespace, sink: Sink) -> None:
    slow = make_sending(50, domain="slow.example")
    quick = make_sending(50, domain="quick.example", title="December")
    Pace.objects.create(domain="slow.example", per_minute=60, tokens=4, refilled_at=timezone.now())
    begun = timezone.now()
    sender.send(1.0)
    passed = (timezone.now() - begun).total_seconds()
    assert states(quick) == {"sent": 50}
    assert 3 <= states(slow)["sent"] <= 5 + passed
    # What found no token waits for its turn, one after the other, and has lost no try.
    waiting = Delivery.objects.filter(issue=slow, state="waiting")
    assert waiting.filter(attempts=0, due_at__gt=begun).count() == waiting.count() > 40
    assert waiting.values("due_at").distinct().count() == waiting.count()


def test_a_calm_receiver_recovers(cast: SimpleNamespace) -> None:
    paces.hold("busy.example", "450 4.7.1 no", slows=True)
    paces.hold("busy.example", "450 4.7.1 no", slows=True)
    assert Pace.objects.get().slowed_to == 300
    speeds = []
    for _ in range(6):
        Pace.objects.update(held_until=timezone.now() - paces.CALM * 2)
        paces.recover()
        speeds.append(Pace.objects.get().slowed_to)
    assert speeds == [600, 1200, 2400, 4800, None, None]
    assert (Pace.objects.get().holds, Pace.objects.get().held_until) == (0, None)
