"""How far an issue is: counted by the database as it happens, so that a look costs nothing, however large the issue."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Min, Q, Sum
from django.utils import timezone

from newsletters.models import Delivery, DeliveryTally, Issue, Pace

State = Delivery.State
STATES = tuple(state.value for state in State)
# The speed is that of these last minutes.
LATELY = timedelta(minutes=2)


@dataclass(frozen=True)
class Progress:
    """How many deliveries are in each state, how fast they go, and how long the rest takes.

    `remaining_seconds` is None while nothing goes, and reaches to whose hour comes last. `held_until` and
    `held_because` tell that all mail waits, and why; `next_at` when the next one is due where none is due now.
    """

    counts: dict[str, int] = field(default_factory=dict)
    total: int = 0
    done: int = 0
    percent: int = 0
    per_minute: int = 0
    remaining_seconds: int | None = None
    held_until: datetime | None = None
    held_because: str = ""
    next_at: datetime | None = None

    @property
    def left(self) -> int:
        """Return how many are not through yet."""
        return self.total - self.done


def progress_of(issue: Issue, *, now: datetime | None = None) -> Progress:
    """Return how far the issue is, in at most three queries."""
    now = now or timezone.now()
    counts, lately = _counted(issue, now)
    total = sum(counts.values())
    done = sum(counts[state] for state in Delivery.FINAL)
    left = total - done
    is_going = issue.state == Issue.State.SENDING and left > 0
    per_minute = lately if is_going else 0
    hold = Pace.objects.filter(domain="", held_until__gt=now).first() if is_going else None
    return Progress(
        counts=counts,
        total=total,
        done=done,
        # Never 100 while something is left.
        percent=math.floor(100 * done / total) if total else (100 if issue.state in Issue.ENDED else 0),
        per_minute=per_minute,
        remaining_seconds=_remaining_seconds(issue, now, left, per_minute) if per_minute else None,
        held_until=hold.held_until if hold else None,
        held_because=hold.last_answer if hold else "",
        next_at=_next_at(issue, now) if is_going and not per_minute else None,
    )


def _counted(issue: Issue, now: datetime) -> tuple[dict[str, int], int]:
    """Return the number in each state, and how many a minute went out lately."""
    if issue.state in Issue.ENDED:
        return {state: getattr(issue, state, None) or 0 for state in STATES}, 0
    since = now.replace(second=0, microsecond=0) - LATELY
    lately = Q(minute__gte=since)
    found = DeliveryTally.objects.filter(issue_id=issue.pk).aggregate(
        **{f"of_{state}": Sum(state) for state in STATES},
        sent_lately=Sum("sent", filter=lately),
        first=Min("minute", filter=lately & Q(sent__gt=0)),
    )
    counts = {state: found[f"of_{state}"] or 0 for state in STATES}
    begun = max(filter(None, [found["first"], issue.started_at and min(issue.started_at, now)]), default=now)
    seconds = max((now - begun).total_seconds(), 1)
    return counts, round((found["sent_lately"] or 0) * 60 / seconds)


def _due(issue: Issue, now: datetime, order: str) -> datetime | None:
    """Return when the first or the last delivery by the order is due, of those that ever are by themselves."""
    due = Delivery.objects.filter(issue=issue, state__in=Delivery.DUE).exclude(due_at__gt=now + timedelta(days=365))
    return due.order_by(order).values_list("due_at", flat=True).first()


def _next_at(issue: Issue, now: datetime) -> datetime | None:
    due = _due(issue, now, "due_at")
    return due if due is not None and due > now else None


def _remaining_seconds(issue: Issue, now: datetime, left: int, per_minute: int) -> int:
    last = _due(issue, now, "-due_at")
    waits = (last - now).total_seconds() if last else 0.0
    return math.ceil(max(left * 60 / per_minute, waits))
