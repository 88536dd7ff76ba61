"""The look after issues calls for senders where mail is due: as many as have a place, never before what starts it."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from newsletters import tasks
from newsletters.models import Delivery, Issue
from newsletters.sending.places import free_places, sender_place
from tests.newsletters.makers import make_issue
from tests.newsletters.pump.making import make_sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Return what was called for, with the seconds after which nobody takes it any more."""
    found: list[tuple[str, Any]] = []
    for task in (tasks.send_batches, tasks.freeze):

        def note(args: object = None, *, expires: float, name: str = task.name) -> None:
            found.append((name.rpartition(".")[2], expires))

        monkeypatch.setattr(task, "apply_async", note)
    return found


def test_so_many_senders_are_called_for_as_have_a_place(cast: SimpleNamespace, called: list[tuple[str, Any]]) -> None:
    make_sending(5)
    assert free_places() == settings.NEWSLETTER_SENDERS == 2
    tasks.look_after_issues()
    assert len(called) == 2
    with sender_place() as has_place:
        assert has_place
        assert free_places() == 1
        tasks.look_after_issues()
    assert len(called) == 3
    assert free_places() == 2


def test_turns_of_senders_do_not_outlast_what_starts_another_issue(
    cast: SimpleNamespace, called: list[tuple[str, Any]]
) -> None:
    """They share a queue: turns that wait in it longer than the start of an issue would let it come to nothing."""
    make_sending(5)
    make_issue("Next", state="freezing")
    tasks.look_after_issues()
    waits = dict(called)
    assert waits["send_batches"] < waits["freeze"]


def test_a_look_that_breaks_in_one_thing_does_all_others(
    cast: SimpleNamespace, called: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = make_sending(5)
    done = make_sending(1, title="Done", domain="done.example")
    Delivery.objects.filter(issue=done).update(state="sent")

    def broken() -> list[int]:
        raise RuntimeError("no letter")

    monkeypatch.setattr(tasks.starting, "start_due", broken)
    with pytest.raises(ExceptionGroup) as told:
        tasks.look_after_issues()
    assert [str(error) for error in told.value.exceptions] == ["no letter"]
    assert [name for name, _ in called] == ["send_batches"] * 2
    assert dict(Issue.objects.values_list("pk", "state")) == {issue.pk: "sending", done.pk: "finished"}


def test_no_sender_is_called_for_where_nothing_is_due(cast: SimpleNamespace, called: list[tuple[str, Any]]) -> None:
    make_sending(5, state="paused")
    tasks.look_after_issues()
    assert called == []
