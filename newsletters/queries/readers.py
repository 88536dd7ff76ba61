"""Issues as they are read in a browser: one's own mail, and the archive."""

from datetime import datetime

from django.core.cache import cache
from django.db.models import Q, QuerySet

from newsletters.models import Delivery, Issue
from newsletters.rendering.edition import edition_of
from newsletters.rendering.preview import archive_html
from newsletters.rendering.recipients import recipients_of

PAGE = 30
KEPT_SECONDS = 300


def mail_of(delivery: Delivery, issue: Issue) -> str:
    """Return the HTML of the mail as its recipient got it."""
    edition = edition_of(issue)
    row = (delivery.pk, delivery.contact_id, delivery.address, delivery.variant)
    return edition.html(recipients_of([row], edition.variables)[0])


def archived() -> QuerySet[Issue]:
    """Return the issues that stand in the archive, the newest first."""
    shown = Issue.objects.filter(state=Issue.State.FINISHED, in_archive=True, sent__gt=0)
    return shown.select_related("topic").order_by("-ended_at", "-pk")


def archive_page(before: tuple[datetime, int] | None) -> tuple[list[Issue], Issue | None]:
    """Return a page of the archive, and its last issue where older ones follow."""
    issues = archived()
    if before is not None:
        ended_at, pk = before
        issues = issues.filter(Q(ended_at__lt=ended_at) | Q(ended_at=ended_at, pk__lt=pk))
    found = list(issues[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1] if len(found) > PAGE else None


def archived_html(issue: Issue) -> str:
    """Return the issue without anybody's data, drawn once in a while however many read it."""
    key = f"newsletters.archive.{issue.pk}.{issue.version}.{issue.winner}"
    html = cache.get(key)
    if html is None:
        html = archive_html(issue)
        cache.set(key, html, KEPT_SECONDS)
    return html
