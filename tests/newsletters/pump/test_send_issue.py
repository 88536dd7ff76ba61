"""An issue on its way: sent, refused, held and ended; each row tells what became of it."""

import contextlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Contact
from newsletters.actions import sending as actions
from newsletters.models import Delivery, Issue, Pace, Preference, Suppression
from newsletters.queries.progress import progress_of
from newsletters.sending import ending, paces, sender, trying, windows
from newsletters.sending.claiming import BATCH, claim, end_leases, put_back
from newsletters.sending.windows import Result, store_and_mark, store_late
from tests.newsletters.pump.making import check_account, end_leases_now, let_go, make_sending, send_all, states
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


def test_a_mail_is_given_up_after_many_tries(cast: SimpleNamespace, sink: Sink) -> None:
    issue = make_sending(2)
    Delivery.objects.update(attempts=39)
    sink.mode = "not now"
    send_all()
    assert states(issue) == {"failed": 2}
    assert "Given up after 40 tries" in Delivery.objects.first().answer


def test_a_mail_that_was_given_up_and_is_sent_again_is_tried_as_often_once_more(
    cast: SimpleNamespace, sink: Sink
) -> None:
    issue = make_sending(1)
    Delivery.objects.update(attempts=39)
    sink.mode = "not now"
    send_all()
    let_go()
    actions.send_again(actor=cast.specialist, issue=issue, state="failed")
    send_all()
    assert states(issue) == {"deferred": 1}
    Delivery.objects.update(attempts=79)
    let_go()
    send_all()
    assert states(issue) == {"failed": 1}


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


def test_leases_that_end_are_unknown_in_flight_and_wait_when_only_claimed(cast: SimpleNamespace) -> None:
    issue = make_sending(50)
    claims = claim(issue.pk)
    store_and_mark([], claims[:20])
    end_leases_now()
    assert end_leases() == 50
    assert states(issue) == {"unknown": 20, "waiting": 30}


def test_a_late_answer_turns_unknown_into_its_truth(cast: SimpleNamespace) -> None:
    issue = make_sending(3)
    claims = claim(issue.pk)
    assert len(store_and_mark([], claims).in_flight) == 3
    end_leases_now()
    end_leases()
    ending.end_issues()
    issue.refresh_from_db()
    assert (issue.state, issue.unknown) == ("finished", 3)
    results = [Result(claims[0], "sent"), Result(claims[1], "failed", "550 no"), Result(claims[2], "deferred", "x", 9)]
    marked = store_and_mark(results, [])
    assert marked.late == results
    store_late(issue.pk, marked.late)
    issue.refresh_from_db()
    assert (issue.total, issue.sent, issue.failed, issue.unknown) == (3, 1, 2, 0)
    # Somebody who wakes up later still, with an older number, changes nothing.
    Delivery.objects.filter(pk=claims[0].id).update(state="unknown", attempts=2)
    with transaction.atomic(), pytest.raises(IntegrityError):
        Issue.objects.filter(pk=issue.pk).update(sent=2, failed=1)
    Issue.objects.filter(pk=issue.pk).update(sent=0, unknown=1)
    store_late(issue.pk, [Result(claims[0], "sent")])
    assert Delivery.objects.get(pk=claims[0].id).state == "unknown"


def test_a_claim_put_back_by_its_holder_never_meets_an_older_one(cast: SimpleNamespace) -> None:
    """A sleeper's claim ran out; another claims and puts back again and again: the sleeper's number never fits."""
    issue = make_sending(1)
    (sleeper,) = claim(issue.pk)
    end_leases_now()
    end_leases()
    for _ in range(4):
        (awake,) = claim(issue.pk)
        assert awake.attempts > sleeper.attempts
        assert store_and_mark([], [sleeper]).in_flight == frozenset()
        assert put_back([sleeper]) == [sleeper]
        assert put_back([awake]) == []
    assert states(issue) == {"deferred": 1}


def test_issues_take_turns(cast: SimpleNamespace, sink: Sink) -> None:
    large = make_sending(BATCH * 2, domain="large.example")
    small = make_sending(10, domain="small.example", title="December")
    order: list[int] = []
    real = sender.Batch.send

    def noted(batch: sender.Batch) -> bool:
        order.append(batch.issue_id)
        return real(batch)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sender.Batch, "send", noted)
        send_all()
    assert order[:2] == [large.pk, small.pk]
    assert states(large) == {"sent": BATCH * 2}


