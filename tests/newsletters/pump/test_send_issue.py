"""An issue on its way: sent, refused, held and ended; each row tells what became of it."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Contact
from newsletters.models import Delivery, Pace, Preference, Suppression
from newsletters.queries.progress import progress_of
from newsletters.sending import sender
from tests.newsletters.pump.making import check_account, let_go, make_sending, send_all, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("mode", ["accept", "no pipelining"])
def test_an_issue_is_sent_once_to_each_and_ends(cast: SimpleNamespace, sink: Sink, mode: str) -> None:
    sink.mode = mode
    issue = make_sending(120)
    send_all()
    issue.refresh_from_db()
    assert (issue.state, issue.total, issue.sent) == ("finished", 120, 120)
    assert check_account(issue, sink) == {"sent": 120}
    assert sink.total() == 120
    assert progress_of(issue).percent == 100


def test_who_declined_or_left_since_the_listing_gets_nothing(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(30)
    contacts = list(Contact.objects.filter(deliveries__issue=issue).order_by("id"))
    now = timezone.now()
    declined = {"channel": "mail", "wants": False, "origin": "link", "changed_at": now}
    Preference.objects.create(contact=contacts[0], topic=issue.topic, **declined)
    Preference.objects.create(contact=contacts[1], topic=None, **declined)
    # Who declined everything and then chose this topic gets it.
    Preference.objects.create(contact=contacts[2], topic=None, **declined)
    Preference.objects.create(contact=contacts[2], topic=issue.topic, **{**declined, "wants": True})
    Preference.objects.create(contact=contacts[3], topic=issue.topic, **{**declined, "channel": "notice"})
    Suppression.objects.create(address=contacts[4].email, reason="complained", origin="provider")
    Contact.objects.filter(pk=contacts[5].pk).update(is_active=False)
    contacts[6].delete()
    send_all()
    assert check_account(issue, sink) == {"sent": 25, "suppressed": 5}
    assert sink.addresses()[contacts[2].email] == 1
    assert sink.addresses()[contacts[3].email] == 1
    reasons = set(Delivery.objects.filter(state="suppressed").values_list("answer", flat=True))
    assert reasons == {
        "Declined after the issue was listed.",
        "The address gets no newsletters (complained).",
        "The contact is no longer active.",
        "The contact is gone.",
    }


@pytest.mark.parametrize("mode", ["accept", "no pipelining"])
def test_an_address_that_is_gone_fails_and_is_suppressed(cast: SimpleNamespace, sink: Sink, mode: str) -> None:
    sink.mode = mode
    issue = make_sending(60)
    for name in ("reader3", "reader4", "reader59"):
        Delivery.objects.filter(address__startswith=f"{name}@").update(address=f"gone-{name}@many.example")
    send_all()
    assert check_account(issue, sink) == {"sent": 57, "failed": 3}
    found = Suppression.objects.get(address="gone-reader3@many.example")
    assert (found.reason, found.origin, found.delivery.address) == ("bounced", "smtp", found.address)
    assert "550 5.1.1" in found.detail
    assert Suppression.objects.count() == 3
    assert Delivery.objects.filter(state="failed", bounced_at=None).count() == 0


def test_a_refusal_of_a_mail_for_what_it_says_fails_and_suppresses_nobody(cast: SimpleNamespace, sink: Sink) -> None:
    sink.mode = "not this"
    issue = make_sending(30)
    send_all()
    assert states(issue) == {"failed": 30}
    assert not Suppression.objects.exists()
    issue.refresh_from_db()
    assert (issue.state, issue.failed) == ("finished", 30)


def test_a_server_that_refuses_us_holds_all_mail_until_that_is_mended(cast: SimpleNamespace, sink: Sink) -> None:
    sink.mode = "refuse sender"
    issue = make_sending(30)
    send_all()
    assert set(states(issue)) <= {"waiting", "deferred"}
    assert "550 5.7.1 Not from here" in Pace.objects.get(domain="").last_answer
    sink.mode = "accept"
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 30}


def test_a_receiver_that_is_busy_is_slowed_and_tried_again(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(40)
    sink.mode = "not now"
    send_all()
    # The first window met the refusals, the rest was held back without a try.
    assert Delivery.objects.filter(issue=issue, state="deferred", attempts=1).count() == 25
    assert Delivery.objects.filter(issue=issue, state="waiting", attempts=0).count() == 15
    pace = Pace.objects.get(domain="many.example")
    assert pace.held_until > timezone.now()
    assert (pace.slowed_to, pace.holds) == (300, 1)
    assert "450 4.7.1" in pace.last_answer
    assert not Delivery.objects.filter(issue=issue, due_at__lte=timezone.now()).exists()
    sink.mode = "accept"
    Pace.objects.update(slowed_to=None)
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 40}


def test_a_server_that_is_away_costs_no_attempts(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(40)
    sink.mode = "closed"
    send_all()
    assert set(Delivery.objects.filter(issue=issue).values_list("state", "attempts")) == {("waiting", 0)}
    assert Pace.objects.get(domain="").held_until > timezone.now()
    held = progress_of(issue)
    assert held.held_until
    assert held.held_because
    # While all mail is held nobody even claims.
    sink.mode = "accept"
    send_all()
    assert sink.total() == 0
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 40}


@pytest.mark.parametrize(("mode", "accepted"), [("drop unread", 0), ("keep and drop", 1), ("keep and hang", 1)])
def test_silence_after_a_whole_mail_is_unknown(
    cast: SimpleNamespace, sink: Sink, mode: str, accepted: int, settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    issue = make_sending(30)
    sink.mode = mode
    send_all()
    assert states(issue) == {"unknown": 1, "waiting": 29}
    sink.mode = "accept"
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 29, "unknown": 1}
    assert sink.total() == 29 + accepted


def test_a_conversation_that_the_server_ends_is_begun_again(cast: SimpleNamespace, sink: Sink) -> None:
    sink.mode = "drop some"
    issue = make_sending(300)
    send_all()
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 300}


def test_a_mail_that_can_not_be_written_waits_and_one_without_address_fails(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(3)
    Delivery.objects.filter(address="reader1@many.example").update(address="no address")
    real = sender.Press.letter

    def broken(self, recipient):
        if recipient.address == "reader2@many.example":
            raise RuntimeError("no ink")
        return real(self, recipient)

    with monkeypatch.context() as patched:
        patched.setattr(sender.Press, "letter", broken)
        send_all()
    assert states(issue) == {"sent": 1, "failed": 1, "deferred": 1}
    assert "no ink" in Delivery.objects.get(state="deferred").answer
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 2, "failed": 1}
