"""Background work of the workspace: bulk changes and exports."""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.utils import timezone

from accounts.models import ExportJob
from core.outbox import handles
from workspace.actions import bulk, exports
from workspace.models import BulkJob

UNDER_WAY = ["queued", "running"]
# Younger jobs are on their way by the outbox, or done in the request that asked for them.
SETTLED = timedelta(minutes=1)
GIVE_UP = timedelta(days=1)


@handles("workspace.bulk")
def ask_for_bulk(payload: dict[str, Any]) -> None:
    """Hand a bulk change to a worker of its own, so that it holds up no other promise."""
    change_in_bulk.delay(payload["job"])


@handles("workspace.export")
def ask_for_export(payload: dict[str, Any]) -> None:
    """Hand an export to a worker of its own."""
    write_export.delay(payload["job"])


@shared_task(name="workspace.tasks.change_in_bulk")
def change_in_bulk(pk: int) -> None:
    """Do the bulk change."""
    bulk.run_bulk(pk)


@shared_task(name="workspace.tasks.write_export")
def write_export(pk: int) -> None:
    """Write the export's file."""
    exports.run_export(pk)


@shared_task(name="workspace.tasks.resume_jobs")
def resume_jobs() -> int:
    """Ask again for every job that is not done: the one that a worker is at is let alone, a dead worker's goes on."""
    now = timezone.now()
    asked = 0
    for jobs, task in ((BulkJob.objects, change_in_bulk), (ExportJob.objects, write_export)):
        under_way = jobs.filter(state__in=UNDER_WAY)
        under_way.filter(created_at__lt=now - GIVE_UP).update(
            state="failed", problem="It did not finish within a day; ask again.", finished_at=now
        )
        for pk in under_way.filter(created_at__lt=now - SETTLED).values_list("pk", flat=True):
            task.delay(pk)
            asked += 1
    return asked


@shared_task(name="workspace.tasks.forget_old_exports")
def forget_old_exports() -> int:
    """Delete exports that are past their keeping."""
    return exports.forget_old_exports()
