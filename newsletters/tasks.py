"""Background work of newsletters: tasks that find all they need in the database and may come too often or never."""

from typing import Any

from celery import shared_task

from core import outbox
from newsletters.actions import digest, proposals
from newsletters.actions.provider_events import forget_reports
from newsletters.actions.sending import WAKE
from newsletters.sending import ending, paces, sender, starting
from newsletters.sending.claiming import end_leases
from newsletters.sending.places import free_places
from newsletters.sending.trying import apply_winner, decided

TICK_SECONDS = 5
# A message that nobody took for so long is replaced by the next tick's.
STALE_SECONDS = 30
# Senders' turns share a queue with what starts and ends issues: they must be over before anything behind them is.
TURN_STALE_SECONDS = 10


@shared_task(name="newsletters.tasks.look_after_issues", expires=TICK_SECONDS * 2)
def look_after_issues() -> None:
    """Start what is due, settle what dead senders left, end what is done, and call for senders where mail is due.

    What breaks in one of these holds up none of the others; all that broke is raised together at the end.
    """
    broken = []
    for step in (end_leases, paces.recover, _start, _decide, _cancel, ending.end_issues, _send):
        try:
            step()
        except Exception as error:  # noqa: BLE001  raised below
            broken.append(error)
    if broken:
        raise ExceptionGroup("The look after issues broke", broken)


def _start() -> None:
    for issue_id in starting.start_due():
        freeze.apply_async([issue_id], expires=STALE_SECONDS)


def _decide() -> None:
    for issue_id in decided():
        apply_winner_to.apply_async([issue_id], expires=STALE_SECONDS)


def _cancel() -> None:
    for issue_id in ending.being_cancelled():
        cancel_rest.apply_async([issue_id], expires=STALE_SECONDS)


def _send() -> None:
    if sender.is_work_due():
        for _ in range(free_places()):
            send_batches.apply_async(expires=TURN_STALE_SECONDS)


@outbox.handles(WAKE)
def look_soon(payload: dict[str, Any]) -> None:
    """Hand the look to a task of its own: other promises need not wait for it."""
    look_after_issues.delay()


@shared_task(name="newsletters.tasks.send_batches")
def send_batches() -> None:
    """Send for a few seconds, then make way and ask for another turn; one of too many returns at once."""
    if sender.send():
        send_batches.apply_async(expires=TURN_STALE_SECONDS)


@shared_task(name="newsletters.tasks.freeze")
def freeze(issue_id: int) -> int | None:
    """List the recipients of an issue and begin to send it; return how many there are."""
    count = starting.freeze(issue_id)
    if count is not None:
        look_after_issues.delay()
    return count


@shared_task(name="newsletters.tasks.cancel_rest")
def cancel_rest(issue_id: int) -> None:
    """Call off what is left of an issue, a part at a time, and end it."""
    if ending.cancel_chunk(issue_id):
        cancel_rest.apply_async([issue_id], expires=STALE_SECONDS)
    else:
        ending.end_issue(issue_id)


@shared_task(name="newsletters.tasks.apply_winner_to")
def apply_winner_to(issue_id: int) -> None:
    """Let those who waited for the better subject get it."""
    if apply_winner(issue_id):
        look_after_issues.delay()


@shared_task(name="newsletters.tasks.freshen_proposals", expires=3600)
def freshen_proposals() -> dict[str, int]:
    """Take up what customers keep asking, and let proposals follow their issues; return how many."""
    return proposals.freshen_proposals()


@shared_task(name="newsletters.tasks.send_digests", expires=3600)
def send_digests() -> int:
    """Promise the team its digest where a Monday has begun; return to how many."""
    return digest.send_digests()


@shared_task(name="newsletters.tasks.forget_provider_reports", expires=3600)
def forget_provider_reports() -> int:
    """Delete old reports of the mail provider; return how many."""
    return forget_reports()
