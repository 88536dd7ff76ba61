"""Several senders at once, and people who stop them: nobody gets a mail twice, and at most a window goes out after.

Each guard is also taken away once, to show that it is what keeps the promise.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connections

from newsletters.actions import sending as actions
from newsletters.models import Delivery, Issue
from newsletters.sending import claiming, ending, sender, windows
from newsletters.sending.claiming import claim, end_leases
from newsletters.sending.places import sender_place
from newsletters.sending.windows import WINDOW, store_and_mark
from tests import programs
from tests.newsletters.pump.conftest import fresh_postbox, sink  # noqa: F401
from tests.newsletters.pump.making import check_account, end_leases_now, make_sending, send_all, states
from tests.newsletters.pump.sink import Sink
from tests.processes import PATIENCE_SECONDS, Together, _fork, _run_alone, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SENDERS = 2
MAILS = 2000
MANY = 100_000


def _send() -> None:
    sender.forget_postbox()
    while sender.send(5.0):
        pass


def _claim_all(issue_id: int) -> list[int]:
    found: list[int] = []
    while claims := claim(issue_id, 40):
        found += [claimed.id for claimed in claims]
    return found


def _claim_once(issue_id: int) -> list[int]:
    return [claimed.id for claimed in claim(issue_id, MAILS)]


def test_senders_at_once_send_to_each_once(cast: SimpleNamespace, sink: Sink) -> None:  # noqa: F811
    issue = make_sending(MAILS)
    run_at_once([_send] * (SENDERS + 2))
    send_all()
    assert check_account(issue, sink) == {"sent": MAILS}
    assert sink.total() == MAILS


def test_claims_at_once_never_meet(cast: SimpleNamespace) -> None:
    issue = make_sending(MAILS)
    found = run_at_once([partial(_claim_all, issue.pk)] * 4)
    assert sorted(pk for ids in found for pk in ids) == sorted(Delivery.objects.values_list("pk", flat=True))


def test_without_skipping_locked_rows_claims_meet(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: who waits for the other's rows takes them once more."""
    issue = make_sending(MAILS)
    monkeypatch.setattr(claiming, "CLAIM", claiming.CLAIM.replace("FOR UPDATE SKIP LOCKED", ""))
    found = run_at_once([partial(_claim_once, issue.pk)] * 4)
    assert max(Counter(pk for ids in found for pk in ids).values()) > 1


def test_no_more_senders_than_places(cast: SimpleNamespace) -> None:
    taken = run_at_once([partial(_hold_a_place, Together(5))] * 5)
    assert sum(taken) == settings.NEWSLETTER_SENDERS < 5


def _hold_a_place(all_asked: Together) -> bool:
    with sender_place() as has_place:
        all_asked.wait()
        return has_place


def test_a_sleeper_does_not_send_what_another_claimed(cast: SimpleNamespace) -> None:
    issue = make_sending(10)
    sleeper = claim(issue.pk)
    end_leases_now()
    end_leases()
    awake = claim(issue.pk)
    assert store_and_mark([], sleeper).in_flight == frozenset()
    assert len(store_and_mark([], awake).in_flight) == 10


def test_without_the_fence_a_sleeper_sends_it_too(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: both believe that the same mails are theirs."""
    monkeypatch.setattr(
        windows,
        "STORE_AND_MARK",
        windows.STORE_AND_MARK.replace("AND delivery.attempts = checked.attempts AND delivery.state = 'claimed'", ""),
    )
    issue = make_sending(10)
    sleeper = claim(issue.pk)
    end_leases_now()
    end_leases()
    awake = claim(issue.pk)
    assert store_and_mark([], sleeper).in_flight == store_and_mark([], awake).in_flight != frozenset()


def _die_with_a_window_sent() -> None:
    sender.forget_postbox()
    sender.Batch._land = _die  # type: ignore[method-assign]
    sender.send()


def _die(*_: object) -> None:
    import os

    os._exit(9)


@pytest.mark.parametrize("is_marked", [True, False])
def test_what_was_in_flight_is_never_sent_again(cast: SimpleNamespace, sink: Sink, is_marked: bool) -> None:  # noqa: F811
    """With the control: were it merely claimed, the next sender would send it once more."""
    issue = make_sending(WINDOW)
    connections.close_all()
    process = _fork.Process(target=_run_alone, args=(_die_with_a_window_sent,))
    process.start()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode == 9
    assert sink.total() == WINDOW
    assert states(issue) == {"in_flight": WINDOW}
    if not is_marked:
        Delivery.objects.update(state="claimed")
    end_leases_now()
    end_leases()
    send_all()
    assert states(issue) == ({"unknown": WINDOW} if is_marked else {"sent": WINDOW})
    assert set(sink.addresses().values()) == ({1} if is_marked else {2})


@pytest.mark.parametrize("action", [actions.pause, actions.cancel])
def test_at_most_a_window_of_each_sender_goes_out_after_the_answer(
    cast: SimpleNamespace,
    sink: Sink,  # noqa: F811
    action,
) -> None:
    issue = make_sending(MANY)
    sink.mode = "slow"
    at_the_answer = _stop_in_the_middle(partial(action, actor=cast.specialist, issue=issue), sink)
    after = sink.total() - at_the_answer
    assert after <= SENDERS * WINDOW
    found = states(issue)
    assert found["sent"] == sink.total()
    assert found["in_flight"] == found["claimed"] == 0
    assert found.total() == MANY
    assert Issue.objects.get(pk=issue.pk).state in ("paused", "cancelling")


def test_what_is_cancelled_in_the_middle_ends_with_every_row_told(cast: SimpleNamespace, sink: Sink) -> None:  # noqa: F811
    issue = make_sending(MANY)
    _stop_in_the_middle(partial(actions.cancel, actor=cast.specialist, issue=issue), sink)
    while ending.cancel_chunk(issue.pk):
        pass
    assert ending.end_issue(issue.pk)
    issue.refresh_from_db()
    assert (issue.state, issue.total, issue.sent) == ("cancelled", MANY, sink.total())
    assert check_account(issue, sink) == {"sent": sink.total(), "cancelled": MANY - sink.total()}


def _stop_in_the_middle(stop: Callable[[], object], sink: Sink) -> int:  # noqa: F811
    """Return how many mails had arrived at the answer to `stop`, asked while the senders send; they are gone then."""
    connections.close_all()
    senders = [_fork.Process(target=_run_alone, args=(_send,)) for _ in range(SENDERS)]
    for process in senders:
        process.start()
    programs.wait_until(lambda: sink.total() > 500, "the first mails")
    stop()
    at_the_answer = sink.total()
    for process in senders:
        process.join(PATIENCE_SECONDS)
        assert process.exitcode == 0
    return at_the_answer
