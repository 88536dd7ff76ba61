"""How an issue starts: due, its recipients are listed once, in the same transaction in which sending begins.

Whether it has the approval that the house asks for is looked at once more then: the house may have begun to ask since
it was scheduled. Without one it becomes a draft again, and who scheduled it is told.
"""

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.mail import post
from core.transactions import repeated_transaction
from newsletters.freezing import freeze_issue
from newsletters.models import Issue
from newsletters.models.issues import MAY_GO_OUT

KIND = "newsletters.freezing"
# The first place on earth where a day begins is 14 hours ahead of UTC.
EARLIEST_HOURS = 14

# Listing for local hours begins when the hour comes up in the first zone, a little ahead for a large list.
DUE = """
state = 'scheduled' AND CASE timing
    WHEN 'local' THEN (local_date + local_minute * interval '1 minute') AT TIME ZONE 'UTC'
        - %(earliest)s * interval '1 hour' - interval '5 minutes' <= statement_timestamp()
    ELSE send_at <= statement_timestamp() END
"""
MAY_GO = MAY_GO_OUT.format(issue="newsletters_issue")
START_DUE = f"""
UPDATE newsletters_issue SET state = 'freezing', updated_at = statement_timestamp() WHERE {DUE} AND {MAY_GO}
"""  # noqa: S608  nothing but the text above
HOLD_BACK_DUE = f"""
UPDATE newsletters_issue SET state = 'draft', updated_at = statement_timestamp() WHERE {DUE} AND NOT {MAY_GO}
RETURNING id
"""  # noqa: S608  nothing but the text above


def start_due() -> list[int]:
    """Let scheduled issues whose time has come list their recipients; return all that have to."""
    _hold_back_due()
    with connection.cursor() as cursor:
        cursor.execute(START_DUE, {"earliest": EARLIEST_HOURS})
    # One may be paused before its listing is through.
    listing = Q(state=Issue.State.FREEZING) | Q(state=Issue.State.PAUSED, frozen_at=None)
    return list(Issue.objects.filter(listing).order_by("id").values_list("pk", flat=True))


@repeated_transaction
def _hold_back_due() -> None:
    """Make drafts again of the due issues that lack an approval, and tell who scheduled or else wrote them."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_BACK_DUE, {"earliest": EARLIEST_HOURS})
        held = [pk for (pk,) in cursor.fetchall()]
    for issue in Issue.objects.filter(pk__in=held).select_related("scheduled_by", "editor"):
        to = next((one for one in (issue.scheduled_by, issue.editor) if one is not None and one.is_active), None)
        if to is not None:
            url = settings.PUBLIC_URL + reverse("newsletter_approval", args=[issue.pk])
            post(to.email, "newsletter-held-back", {"issue": issue, "to": to, "url": url})


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
