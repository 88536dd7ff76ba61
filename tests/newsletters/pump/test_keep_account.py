"""What breaks around a window: its mails are told as what they are, and none is called unknown that never went."""

from types import SimpleNamespace

import pytest
from django.db import DataError, connection
from django.db.models import Value
from django.db.models.functions import Replace

from newsletters.models import Delivery, Pace
from newsletters.sending import landing, sender, windows
from tests.newsletters.pump.making import check_account, let_go, make_sending, send_all, states
from tests.newsletters.pump.sink import Sink

pytestmark = pytest.mark.django_db(transaction=True)


def test_refused_mails_are_told_though_their_receiver_can_not_be_held(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(30)
    sink.mode = "not now"

    def broken(busy: dict[str, str]) -> None:
        raise DataError("value too long")

    monkeypatch.setattr(landing, "hold_busy", broken)
    sender.send(1.0)
    assert states(issue) == {"deferred": 25, "waiting": 5}


def test_a_window_that_was_marked_and_never_handed_over_waits_again(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(60)
    marks: list[int] = []

    def marked(results, claims):
        found = windows.store_and_mark(results, claims)
        marks.append(len(found.in_flight))
        if len(marks) == 2:
            raise RuntimeError("broken")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(sender, "store_and_mark", marked)
        sender.send(1.0)
    assert marks == [25, 25]
    assert states(issue) == {"sent": 25, "waiting": 35}
    assert not Delivery.objects.filter(state="waiting").exclude(attempts=0).exists()
    send_all()
    assert check_account(issue, sink) == {"sent": 60}


def test_what_nobody_expected_of_sending_makes_one_mail_unknown_and_holds_the_others(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(60)

    def broken(postbox, letters, *, until, done):
        raise RuntimeError("no stamps")

    with monkeypatch.context() as patched:
        patched.setattr(sender.BulkPostbox, "post", broken)
        sender.send(1.0)
    assert states(issue) == {"unknown": 1, "waiting": 59}
    assert Pace.objects.get(domain="").last_answer == "RuntimeError: no stamps"
    let_go()
    send_all()
    assert check_account(issue, sink) == {"sent": 59, "unknown": 1}


def test_a_sender_that_lost_its_connection_lost_its_place_and_makes_way(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(60)
    last = Delivery.objects.order_by("-pk").values("pk")[:35]
    Delivery.objects.filter(pk__in=last).update(address=Replace("address", Value("many"), Value("other")))
    real, holds = landing.hold_busy, []

    def hold_busy(busy: dict[str, str]) -> None:
        holds.append(busy)
        if len(holds) == 1:
            sink.mode = "accept"
            _end_connection()
        real(busy)

    monkeypatch.setattr(landing, "hold_busy", hold_busy)
    sink.mode = "not now"
    assert not sender.send(60.0)
    # It held the receiver that refused, over a connection without a place, and sent to nobody else.
    assert len(holds) == 2
    assert states(issue) == {"deferred": 25, "waiting": 35}
    send_all()
    assert states(issue) == {"deferred": 25, "sent": 35}


def _end_connection() -> None:
    """End this process's connection from another, as a restart of the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    finally:
        other.close()
