"""Scheduling from the pages: an issue that is whole, read and without faults gets its time."""

from datetime import date, datetime

from accounts.models import User
from core.errors import Conflict
from core.transactions import repeated_transaction
from newsletters.actions import sending
from newsletters.actions.changes import begin_change, expect_version
from newsletters.actions.reviews import refuse_unfinished
from newsletters.checks import check_issue
from newsletters.models import Issue
from newsletters.queries.approvals import lacks_approval

State = Issue.State


@repeated_transaction
def schedule_issue(
    *,
    actor: User,
    issue: Issue,
    timing: str,
    send_at: datetime | None = None,
    local_date: date | None = None,
    local_minute: int | None = None,
    keeps_quiet_hours: bool = True,
    version: int | None = None,
) -> Issue:
    """Return the issue, scheduled for a moment, or for a minute (after midnight) of a day on each recipient's clock.

    Raises Conflict where it changed since `version`, is not approved as it is, or the checks find what must be mended.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk, action="newsletter.send")
    expect_version(locked, version)
    if refusal := why_not_schedule(locked):
        raise Conflict(refusal, code="not_ready")
    return sending.schedule(
        actor=actor,
        issue=locked,
        timing=timing,
        send_at=send_at,
        local_date=local_date,
        local_minute=local_minute,
        keeps_quiet_hours=keeps_quiet_hours,
    )


def why_not_schedule(issue: Issue) -> str:
    """Return why the issue can't be scheduled as it is, in a sentence; empty where it can."""
    try:
        refuse_unfinished(issue)
    except Conflict as refusal:
        return refusal.message
    if lacks_approval(issue):
        return "A second person approves it first."
    if issue.state == State.IN_REVIEW:
        return "It waits for approval. Take the question back, or wait for the answer."
    if any(finding.level == "error" for finding in check_issue(issue)):
        return "The checks found something that must be mended first."
    return ""
