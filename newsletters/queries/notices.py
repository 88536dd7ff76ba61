"""Reads of notices: what a contact sees now, and how those of the company fare."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.utils.safestring import SafeString, mark_safe

from newsletters.models import Notice, NoticeTally
from newsletters.rules.notice_text import html_of

MOST_IN_FEED = 20
State = Notice.State

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


# Written out, because every open page of the company's products asks it again and again: to put it together by the ORM
# costs several times what the database needs to answer. What is declined is as in queries/wishes.py.
FEED = """
SELECT notice.uid, notice.kind, notice.title, notice.body, notice.link_url, notice.link_text, notice.starts_at,
    delivery.seen_at IS NOT NULL, delivery.read_at IS NOT NULL, notice.shows
FROM newsletters_delivery AS delivery
JOIN newsletters_notice AS notice ON notice.id = delivery.notice_id
WHERE delivery.contact_id = %(contact)s AND delivery.notice_id IS NOT NULL AND delivery.dismissed_at IS NULL
    AND notice.state = 'published' AND notice.starts_at <= %(now)s
    AND (notice.ends_at IS NULL OR notice.ends_at > %(now)s)
    AND (notice.shows = 'until_dismissed' OR delivery.seen_at IS NULL)
    AND NOT EXISTS (
        SELECT FROM newsletters_preference AS refusal
        WHERE refusal.contact_id = %(contact)s AND refusal.channel = 'notice' AND NOT refusal.wants
            AND (refusal.topic_id = notice.topic_id OR refusal.topic_id IS NULL)
            AND NOT EXISTS (
                SELECT FROM newsletters_preference AS later
                WHERE later.contact_id = %(contact)s AND later.channel = 'notice' AND later.wants
                    AND later.changed_at >= refusal.changed_at
                    AND (later.topic_id = notice.topic_id OR (later.topic_id IS NULL AND refusal.topic_id IS NULL))
            )
    )
ORDER BY notice.priority DESC, notice.starts_at DESC, notice.id DESC
LIMIT %(limit)s
"""


def feed_of(contact_id: int, *, now: datetime, limit: int = MOST_IN_FEED) -> list[ShownNotice]:
    """Return what shows to the contact now, by priority and then the newest first; one query, by index.

    It has begun and is neither over, withdrawn, dismissed nor declined since.
    """
    with connection.cursor() as cursor:
        cursor.execute(FEED, {"contact": contact_id, "now": now, "limit": limit})
        return [ShownNotice(*row) for row in cursor.fetchall()]


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
    """Return the figures of each notice, by its id; one query, however many contacts have them."""
    ids = [notice.pk for notice in notices]
    rows = (
        NoticeTally.objects.filter(notice__in=ids)
        .values_list("notice_id")
        .annotate(Sum("reached"), Sum("seen"), Sum("read"), Sum("dismissed"))
        .order_by()
    )
    found = {notice_id: NoticeFigures(*counts) for notice_id, *counts in rows}
    return {pk: found.get(pk, NoticeFigures()) for pk in ids}
