"""Two subjects tried on a part of the recipients: the others wait, and get the better one once it is decided."""

import logging

from django.db import connection, transaction
from django.utils import timezone

from newsletters.ab import decide
from newsletters.freezing import release_rest
from newsletters.models import Issue

log = logging.getLogger(__name__)

KIND = "newsletters.winner"

STILL_WAITING = """
SELECT issue.id FROM newsletters_issue AS issue
WHERE issue.state IN ('sending', 'paused') AND issue.winner <> '' AND issue.subject_b <> '' AND EXISTS (
    SELECT 1 FROM newsletters_delivery AS delivery
    WHERE delivery.issue_id = issue.id AND delivery.state IN ('waiting', 'deferred') AND delivery.due_at = 'infinity'
)
ORDER BY issue.id
"""


def decided() -> list[int]:
    """Decide what can be decided now and return the issues whose recipients still wait for the better subject."""
    now = timezone.now()
    for issue in Issue.objects.filter(state=Issue.State.SENDING, winner="").exclude(subject_b="").order_by("id"):
        try:
            winner = decide(issue, now=now)
        except Exception:
            log.exception("The subjects of issue %s can't be compared for now; everything else goes on", issue.pk)
            continue
        if winner:
            Issue.objects.filter(pk=issue.pk, winner="").update(winner=winner, updated_at=now)
    with connection.cursor() as cursor:
        cursor.execute(STILL_WAITING)
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def apply_winner(issue_id: int) -> int:
    """Let those who waited for the better subject get it at their own moment; return how many.

    0 where another is at it: with many recipients that takes longer than a tick, and workers that wait send nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [KIND, issue_id % 2**31])
        if not cursor.fetchone()[0]:
            return 0
    issue = Issue.objects.get(pk=issue_id)
    return release_rest(issue=issue, variant=issue.winner) if issue.winner else 0
