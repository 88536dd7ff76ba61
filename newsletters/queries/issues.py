"""What the list of newsletters shows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may
from newsletters.models import Issue, Link, NewsletterSettings
from newsletters.queries.progress import Progress, progress_of

State = Issue.State

# The tabs of the list: the states in each, and the order in which it is read.
STAGES: dict[str, tuple[tuple[str, ...], str]] = {
    "": (tuple(State.values), "-created_at"),
    "preparing": (Issue.EDITABLE, "-created_at"),
    "review": ((State.IN_REVIEW,), "created_at"),
    "scheduled": ((State.SCHEDULED,), "send_at"),
    "sending": (Issue.UNDER_WAY, "-created_at"),
    "ended": (Issue.ENDED, "-ended_at"),
}
STAGE_LABELS = {
    "": "All",
    "preparing": "In preparation",
    "review": "Waiting for approval",
    "scheduled": "Scheduled",
    "sending": "Under way",
    "ended": "Sent",
}
MOST_BARS = 10
MOST_COUNTED = 100


@dataclass(frozen=True)
class IssueFilter:
    """What narrows the list."""

    stage: str = ""
    words: str = ""
    topic: int | None = None
    mine: User | None = None


@dataclass(frozen=True)
class KeyFigures:
    """What a sent issue came to, as the list shows it; shares are of 1, None where nothing can be said."""

    delivered_share: float | None = None
    clicks: int | None = None


@dataclass(frozen=True)
class Bar:
    """An issue under way with how far it is."""

    issue: Issue
    progress: Progress


def narrowed(issues: QuerySet[Issue], wanted: IssueFilter) -> tuple[QuerySet[Issue], str]:
    """Return the issues of the filter and the order of its stage."""
    states, order = STAGES[wanted.stage]
    if wanted.stage:
        issues = issues.filter(state__in=states)
    for word in wanted.words.split()[:8]:
        issues = issues.filter(Q(title__icontains=word) | Q(subject__icontains=word))
    if wanted.topic is not None:
        issues = issues.filter(topic=wanted.topic)
    if wanted.mine is not None:
        issues = issues.filter(Q(created_by=wanted.mine) | Q(editor=wanted.mine) | Q(reviewer=wanted.mine))
    return issues.select_related("topic", "created_by", "editor", "reviewer"), order


def stage_counts() -> dict[str, int]:
    """Return how many issues are in each stage but the ended ones, which only grow; one query."""
    open_states = [*Issue.EDITABLE, State.SCHEDULED, *Issue.UNDER_WAY]
    rows = Issue.objects.filter(state__in=open_states).values_list("state").annotate(Count("pk"))
    by_state = dict(rows.order_by())
    return {
        stage: sum(by_state.get(state, 0) for state in states)
        for stage, (states, _) in STAGES.items()
        if stage not in ("", "ended")
    }


def bars_under_way() -> list[Bar]:
    """Return the issues under way, or due this moment, with their progress, at most `MOST_BARS`."""
    due = Q(state=State.SCHEDULED, timing=Issue.Timing.AT_ONCE, send_at__lte=timezone.now())
    issues = Issue.objects.filter(Q(state__in=Issue.UNDER_WAY) | due).order_by("-created_at", "-pk")
    return [Bar(issue, progress_of(issue)) for issue in issues[:MOST_BARS]]


def is_on_its_way(issue: Issue) -> bool:
    """Tell whether the issue is being sent or was, or is due this moment."""
    if issue.state == State.SCHEDULED and issue.timing == Issue.Timing.AT_ONCE and issue.send_at is not None:
        return issue.send_at <= timezone.now()
    return issue.state in (*Issue.UNDER_WAY, *Issue.ENDED)


def with_figures(rows: list[Issue]) -> list[tuple[Issue, KeyFigures]]:
    """Return each issue with its key figures; one query."""
    counted = [issue.pk for issue in rows if issue.tracking not in ("", NewsletterSettings.Tracking.OFF)]
    clicks: dict[int, Any] = dict(
        Link.objects.filter(issue__in=counted).values_list("issue").annotate(Sum("clicks")).order_by()
    )
    return [
        (
            issue,
            KeyFigures(
                delivered_share=issue.sent / issue.total if issue.total and issue.sent is not None else None,
                clicks=clicks.get(issue.pk, 0) if issue.pk in counted else None,
            ),
        )
        for issue in rows
    ]


def count_for_review(user: User) -> int:
    """Return how many issues wait for this person's approval, up to a bound; 0 for who approves none."""
    if not may(user, "newsletter.approve"):
        return 0
    waiting = Issue.objects.filter(state=State.IN_REVIEW).filter(Q(reviewer=None) | Q(reviewer=user))
    if NewsletterSettings.current().needs_approval:
        waiting = waiting.exclude(created_by=user).exclude(editor=user)
    return waiting[:MOST_COUNTED].count()
