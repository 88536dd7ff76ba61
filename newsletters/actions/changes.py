"""What every change of an issue shares: it takes turns, ends an approval, and finds out what changed meanwhile."""

from typing import Any

from accounts.models import User
from accounts.permissions import require
from core.errors import Conflict, NotFound
from newsletters.models import Issue
from segments.drafts import fingerprint

State = Issue.State

NOT_EDITABLE = {
    State.SCHEDULED: "This newsletter is scheduled. Take it off the schedule before you change it.",
    State.FREEZING: "This newsletter is on its way and can’t be changed any more.",
    State.SENDING: "This newsletter is on its way and can’t be changed any more.",
    State.PAUSED: "Some have this newsletter already, so it can’t be changed any more.",
    State.CANCELLING: "This newsletter is being cancelled.",
    State.FINISHED: "This newsletter is sent. Make a copy to go on from it.",
    State.CANCELLED: "This newsletter is cancelled. Make a copy to go on from it.",
}


def begin_change(*, actor: User | None, issue_id: int, action: str = "newsletter.edit") -> Issue:
    """Return the issue, locked until the transaction ends.

    Raises NotAllowed for who may not do `action`, Conflict `not_editable` where the issue is past changing.
    """
    if actor is not None:
        require(actor, action)
    issue = Issue.objects.select_for_update().filter(pk=issue_id).first()
    if issue is None:
        raise NotFound("There is no such newsletter.")
    if issue.state not in Issue.EDITABLE:
        raise Conflict(NOT_EDITABLE[State(issue.state)], code="not_editable", state=issue.state)
    return issue


def end_change(*, actor: User | None, issue: Issue) -> Issue:
    """Return the issue saved as a draft of its next version: whatever was approved was another one."""
    issue.version += 1
    issue.state, issue.reviewer = State.DRAFT, None
    issue.editor = actor
    issue.save()
    return issue


def expect(marks: dict[str, Any], expected: str | None, words: str) -> None:
    """Return nothing where what is stored is what the editor began with; raise Conflict `changed_since` otherwise.

    None asks for no look, as for a program that has read what it changes.
    """
    if expected is not None and expected != fingerprint(marks):
        raise Conflict(words, code="changed_since")


def expect_version(issue: Issue, version: int | None) -> None:
    """Return nothing where the issue is the version that was read; raise Conflict `changed_since` otherwise."""
    if version is not None and version != issue.version:
        raise Conflict("It has changed since you read it. Read it again first.", code="changed_since")
