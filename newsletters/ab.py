"""Two subjects tried against each other: when the trial is over and which one goes on.

Clicks decide, or what followed on the mails; opens never do, because mail programs open by themselves. Clicks are known
for each subject only where tracking is individual; in every other case follow-on decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DateTimeField, Q

from newsletters import follow_on
from newsletters.models import Delivery, Issue, NewsletterSettings
from newsletters.rules.winner import Arm, Outcome, outcome_of

# Some mails wait for a server that is busy for hours; the trial's clock starts without the slowest of them.
MOST_OF_THEM = 0.95
STILL_GOING = (Delivery.State.WAITING, *Delivery.LEASED)


@dataclass(frozen=True)
class Trial:
    """How a trial stands: what it is decided by, when it ends (None: mails of it are still to go out), its arms."""

    by: str
    ends_at: datetime | None
    a: Arm
    b: Arm

    @property
    def outcome(self) -> Outcome:
        """Return what the figures say now."""
        return outcome_of(self.a, self.b)


class MomentOfMost(Aggregate):
    """The moment by which most rows had theirs."""

    function = "PERCENTILE_DISC"
    template = f"%(function)s({MOST_OF_THEM}) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DateTimeField()


def decide(issue: Issue, *, now: datetime) -> str | None:
    """Return the subject that goes on, "a" or "b"; None while the trial runs and where there is only one subject.

    Where the difference is too small to mean anything, the first subject goes on.
    """
    if issue.winner:
        return issue.winner
    if _is_too_early(issue, now):
        return None
    trial = trial_of(issue)
    if trial is None or trial.ends_at is None or now < trial.ends_at:
        return None
    return trial.outcome.goes_on


def trial_of(issue: Issue) -> Trial | None:
    """Return the trial of the issue's two subjects, or None where it has only one; at most two queries and follow-on's.

    Those who wait for the better subject have none yet; once it is decided, they count with the one that they got.
    """
    if not issue.subject_b or issue.frozen_at is None:
        return None
    rows: dict[str, Any] = {
        row["variant"]: row
        for row in Delivery.objects.filter(issue=issue, variant__in=["a", "b"])
        .order_by()
        .values("variant")
        .annotate(
            reached=Count("pk", filter=Q(state=Delivery.State.SENT, bounced_at=None)),
            clicked=Count("pk", filter=Q(state=Delivery.State.SENT, bounced_at=None, clicked_at__isnull=False)),
            going=Count("pk", filter=Q(state__in=STILL_GOING)),
            out_at=MomentOfMost("sent_at", filter=Q(sent_at__isnull=False)),
        )
    }
    by = decided_by(issue)
    followed = _followed(issue) if by == Issue.Winner.FOLLOW_ON else {}
    arms = {}
    for variant in ("a", "b"):
        row = rows.get(variant, {"reached": 0, "clicked": 0})
        hits = row["clicked"] if by == Issue.Winner.CLICKS else followed.get(variant, 0)
        arms[variant] = Arm(row["reached"], min(hits, row["reached"]))
    return Trial(by, _ends_at(issue, list(rows.values())), arms["a"], arms["b"])


def decided_by(issue: Issue) -> str:
    """Return what decides: what the editor chose, but follow-on where clicks are not known for each subject."""
    if issue.tracking != NewsletterSettings.Tracking.INDIVIDUAL:
        return Issue.Winner.FOLLOW_ON
    return issue.ab_by


def _is_too_early(issue: Issue, now: datetime) -> bool:
    """Tell whether the trial can't be over, without counting all that went out: that is asked every few seconds."""
    if issue.frozen_at is None or now >= issue.frozen_at + timedelta(hours=issue.ab_hours):
        return False
    # Where nobody is in it, it is over at once.
    return Delivery.objects.filter(issue=issue, variant__in=["a", "b"]).exists()


def _ends_at(issue: Issue, rows: list[Any]) -> datetime | None:
    """Return the trial's end; at once where nobody is in it, so that the others wait for nothing."""
    if not rows or issue.frozen_at is None:
        return issue.frozen_at
    if any(row["going"] for row in rows):
        return None
    out_at = max((row["out_at"] for row in rows if row["out_at"] is not None), default=issue.frozen_at)
    return out_at + timedelta(hours=issue.ab_hours)


def _followed(issue: Issue) -> dict[str, int]:
    """Return by subject how many recipients something followed for, each kind's added up."""
    days = NewsletterSettings.current().follow_on_days
    counts: dict[str, int] = {}
    for kind in follow_on.kinds():
        for one in kind.count([issue], days):
            counts[one.variant] = counts.get(one.variant, 0) + one.recipients
    return counts
