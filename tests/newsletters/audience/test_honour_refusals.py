"""Who declines while the mail is already queued does not get it any more."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import links
from newsletters.actions.preferences import choose
from newsletters.models import Delivery
from newsletters.sending.claiming import Claim, claim
from newsletters.sending.windows import store_and_mark
from tests import cast as makers
from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db
AN_HOUR_AGO = timezone.now() - timedelta(hours=1)


def test_a_queued_mail_is_withheld(cast: SimpleNamespace) -> None:
    last = make_issue("October", state="finished", **_ended())
    old = make_delivery(last, cast.acme_contact, state="sent", sent_at=timezone.now())
    issue = make_issue("November", topic=last.topic, state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, cast.acme_contact, due_at=AN_HOUR_AGO)
    Client().post(f"/n/{links.token_of(old.pk)}/unsubscribe/", {"List-Unsubscribe": "One-Click"})
    assert _state_when_sent(queued) == "suppressed"


def test_a_queued_mail_to_the_same_mailbox_at_another_customer_is_withheld(cast: SimpleNamespace) -> None:
    again = makers.make_contact(cast.globex, "ann@acme.example")
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, again, due_at=AN_HOUR_AGO)
    choose(contact=cast.acme_contact, topic=issue.topic, channel="mail", wants=False, origin="portal")
    assert _state_when_sent(queued) == "suppressed"


def test_who_chose_again_gets_it(cast: SimpleNamespace) -> None:
    again = makers.make_contact(cast.globex, "ann@acme.example")
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, again, due_at=AN_HOUR_AGO)
    choose(contact=cast.acme_contact, topic=None, channel="mail", wants=False, origin="portal")
    choose(contact=again, topic=issue.topic, channel="mail", wants=True, origin="portal")
    assert _state_when_sent(queued) == "in_flight"


def test_the_word_about_another_topic_does_not_count(cast: SimpleNamespace) -> None:
    issue = make_issue("November", state="sending", frozen_at=timezone.now())
    queued = make_delivery(issue, cast.acme_contact, due_at=AN_HOUR_AGO)
    other = type(issue.topic).objects.create(name="Events", slug="events")
    choose(contact=cast.acme_contact, topic=other, channel="mail", wants=False, origin="portal")
    assert _state_when_sent(queued) == "in_flight"


def _state_when_sent(delivery: Delivery) -> str:
    assert delivery.issue_id is not None
    claims: list[Claim] = claim(delivery.issue_id)
    assert [one.id for one in claims] == [delivery.pk]
    store_and_mark([], claims)
    delivery.refresh_from_db()
    return delivery.state


def _ended() -> dict[str, object]:
    counts = {"total": 1, "sent": 1, "failed": 0, "unknown": 0, "suppressed": 0, "cancelled": 0}
    return {"ended_at": timezone.now(), **counts}
