"""Checking an uploaded file before it is imported; the result stands on the job for the page that shows it."""

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.imports import previewing
from accounts.imports.jobs import work_of
from accounts.models import ImportJob
from core.errors import ProductError

# Files up to this size are checked while the person waits, larger ones by a worker.
QUICK_BYTES = 1_000_000


def check(job_id: int) -> bool:
    """Put the result of a dry run on the job; return False where the mapping was changed meanwhile."""
    job = (
        ImportJob.objects.select_related("file", "created_by").filter(pk=job_id, state=ImportJob.State.PREVIEW).first()
    )
    if job is None:
        return False
    key = job.preview.get("key")

    def tell(done: int) -> None:
        _if_current(job_id, key).update(preview={"key": key, "done": False, "rows_done": done}, heartbeat_at=Now())

    try:
        with work_of(job, writes=False) as work:
            found = previewing.try_out(work, progress=tell).as_json()
    except ProductError as error:
        found = {"refused": error.message}
    changed = _if_current(job_id, key).update(
        preview={**found, "key": key, "done": True}, total_rows=found.get("total", 0), heartbeat_at=None
    )
    return bool(changed)


def _if_current(job_id: int, key: object) -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(pk=job_id, state=ImportJob.State.PREVIEW, preview__key=key)
