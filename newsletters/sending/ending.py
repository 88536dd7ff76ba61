"""How an issue ends: by itself, when each of its deliveries has; its counts are written in the same statement."""

import logging

from django.db import IntegrityError, connection, transaction

from newsletters.models import Issue

log = logging.getLogger(__name__)

CHUNK = 5000

_COUNTS = """
SELECT count(*) AS total,
    count(*) FILTER (WHERE state = 'sent') AS sent,
    count(*) FILTER (WHERE state = 'failed') AS failed,
    count(*) FILTER (WHERE state = 'unknown') AS unknown,
    count(*) FILTER (WHERE state = 'suppressed') AS suppressed,
    count(*) FILTER (WHERE state = 'cancelled') AS cancelled
FROM newsletters_delivery WHERE issue_id = %(issue)s
"""

# Whose waiting rows are gone and whose leased ones too: both answered from small indexes.
_IS_DONE = """
NOT EXISTS (
    SELECT 1 FROM newsletters_delivery AS delivery
    WHERE delivery.issue_id = issue.id AND delivery.state IN ('waiting', 'deferred')
) AND NOT EXISTS (
    SELECT 1 FROM newsletters_delivery AS delivery
    WHERE delivery.issue_id = issue.id AND delivery.state IN ('claimed', 'in_flight')
        AND delivery.claimed_until IS NOT NULL
)
"""

# Whose mails were called off is cancelled still, when some that were out were sent again.
END = f"""
UPDATE newsletters_issue AS issue SET
    state = CASE WHEN issue.state = 'cancelling' OR counted.cancelled > 0 THEN 'cancelled' ELSE 'finished' END,
    ended_at = statement_timestamp(), updated_at = statement_timestamp(), paused_at = NULL,
    total = counted.total, sent = counted.sent, failed = counted.failed, unknown = counted.unknown,
    suppressed = counted.suppressed, cancelled = counted.cancelled
FROM ({_COUNTS}) AS counted
WHERE issue.id = %(issue)s AND issue.state IN ('sending', 'cancelling') AND {_IS_DONE}
"""  # noqa: S608  nothing but the text above

RECOUNT = f"""
UPDATE newsletters_issue AS issue SET
    updated_at = statement_timestamp(), total = counted.total, sent = counted.sent, failed = counted.failed,
    unknown = counted.unknown, suppressed = counted.suppressed, cancelled = counted.cancelled
FROM ({_COUNTS}) AS counted
WHERE issue.id = %(issue)s AND issue.state IN ('finished', 'cancelled')
"""  # noqa: S608  nothing but the text above

DONE = f"""
SELECT issue.id FROM newsletters_issue AS issue
WHERE issue.state IN ('sending', 'cancelling') AND {_IS_DONE} ORDER BY issue.id
"""  # noqa: S608  nothing but the text above

CANCEL_CHUNK = """
WITH left_over AS (
    SELECT id FROM newsletters_delivery
    WHERE issue_id = %(issue)s AND state IN ('waiting', 'deferred')
        AND EXISTS (SELECT 1 FROM newsletters_issue WHERE id = %(issue)s AND state = 'cancelling')
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE newsletters_delivery AS delivery SET state = 'cancelled', answer = 'The issue was cancelled.'
FROM left_over WHERE delivery.id = left_over.id
"""


def end_issues() -> int:
    """End every issue that is done; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(DONE)
        found = [pk for (pk,) in cursor.fetchall()]
    return sum(end_issue(pk) for pk in found)


def end_issue(issue_id: int) -> bool:
    """End the issue where it is done and tell whether this call ended it; of several at once one does."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(END, {"issue": issue_id})
            return cursor.rowcount > 0
    except IntegrityError:
        # A late result came between the count and its check. The next look counts anew.
        log.info("Issue %s changed while it was counted.", issue_id)
        return False


def recount(issue_id: int) -> None:
    """Write the counts of an ended issue anew; the caller holds its row."""
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, {"issue": issue_id})


def cancel_chunk(issue_id: int) -> int:
    """Cancel some deliveries of an issue; return how many, 0 where it is not, or no longer, being cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(CANCEL_CHUNK, {"issue": issue_id, "limit": CHUNK})
        return int(cursor.rowcount)


def being_cancelled() -> list[int]:
    """Return the issues of which something may be left to call off."""
    return list(Issue.objects.filter(state=Issue.State.CANCELLING).order_by("id").values_list("pk", flat=True))
