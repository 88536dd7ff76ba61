"""What becomes of many mails is decided piece by piece: who pauses meanwhile does not wait for all of them."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection

from core.errors import Conflict
from newsletters.actions import sending as actions
from newsletters.models import Delivery, Issue
from newsletters.sending import ending
from tests.newsletters.pump.making import make_sending, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[int]]:
    """Return a function that has another connection say something before the second piece; it waits for no lock."""
    monkeypatch.setattr(actions, "PIECE", 3)
    real, said = actions._locked, []

    def say(sql: str) -> list[int]:
        def locked(issue: Issue) -> Issue:
            said.append(issue.pk)
            if len(said) == 2:
                other = connection.copy()
                try:
                    with other.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '1s'")
                        cursor.execute(sql, [issue.pk])
                finally:
                    other.close()
            return real(issue)

        monkeypatch.setattr(actions, "_locked", locked)
        return said

    return say


def test_who_pauses_while_many_are_sent_again_is_answered_at_once(cast: SimpleNamespace, meanwhile) -> None:
    issue = make_sending(10)
    Delivery.objects.update(state="failed", answer="554 no")
    said = meanwhile("UPDATE newsletters_issue SET state = 'paused' WHERE id = %s")
    assert actions.send_again(actor=cast.specialist, issue=issue, state="failed") == 10
    assert len(said) == 4
    issue.refresh_from_db()
    assert issue.state == "paused"
    assert states(issue) == {"waiting": 10}


def test_what_is_refused_again_meanwhile_is_not_sent_for_ever(cast: SimpleNamespace, meanwhile) -> None:
    issue = make_sending(9)
    Delivery.objects.update(state="failed", answer="554 no")
    meanwhile("UPDATE newsletters_delivery SET state = 'failed' WHERE issue_id = %s AND state = 'waiting'")
    assert actions.send_again(actor=cast.specialist, issue=issue, state="failed") == 9
    assert states(issue) == {"failed": 3, "waiting": 6}


def test_who_cancels_while_many_are_sent_again_stops_that(cast: SimpleNamespace, meanwhile) -> None:
    issue = make_sending(10)
    Delivery.objects.update(state="unknown", answer="who knows")
    meanwhile("UPDATE newsletters_issue SET state = 'cancelling' WHERE id = %s")
    with pytest.raises(Conflict):
        actions.send_again(actor=cast.specialist, issue=issue, state="unknown")
    assert states(issue) == {"waiting": 3, "unknown": 7}


def test_many_of_an_ended_issue_are_settled_and_its_counts_follow(cast: SimpleNamespace, meanwhile) -> None:
    issue = make_sending(10)
    Delivery.objects.update(state="unknown", answer="who knows")
    assert ending.end_issue(issue.pk)
    said = meanwhile("UPDATE newsletters_issue SET title = 'Changed' WHERE id = %s")
    assert actions.settle(actor=cast.specialist, issue=issue, arrived=True) == 10
    assert len(said) == 4
    issue.refresh_from_db()
    assert (issue.title, issue.state, issue.sent, issue.unknown) == ("Changed", "finished", 10, 0)


def test_a_call_to_cancel_that_comes_late_takes_nothing_that_is_sent_again(cast: SimpleNamespace) -> None:
    issue = make_sending(2)
    Delivery.objects.update(state="unknown", answer="who knows")
    actions.cancel(actor=cast.specialist, issue=issue)
    assert ending.cancel_chunk(issue.pk) == 0
    assert ending.end_issue(issue.pk)
    assert actions.send_again(actor=cast.specialist, issue=issue, state="unknown") == 2
    assert ending.cancel_chunk(issue.pk) == 0
    assert states(issue) == {"waiting": 2}
