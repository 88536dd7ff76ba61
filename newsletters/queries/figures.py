"""What became of an issue, from its deliveries in one pass: by tier and by subject, with links and follow-on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.db.models import Count, Q

from accounts.models import Tier
from newsletters import follow_on
from newsletters.ab import Trial, trial_of
from newsletters.follow_on import Followed
from newsletters.models import Delivery, Issue, Link, NewsletterSettings, OpenTally

State = Delivery.State
UNDER_WAY = (State.WAITING, State.CLAIMED, State.IN_FLIGHT, State.DEFERRED)
ARRIVED = Q(state=State.SENT, bounced_at=None)


@dataclass
class Counts:
    """How many deliveries: each counts in exactly one of under way, delivered, bounced, unknown, suppressed, cancelled.

    The others count among those that arrived; opened and clicked stay 0 unless tracking is individual.
    """

    total: int = 0
    under_way: int = 0
    delivered: int = 0
    bounced: int = 0
    unknown: int = 0
    suppressed: int = 0
    cancelled: int = 0
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    complained: int = 0
    followed: int = 0

    def add(self, other: "Counts") -> "Counts":
        """Return both together."""
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))

    def of_sent(self, count: int) -> float | None:
        """Return the share of those that left the house, of 1; None where none did."""
        left = self.delivered + self.bounced
        return count / left if left else None

    def of_delivered(self, count: int) -> float | None:
        """Return the share of those that arrived, of 1; None where none did."""
        return count / self.delivered if self.delivered else None

    @property
    def rates(self) -> dict[str, float | None]:
        """Return the shares that are compared between issues: of those sent for bounces, of those delivered else."""
        return {
            "bounced": self.of_sent(self.bounced),
            "opened": self.of_delivered(self.opened),
            "clicked": self.of_delivered(self.clicked),
            "unsubscribed": self.of_delivered(self.unsubscribed),
            "complained": self.of_delivered(self.complained),
            "followed": self.of_delivered(self.followed),
        }


@dataclass(frozen=True)
class LinkLine:
    """A link with its clicks; `people` are recipients who followed it, known where tracking is individual."""

    url: str
    clicks: int
    machine_clicks: int
    people: int


@dataclass(frozen=True)
class Opens:
    """Opens of an issue that were counted without anybody's name."""

    people: int = 0
    machines: int = 0


@dataclass
class Figures:
    """Everything that the page of an issue's figures shows."""

    issue: Issue
    total: Counts
    by_tier: list[tuple[str, Counts]]
    by_variant: list[tuple[str, Counts]]
    links: list[LinkLine]
    opens: Opens
    follow_on: list[tuple[str, int]]
    follow_on_days: int
    trial: Trial | None
    tracking: str = field(default="")

    @property
    def is_individual(self) -> bool:
        """Tell whether opens and clicks are known for each recipient."""
        return self.tracking == NewsletterSettings.Tracking.INDIVIDUAL

    @property
    def is_tracked(self) -> bool:
        """Tell whether opens and clicks are counted at all."""
        return self.tracking not in ("", NewsletterSettings.Tracking.OFF)

    @property
    def clicks(self) -> int:
        """Return all clicks of people on all links."""
        return sum(link.clicks for link in self.links)


def figures_of(issue: Issue) -> Figures:
    """Return the issue's figures; its deliveries are read once, and the number of queries does not grow with them."""
    days = NewsletterSettings.current().follow_on_days
    groups = counts_by_group([issue])
    followed = {kind.label: list(kind.count([issue], days)) for kind in follow_on.kinds()}
    for one in (one for found in followed.values() for one in found):
        groups.setdefault((issue.pk, one.variant, one.tier), Counts()).followed += one.things
    opens = OpenTally.objects.filter(issue=issue).first()
    return Figures(
        issue=issue,
        total=_sum(groups.values()),
        by_tier=[
            (tier, counts)
            for tier in (*Tier.values, "")
            if (counts := _sum(found for (_, _, of), found in groups.items() if of == tier)).total
        ],
        by_variant=[
            (variant, _sum(found for (_, of, _), found in groups.items() if of == variant))
            for variant in ("a", "b")
            if issue.subject_b
        ],
        links=_links_of(issue),
        opens=Opens(opens.people, opens.machines) if opens else Opens(),
        follow_on=[(label, sum(one.things for one in found)) for label, found in followed.items()],
        follow_on_days=days,
        trial=trial_of(issue),
        tracking=issue.tracking,
    )


def totals_of(issues: Sequence[Issue]) -> dict[int, Counts]:
    """Return each issue's counts with what followed, in one pass over their deliveries and one a kind of follow-on."""
    found = {issue.pk: Counts() for issue in issues}
    if not issues:
        return found
    for (issue_id, _, _), counts in counts_by_group(issues).items():
        found[issue_id] = found[issue_id].add(counts)
    for one in followed_by(issues, NewsletterSettings.current().follow_on_days):
        found[one.issue_id].followed += one.things
    return found


def followed_by(issues: Sequence[Issue], days: int) -> Iterable[Followed]:
    """Yield what followed on the issues, of every kind."""
    for kind in follow_on.kinds():
        yield from kind.count(issues, days)


def counts_by_group(issues: Sequence[Issue]) -> dict[tuple[int, str, str], Counts]:
    """Return counts by issue, subject and tier; one query."""
    rows = (
        Delivery.objects.filter(issue__in=[issue.pk for issue in issues])
        .order_by()
        .values("issue_id", "variant", "tier")
        .annotate(**_columns())
    )
    found: dict[tuple[int, str, str], Counts] = {}
    for row in rows:
        counted: dict[str, Any] = dict(row)
        key = (counted.pop("issue_id"), counted.pop("variant"), counted.pop("tier") or "")
        found[key] = found.get(key, Counts()).add(Counts(**counted))
    return found


def _columns() -> dict[str, Any]:
    def how_many(condition: Q) -> Count:
        return Count("pk", filter=condition)

    return {
        "total": Count("pk"),
        "under_way": how_many(Q(state__in=UNDER_WAY)),
        "delivered": how_many(ARRIVED),
        "bounced": how_many(Q(state=State.FAILED) | Q(state=State.SENT, bounced_at__isnull=False)),
        "unknown": how_many(Q(state=State.UNKNOWN)),
        "suppressed": how_many(Q(state=State.SUPPRESSED)),
        "cancelled": how_many(Q(state=State.CANCELLED)),
        "opened": how_many(ARRIVED & Q(opened_at__isnull=False)),
        "clicked": how_many(ARRIVED & Q(clicked_at__isnull=False)),
        "unsubscribed": how_many(ARRIVED & Q(unsubscribed_at__isnull=False)),
        "complained": how_many(ARRIVED & Q(complained_at__isnull=False)),
    }


def _sum(counts: Iterable[Counts]) -> Counts:
    total = Counts()
    for one in counts:
        total = total.add(one)
    return total


def _links_of(issue: Issue) -> list[LinkLine]:
    """Return the issue's links, the most followed first."""
    rows = Link.objects.filter(issue=issue).annotate(recipients=Count("followed"))
    return [
        LinkLine(link.url, link.clicks, link.machine_clicks, link.recipients)
        for link in rows.order_by("-clicks", "-recipients", "pk")
    ]
