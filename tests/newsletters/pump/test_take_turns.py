"""Issues beside each other: they take turns, and one that breaks holds up no other."""

import contextlib
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from newsletters.models import Delivery, Pace
from newsletters.sending import paces, sender, trying, windows
from newsletters.sending.claiming import BATCH
from tests.newsletters.pump.making import make_sending, send_all, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_issues_take_turns_where_a_limit_lets_one_mail_go_at_a_time(cast: SimpleNamespace, sink: Sink) -> None:
    first = make_sending(5, domain="first.example")
    second = make_sending(5, domain="second.example", title="December")
    pace = Pace.objects.create(domain="", per_minute=1)
    for _ in range(4):
        Pace.objects.filter(pk=pace.pk).update(tokens=1, refilled_at=timezone.now())
        sender.send(0.5)
        Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
    assert (states(first)["sent"], states(second)["sent"]) == (2, 2)


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
