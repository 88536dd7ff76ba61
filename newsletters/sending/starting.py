"""How an issue starts: due, its recipients are listed once, in the same transaction in which sending begins."""

import logging

from django.db import connection, transaction

from newsletters.models import Issue, NewsletterSettings

log = logging.getLogger(__name__)

KIND = "newsletters.freezing"
# The first place on earth where a day begins is 14 hours ahead of UTC.
EARLIEST_HOURS = 14

# Listing for local hours begins when the hour comes up in the first zone, a little ahead for a large list.
START_DUE = """
UPDATE newsletters_issue SET state = 'freezing', updated_at = now()
WHERE state = 'scheduled' AND CASE timing
    WHEN 'local' THEN (local_date + local_minute * interval '1 minute') AT TIME ZONE 'UTC'
        - %(earliest)s * interval '1 hour' - interval '5 minutes' <= now()
    ELSE send_at <= now() END
"""


def start_due() -> list[int]:
    """Let scheduled issues whose time has come list their recipients; return all that have to."""
    with connection.cursor() as cursor:
        cursor.execute(START_DUE, {"earliest": EARLIEST_HOURS})
    return list(Issue.objects.filter(state=Issue.State.FREEZING).order_by("id").values_list("pk", flat=True))


@transaction.atomic
def freeze(issue_id: int) -> int | None:
    """List the recipients of the issue and begin to send; return how many, None where another does it or nobody should.

    An issue that is cancelled meanwhile lists nobody: the whole listing is undone.
    """
    from newsletters.freezing import freeze_issue

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [KIND, issue_id % 2**31])
        if not cursor.fetchone()[0]:
            return None
    if not Issue.objects.filter(pk=issue_id, state=Issue.State.FREEZING).exists():
        return None
    count = freeze_issue(issue_id)
    begun = _begin(issue_id)
    if not begun:
        transaction.set_rollback(True)
        log.info("Issue %s was cancelled while its recipients were listed.", issue_id)
        return None
    return count


def _begin(issue_id: int) -> bool:
    tracking = NewsletterSettings.current().tracking
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE newsletters_issue SET state = 'sending', tracking = %s, frozen_at = now(), updated_at = now(), "
            "started_at = clock_timestamp() WHERE id = %s AND state = 'freezing'",
            [tracking, issue_id],
        )
        return bool(cursor.rowcount)
