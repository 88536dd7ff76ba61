"""What people decide about the sending of an issue.

Each touches the row of the issue alone, so that it answers at once however large the issue is; senders look at that row
before each window. To say the same twice changes nothing. What becomes of many deliveries is decided piece by piece, so
that nobody who pauses meanwhile waits for all of them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from core import outbox
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.models import Delivery, Issue
from newsletters.queries.approvals import is_approved, lacks_approval
from newsletters.sending.ending import recount

WAKE = "newsletters.look_after_issues"
# Nobody schedules further ahead.
HORIZON = timedelta(days=366)
# The last place on earth where a day ends is 12 hours behind UTC.
LAST_ZONE = timedelta(hours=12)
# So many deliveries are changed in one transaction, which holds the issue's row.
PIECE = 2000

State = Issue.State
Timing = Issue.Timing


@repeated_transaction
def schedule(
    *,
    actor: User,
    issue: Issue,
    timing: str = Timing.AT_ONCE,
    send_at: datetime | None = None,
    local_date: date | None = None,
    local_minute: int | None = None,
    keeps_quiet_hours: bool | None = None,
    version: int | None = None,
) -> Issue:
    """Return the issue scheduled at a moment (now, where none is given) or at a local date and minute of the day.

    A scheduled one may be moved. `version` is the one the person saw. Raises Conflict where the issue is on its way,
    has changed or is not approved, Invalid for a time that is over or too far ahead.
    """
    issue = _locked(issue)
    if issue.state not in (*Issue.EDITABLE, State.SCHEDULED):
        raise Conflict(f"This issue can't be scheduled: it is {_words(issue)}.", code="issue_state")
    if version is not None and version != issue.version:
        raise Conflict("The issue has changed since you opened it. Look at it again.", code="issue_changed")
    if lacks_approval(issue):
        raise Conflict("A second person has to approve this version before it can be sent.", code="not_approved")
    issue.timing = timing
    issue.send_at, issue.local_date, issue.local_minute = _time(timing, send_at, local_date, local_minute)
    if keeps_quiet_hours is not None:
        issue.keeps_quiet_hours = keeps_quiet_hours
    issue.state = State.SCHEDULED
    issue.scheduled_by = actor
    issue.save()
    _wake()
    return issue


@repeated_transaction
def unschedule(*, actor: User, issue: Issue) -> Issue:
    """Return the issue taken off the schedule, as it was before: approved, or a draft where none has to approve.

    Raises Conflict where its sending has begun.
    """
    issue = _locked(issue)
    if issue.state in Issue.EDITABLE:
        return issue
    if issue.state != State.SCHEDULED:
        raise Conflict(f"It is too late: this issue is {_words(issue)}.", code="issue_state")
    return _moved(issue, State.APPROVED if is_approved(issue) else State.DRAFT)


@repeated_transaction
def pause(*, actor: User, issue: Issue) -> Issue:
    """Return the issue paused; of each sender at most the window that is in flight still goes out.

    Raises Conflict where it is not being sent.
    """
    issue = _locked(issue)
    if issue.state == State.PAUSED:
        return issue
    if issue.state not in (State.FREEZING, State.SENDING):
        raise Conflict(
            f"Only an issue that is being sent can be paused; this one is {_words(issue)}.", code="issue_state"
        )
    return _moved(issue, State.PAUSED, paused_at=timezone.now())


@repeated_transaction
def resume(*, actor: User, issue: Issue) -> Issue:
    """Return the paused issue on its way again. Raises Conflict where it is neither paused nor being sent."""
    issue = _locked(issue)
    if issue.state in (State.FREEZING, State.SENDING):
        return issue
    if issue.state != State.PAUSED:
        raise Conflict(f"Only a paused issue can go on; this one is {_words(issue)}.", code="issue_state")
    # It may have been paused before its recipients were listed.
    issue = _moved(issue, State.SENDING if issue.frozen_at else State.FREEZING, paused_at=None)
    _wake()
    return issue


@repeated_transaction
def cancel(*, actor: User, issue: Issue) -> Issue:
    """Return the issue cancelled, or being cancelled where mails of it still have to be called off.

    What went out stays sent. Raises Conflict for a draft and for one that is sent.
    """
    issue = _locked(issue)
    if issue.state in (State.CANCELLING, State.CANCELLED):
        return issue
    if issue.state not in (State.SCHEDULED, State.FREEZING, State.SENDING, State.PAUSED):
        raise Conflict(f"This issue can't be cancelled: it is {_words(issue)}.", code="issue_state")
    issue = _moved(issue, State.CANCELLING, paused_at=None)
    _wake()
    return issue


def send_again(*, actor: User, issue: Issue, state: str, deliveries: Iterable[int] | None = None) -> int:
    """Return how many unknown or failed deliveries go out again: those named, or all in that state.

    The issue is being sent again until they are through. Raises Invalid for another state, Conflict for an issue that
    has not been sent or is cancelled meanwhile.
    """
    if state not in (Delivery.State.UNKNOWN, Delivery.State.FAILED):
        raise Invalid("Only mails that failed or were perhaps sent can be sent again.", code="delivery_state")
    pieces = _pieces(_chosen(issue, state, deliveries))
    return sum(_send_piece_again(issue=issue, chosen=piece) for piece in pieces)


@repeated_transaction
def _send_piece_again(*, issue: Issue, chosen: QuerySet[Delivery]) -> int:
    issue = _locked(issue)
    if issue.state not in (State.SENDING, State.PAUSED, State.FINISHED, State.CANCELLED):
        raise Conflict(f"Nothing of this issue can be sent again: it is {_words(issue)}.", code="issue_state")
    count = chosen.update(state=Delivery.State.WAITING, due_at=timezone.now(), answer="", bounced_at=None, waited=0)
    if count and issue.state in Issue.ENDED:
        uncounted = dict.fromkeys(("total", "sent", "failed", "unknown", "suppressed", "cancelled", "ended_at"))
        _moved(issue, State.SENDING, **uncounted)
    if count:
        _wake()
    return count


def settle(*, actor: User, issue: Issue, arrived: bool, deliveries: Iterable[int] | None = None) -> int:
    """Return how many unknown deliveries are now taken for sent (or failed): those named, or all of them.

    The counts of an ended issue follow. Raises Conflict for an issue that has not been sent.
    """
    pieces = _pieces(_chosen(issue, Delivery.State.UNKNOWN, deliveries))
    return sum(_settle_piece(actor=actor, issue=issue, arrived=arrived, chosen=piece) for piece in pieces)


@repeated_transaction
def _settle_piece(*, actor: User, issue: Issue, arrived: bool, chosen: QuerySet[Delivery]) -> int:
    issue = _locked(issue)
    if issue.state not in (State.SENDING, State.PAUSED, State.CANCELLING, *Issue.ENDED):
        raise Conflict(f"Nothing of this issue is open: it is {_words(issue)}.", code="issue_state")
    state = Delivery.State.SENT if arrived else Delivery.State.FAILED
    said = f"{actor.name or actor.email} said that it {'arrived' if arrived else 'did not arrive'}."[:300]
    count = chosen.update(state=state, answer=said, sent_at=timezone.now() if arrived else None)
    if count and issue.state in Issue.ENDED:
        recount(issue.pk)
    return count


def _chosen(issue: Issue, state: str, deliveries: Iterable[int] | None) -> QuerySet[Delivery]:
    chosen = Delivery.objects.filter(issue=issue, state=state)
    return chosen if deliveries is None else chosen.filter(pk__in=list(deliveries))


def _pieces(chosen: QuerySet[Delivery]) -> Iterator[QuerySet[Delivery]]:
    """Yield the deliveries in pieces, at least one; what fails once more meanwhile is in no later piece again."""
    last = 0
    while True:
        ids = list(chosen.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE])
        yield chosen.filter(pk__in=ids)
        if len(ids) < PIECE:
            return
        last = ids[-1]


def _locked(issue: Issue) -> Issue:
    return Issue.objects.select_for_update(no_key=True).select_related(None).get(pk=issue.pk)


def _moved(issue: Issue, state: str, **fields: Any) -> Issue:
    issue.state = state
    for name, value in fields.items():
        setattr(issue, name, value)
    issue.save(update_fields=["state", "updated_at", *fields])
    return issue


def _words(issue: Issue) -> str:
    """Return its state as it stands in a sentence."""
    label: str = State(issue.state).label
    return label[0].lower() + label[1:]


def _time(
    timing: str, send_at: datetime | None, local_date: date | None, local_minute: int | None
) -> tuple[datetime | None, date | None, int | None]:
    now = timezone.now()
    if timing == Timing.LOCAL:
        if local_date is None or local_minute is None or not 0 <= local_minute < 24 * 60:
            raise Invalid("Choose the day and the hour.", code="required", field="local_date")
        if local_date < (now - LAST_ZONE).date():
            raise Invalid("This day is over.", code="in_the_past", field="local_date")
        if local_date > now.date() + HORIZON:
            raise Invalid("Choose a day within a year.", code="too_far", field="local_date")
        return None, local_date, local_minute
    send_at = send_at or now
    # A minute's grace for who chose "now" in a form.
    if send_at < now - timedelta(minutes=1):
        raise Invalid("This time is over.", code="in_the_past", field="send_at")
    if send_at > now + HORIZON:
        raise Invalid("Choose a time within a year.", code="too_far", field="send_at")
    return send_at, None, None


def _wake() -> None:
    """Have the issues looked after at once rather than at the next tick."""
    outbox.enqueue(WAKE, {}, key=WAKE)
