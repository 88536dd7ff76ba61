"""What the team hears on Monday: last week's issues, what is planned, what is wanted most."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from calendars.rules.clock import midnight_of, moment
from newsletters.models import Issue, Proposal
from newsletters.queries.figures import Counts, totals_of
from newsletters.queries.proposals import ranked, with_votes

MOST_ISSUES = 20
BEST = 5
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Ahead:
    """An issue to come; `on` is its day in the calendar, `at` the moment it is sent, where that is fixed."""

    issue: Issue
    on: date | None
    at: datetime | None


@dataclass(frozen=True)
class Digest:
    """One week's digest."""

    monday: date
    sent: list[tuple[Issue, Counts]]
    ahead: list[Ahead]
    best: list[Proposal]

    @property
    def says_something(self) -> bool:
        """Tell whether there is anything to say."""
        return bool(self.sent or self.ahead or self.best)


def digest_of(monday: date, zone: str) -> Digest:
    """Return the digest of the week before this Monday by the clock of `zone`, in a fixed number of queries."""
    begins, ends = moment(monday - timedelta(days=7), 0, zone), moment(monday, 0, zone)
    sent = list(
        Issue.objects.filter(state=Issue.State.FINISHED, ended_at__gte=begins, ended_at__lt=ends)
        .select_related("topic")
        .order_by("ended_at", "pk")[:MOST_ISSUES]
    )
    counts = totals_of(sent)
    return Digest(
        monday=monday,
        sent=[(issue, counts[issue.pk]) for issue in sent],
        ahead=_ahead(monday, ends),
        best=list(ranked(with_votes(Proposal.objects.filter(state=Proposal.State.OPEN)))[:BEST]),
    )


def _ahead(monday: date, begins: datetime) -> list[Ahead]:
    last = monday + AHEAD
    scheduled = Q(state=Issue.State.SCHEDULED, timing=Issue.Timing.AT_ONCE, send_at__lt=begins + AHEAD) | Q(
        state=Issue.State.SCHEDULED, timing=Issue.Timing.LOCAL, local_date__lt=last
    )
    planned = Q(state__in=Issue.EDITABLE, planned_on__gte=monday, planned_on__lt=last)
    issues = Issue.objects.filter(scheduled | planned).select_related("topic")
    found = [
        Ahead(issue, issue.local_date or issue.planned_on, issue.send_at)
        if issue.state == Issue.State.SCHEDULED
        else Ahead(issue, issue.planned_on, None)
        for issue in issues
    ]
    return sorted(found, key=lambda one: (one.at or midnight_of(one.on or last), one.issue.pk))[:MOST_ISSUES]