def test_the_number_of_queries_does_not_grow_with_the_batch(
    cast: SimpleNamespace, sink: Sink, django_assert_max_num_queries
) -> None:
    issue = make_sending(BATCH)
    sender.press_of(issue.pk)
    until = sender.time.monotonic() + 60
    with django_assert_max_num_queries(10 + BATCH // windows.WINDOW):
        sender.Batch(issue.pk, paces.Limits(), until, None).send()
    assert states(issue) == {"sent": BATCH}


def test_an_issue_that_breaks_holds_up_no_other(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_sending(30, domain="broken.example")
    sound = make_sending(30, domain="sound.example", title="December")
    real = sender.Press.recipients

    def recipients(press, claims):
        if claims[0].domain == "broken.example":
            raise RuntimeError("no names")
        return real(press, claims)

    with monkeypatch.context() as patched:
        patched.setattr(sender.Press, "recipients", recipients)
        assert sender.send(1.0)
    assert states(sound) == {"sent": 30}
    # Nothing of it stays claimed, and no try is lost.
    assert Delivery.objects.filter(issue=broken, state="waiting", attempts=0).count() == 30
    send_all()
    assert states(broken) == {"sent": 30}
    assert sink.total() == 60


def test_what_went_out_is_known_though_the_next_window_breaks(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(60)
    Pace.objects.create(domain="many.example", per_minute=100_000, tokens=1000, refilled_at=timezone.now())
    real, turns = paces.take_turns, []

    def take_turns(claims, known):
        turns.append(len(claims))
        if len(turns) == 2:
            raise OperationalError("deadlock detected")
        return real(claims, known)

    monkeypatch.setattr(paces, "take_turns", take_turns)
    with contextlib.suppress(OperationalError):
        sender.send(1.0)
    assert turns[:2] == [25, 25]
    assert Delivery.objects.filter(issue=issue, state="in_flight").count() == 0
    assert sink.total() == Delivery.objects.filter(issue=issue, state="sent").count() >= 25


def test_issues_take_turns_where_a_limit_lets_one_mail_go_at_a_time(cast: SimpleNamespace, sink: Sink) -> None:
    first = make_sending(5, domain="first.example")
    second = make_sending(5, domain="second.example", title="December")
    pace = Pace.objects.create(domain="", per_minute=1)
    for _ in range(4):
        Pace.objects.filter(pk=pace.pk).update(tokens=1, refilled_at=timezone.now())
        sender.send(0.5)
        Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
    assert (states(first)["sent"], states(second)["sent"]) == (2, 2)


def test_a_better_subject_is_given_out_by_one_worker_and_no_other_waits(cast: SimpleNamespace) -> None:
    issue = make_sending(5, subject_b="Better", winner="b")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE newsletters_delivery SET due_at = 'infinity'")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('newsletters.winner'), %s)", [issue.pk])
            cursor.execute("SELECT id FROM newsletters_delivery FOR UPDATE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        assert trying.apply_winner(issue.pk) == 0
        other.rollback()
        assert trying.apply_winner(issue.pk) == 5
    finally:
        other.close()
        connection.close()


def test_what_was_put_back_twice_because_the_answer_got_lost_takes_nothing_from_who_claimed_it_since(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(3)
    batch = sender.Batch(issue.pk, paces.Limits(), sender.time.monotonic() + 5, None)
    others: list[int] = []

    def put_back_and_break(claims, *args, **kwargs):
        lost = put_back(claims, *args, **kwargs)
        if not others:
            claims = claim(issue.pk)
            others.extend(one.id for one in claims)
            # One is handed over by the other sender, two are about to be.
            store_and_mark([], claims[:1])
            # The other sender came a moment later: its leases end that much later.
            Delivery.objects.filter(issue=issue).update(claimed_until=F("claimed_until") + timedelta(seconds=1))
            raise OperationalError("server closed the connection unexpectedly")
        return lost

    monkeypatch.setattr(sender, "put_back", put_back_and_break)
    batch._return(claim(issue.pk))
    assert len(others) == 3
    assert states(issue) == {"in_flight": 1, "claimed": 2}
