"""Notices in the portal: shown at the top of its pages, which keeps that they were seen."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone

from core.transactions import repeated_transaction
from newsletters.models import Delivery, Notice
from newsletters.queries.notices import ShownNotice, feed_of

# More would push the page out of sight; those behind come when one is dismissed.
MOST_IN_PORTAL = 3


def show_notices(*, contact_id: int) -> list[ShownNotice]:
    """Return the contact's first notices, now kept as seen; one query, and one more where some are new."""
    now = timezone.now()
    notices = feed_of(contact_id, now=now, limit=MOST_IN_PORTAL)
    new = [notice.uid for notice in notices if not notice.is_seen]
    if new:
        _keep_as_seen(contact_id, new, now)
    return notices


# Two contacts at once count the same notices, each in its own order.
@repeated_transaction
def _keep_as_seen(contact_id: int, notices: list[UUID], now: datetime) -> None:
    shown = Notice.objects.filter(uid__in=notices)
    Delivery.objects.filter(contact=contact_id, notice__in=shown, seen_at=None).update(seen_at=now)
