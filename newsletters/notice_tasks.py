"""Background work of notices: they reach their audience, also who joins it later; used identities are forgotten."""

import logging
from typing import Any

from celery import shared_task
from django.db.models import F, Q
from django.utils import timezone

from core import outbox
from newsletters.actions import widget
from newsletters.actions.notices import FREEZE
from newsletters.freezing import freeze_notice
from newsletters.models import Notice

logger = logging.getLogger(__name__)


@shared_task(name="newsletters.tasks.freeze_notice")
def reach_audience(notice_id: int) -> int:
    """Give a published notice to the contacts of its audience who do not have it yet; return how many they were."""
    return freeze_notice(notice_id)


@outbox.handles(FREEZE)
def reach_audience_soon(payload: dict[str, Any]) -> None:
    """Hand the work to a task of its own: other promises need not wait for a large audience."""
    reach_audience.delay(payload["notice"])


@shared_task(name="newsletters.tasks.freshen_notices", expires=600)
def freshen_notices() -> int:
    """Give every published notice that is not over to who joined its audience since; return how many got one.

    Those looked at longest ago come first. What a lost promise of publishing left is done here as well.
    """
    now = timezone.now()
    showing = Notice.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), state=Notice.State.PUBLISHED)
    reached = 0
    for pk in showing.order_by(F("freshened_at").asc(nulls_first=True), "pk").values_list("pk", flat=True):
        try:
            reached += freeze_notice(pk)
        except Exception:
            # One audience that can't be found must not keep the others from theirs.
            logger.exception("Notice %s could not be given to its audience", pk)
    return reached


@shared_task(name="newsletters.tasks.forget_identities")
def forget_identities() -> int:
    """Forget used identities that are over; return how many they were."""
    return widget.forget_identities()
