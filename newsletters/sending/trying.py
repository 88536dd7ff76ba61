"""Two subjects tried on a part of the recipients: the others wait, and get the better one once it is decided."""

import importlib
from collections.abc import Callable
from datetime import datetime

from django.db import connection
from django.utils import timezone

from newsletters.models import Issue

CHUNK = 20_000

APPLY = """
WITH undecided AS (
    SELECT id FROM newsletters_delivery
    WHERE issue_id = %(issue)s AND state IN ('waiting', 'deferred') AND variant = ''
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE newsletters_delivery AS delivery SET variant = issue.winner, due_at = now()
FROM undecided, newsletters_issue AS issue
WHERE delivery.id = undecided.id AND issue.id = %(issue)s AND issue.winner <> ''
"""
UNDECIDED_LEFT = """
SELECT issue.id FROM newsletters_issue AS issue
WHERE issue.state IN ('sending', 'paused') AND issue.winner <> '' AND issue.subject_b <> '' AND EXISTS (
    SELECT 1 FROM newsletters_delivery AS delivery
    WHERE delivery.issue_id = issue.id AND delivery.state IN ('waiting', 'deferred') AND delivery.variant = ''
)
ORDER BY issue.id
"""


def decided() -> list[int]:
    """Decide what can be decided now and return the issues whose recipients still wait for the decision."""
    now = timezone.now()
    tried = Issue.objects.filter(state=Issue.State.SENDING, winner="").exclude(subject_b="")
    for issue in tried.order_by("id"):
        winner = _decide()(issue, now)
        if winner:
            Issue.objects.filter(pk=issue.pk, winner="").update(winner=winner, updated_at=now)
    with connection.cursor() as cursor:
        cursor.execute(UNDECIDED_LEFT)
        return [pk for (pk,) in cursor.fetchall()]


def apply_winner(issue_id: int) -> int:
    """Give some of those who wait the better subject, due now; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(APPLY, {"issue": issue_id, "limit": CHUNK})
        return int(cursor.rowcount)


def _decide() -> Callable[[Issue, datetime], str | None]:
    decide: Callable[[Issue, datetime], str | None] = importlib.import_module("newsletters.ab").decide
    return decide
