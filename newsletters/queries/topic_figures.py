"""How a topic does over time: its last issues side by side."""

from dataclasses import dataclass

from newsletters.models import Issue, Topic
from newsletters.queries.figures import Counts, totals_of

# A year of a monthly newsletter.
SHOWN_ISSUES = 12


@dataclass(frozen=True)
class IssueLine:
    """An issue that went out, with its counts."""

    issue: Issue
    counts: Counts


def issue_lines(topic: Topic) -> list[IssueLine]:
    """Return the topic's last issues that were sent, the newest first, in a fixed number of queries."""
    sent = Issue.objects.filter(topic=topic, state__in=Issue.ENDED, sent__gt=0)
    issues = list(sent.order_by("-ended_at", "-pk")[:SHOWN_ISSUES])
    counts = totals_of(issues)
    return [IssueLine(issue, counts[issue.pk]) for issue in issues]


def over_time(lines: list[IssueLine]) -> dict:
    """Return the chart of what readers did, in percent of those delivered, the oldest first."""
    ordered = list(reversed(lines))
    series = {
        "Clicked": [line.counts.rates["clicked"] if line.issue.tracking == "individual" else None for line in ordered],
        "Unsubscribed": [line.counts.rates["unsubscribed"] for line in ordered],
        "Bounced": [line.counts.rates["bounced"] for line in ordered],
        "Hours and other follow-on": [line.counts.rates["followed"] for line in ordered],
    }
    return {
        "categories": [f"{line.issue.title[:24]} · {line.issue.ended_at:%Y-%m-%d}" for line in ordered],
        "series": [
            {"name": name, "values": [None if value is None else round(value * 100, 2) for value in values]}
            for name, values in series.items()
            if any(value is not None for value in values)
        ],
        "unit": "%",
    }
