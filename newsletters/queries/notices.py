"""Reads of notices: what a contact sees now, and how those of the company fare."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.safestring import SafeString, mark_safe

from newsletters.models import Channel, Delivery, Notice, Preference
from newsletters.rules.notice_text import html_of

MOST_IN_FEED = 20
State, Shows = Notice.State, Notice.Shows

# What a person means by a notice's state: a published one is coming, showing or ended by the clock.
PHASES = {
    "showing": "Showing now",
    "coming": "Coming",
    "draft": "Drafts",
    "ended": "Ended",
    "withdrawn": "Withdrawn",
}


def safe_html_of(body: str) -> SafeString:
    """Return a notice's text as HTML for a template, cleaned of everything but a few tags."""
    return mark_safe(html_of(body))  # noqa: S308


# --- what a contact sees ------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice as one contact sees it."""

    uid: UUID
    kind: str
    title: str
    body: str
    link_url: str
    link_text: str
    starts_at: datetime
    is_seen: bool
    is_read: bool
    shows: str

    @property
    def html(self) -> SafeString:
        """Return the body as clean HTML."""
        return safe_html_of(self.body)

    @property
    def kind_label(self) -> str:
        """Return the kind in words."""
        return Notice.Kind(self.kind).label


def feed_of(contact_id: int, *, now: datetime, limit: int = MOST_IN_FEED) -> list[ShownNotice]:
    """Return what shows to the contact now, by priority and then the newest first; one query, by index."""
    rows = (
        in_feed(contact_id, now)
        .order_by("-notice__priority", "-notice__starts_at", "-notice_id")
        .values_list(
            "notice__uid",
            "notice__kind",
            "notice__title",
            "notice__body",
            "notice__link_url",
            "notice__link_text",
            "notice__starts_at",
            "seen_at",
            "read_at",
            "notice__shows",
        )[:limit]
    )
    return [ShownNotice(*row[:7], row[7] is not None, row[8] is not None, row[9]) for row in rows]


def in_feed(contact_id: int, now: datetime) -> QuerySet[Delivery]:
    """Return the contact's notices that show now: begun, neither ended, withdrawn, dismissed nor declined since."""
    said = Preference.objects.filter(contact=contact_id, channel=Channel.NOTICE)
    # The word on the topic counts before the one on everything.
    of_it = said.filter(Q(topic=None) | Q(topic=OuterRef("notice__topic"))).order_by(F("topic").asc(nulls_last=True))
    return (
        Delivery.objects.filter(contact=contact_id, notice__isnull=False, dismissed_at=None)
        .filter(notice__state=State.PUBLISHED, notice__starts_at__lte=now)
        .filter(Q(notice__ends_at=None) | Q(notice__ends_at__gt=now))
        .filter(Q(notice__shows=Shows.UNTIL_DISMISSED) | Q(seen_at=None))
        .alias(wanted=Coalesce(Subquery(of_it.values("wants")[:1]), True))
        .filter(wanted=True)
    )


# --- the company's notices ----------------------------------------------------------------------
@dataclass(frozen=True)
class NoticeFigures:
    """How many contacts have a notice, and how many saw, read and dismissed it."""

    reached: int = 0
    seen: int = 0
    read: int = 0
    dismissed: int = 0

    @property
    def seen_share(self) -> float:
        """Return the share of those reached who saw it, 0 to 1."""
        return self.seen / self.reached if self.reached else 0

    @property
    def read_share(self) -> float:
        """Return the share of those reached who read it, 0 to 1."""
        return self.read / self.reached if self.reached else 0


def phase_filter(phase: str, now: datetime) -> Q:
    """Return the condition of a phase of PHASES at this moment."""
    published, over = Q(state=State.PUBLISHED), Q(ends_at__lte=now)
    return {
        "draft": Q(state=State.DRAFT),
        "coming": published & Q(starts_at__gt=now),
        "showing": published & Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now)),
        "ended": published & over,
        "withdrawn": Q(state=State.WITHDRAWN),
    }[phase]


def phase_of(notice: Notice, now: datetime) -> str:
    """Return the notice's phase at this moment."""
    if notice.state != State.PUBLISHED:
        return notice.state
    if notice.starts_at > now:
        return "coming"
    return "ended" if notice.ends_at is not None and notice.ends_at <= now else "showing"


def notices_in(phase: str, now: datetime) -> QuerySet[Notice]:
    """Return the notices of a phase with who made them; all of them for no phase."""
    notices = Notice.objects.select_related("topic", "created_by")
    return notices.filter(phase_filter(phase, now)) if phase in PHASES else notices


def phase_counts(now: datetime) -> dict[str, int]:
    """Return how many notices are in each phase; one query."""
    return Notice.objects.aggregate(**{phase: Count("id", filter=phase_filter(phase, now)) for phase in PHASES})


def figures_for(notices: Collection[Notice | Model]) -> dict[int, NoticeFigures]:
    """Return the figures of each notice, by its id; one query."""
    ids = [notice.pk for notice in notices]
    rows = (
        Delivery.objects.filter(notice__in=ids)
        .values_list("notice_id")
        .annotate(Count("id"), Count("seen_at"), Count("read_at"), Count("dismissed_at"))
        .order_by()
    )
    found = {notice_id: NoticeFigures(*counts) for notice_id, *counts in rows}
    return {pk: found.get(pk, NoticeFigures()) for pk in ids}
