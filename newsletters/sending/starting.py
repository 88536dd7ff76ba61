"""How an issue starts: due, its recipients are listed once, in the same transaction in which sending begins."""

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from newsletters.freezing import freeze_issue
from newsletters.models import Issue

KIND = "newsletters.freezing"
# The first place on earth where a day begins is 14 hours ahead of UTC.
EARLIEST_HOURS = 14

# Listing for local hours begins when the hour comes up in the first zone, a little ahead for a large list.
START_DUE = """
UPDATE newsletters_issue SET state = 'freezing', updated_at = statement_timestamp()
WHERE state = 'scheduled' AND CASE timing
    WHEN 'local' THEN (local_date + local_minute * interval '1 minute') AT TIME ZONE 'UTC'
        - %(earliest)s * interval '1 hour' - interval '5 minutes' <= statement_timestamp()
    ELSE send_at <= statement_timestamp() END
"""


def start_due() -> list[int]:
    """Let scheduled issues whose time has come list their recipients; return all that have to."""
    with connection.cursor() as cursor:
        cursor.execute(START_DUE, {"earliest": EARLIEST_HOURS})
    # One may be paused before its listing is through.
    listing = Q(state=Issue.State.FREEZING) | Q(state=Issue.State.PAUSED, frozen_at=None)
    return list(Issue.objects.filter(listing).order_by("id").values_list("pk", flat=True))


@transaction.atomic
def freeze(issue_id: int) -> int | None:
    """List the recipients of the issue, which is sent from then on; return how many, None where another is at it.

    The listing and the change of state are one transaction: a crash leaves nothing, and the next call does it all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", [KIND, issue_id % 2**31])
        if not cursor.fetchone()[0]:
            return None
    count = freeze_issue(issue_id)
    Issue.objects.filter(pk=issue_id, frozen_at__isnull=False, started_at=None).update(started_at=timezone.now())
    return count
