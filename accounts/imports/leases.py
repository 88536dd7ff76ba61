"""Leases: which worker may write for a job. A worker that was taken over finds its number out of date and stops."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import ImportJob

State = ImportJob.State
AT_WORK = (State.QUEUED, State.RUNNING, State.UNDOING)
# A job that stopped its worker so often would stop the next one too.
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class Lease:
    """The right to write for a job until another worker takes it over."""

    job_id: int
    attempt: int


class LostLease(Exception):
    """That another worker has taken the job over, or that it is no longer at work."""


def claim(job_id: int) -> Lease | None:
    """Return the lease of a job that nobody works on, None where somebody does or nothing is left to do."""
    free = Q(state=State.QUEUED) | (Q(state__in=AT_WORK) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=_stale_since())))
    claimed = ImportJob.objects.filter(free, pk=job_id, attempt__lt=MOST_ATTEMPTS).update(
        attempt=F("attempt") + 1, heartbeat_at=Now(), started_at=Coalesce("started_at", Now())
    )
    if not claimed:
        return None
    ImportJob.objects.filter(pk=job_id, state=State.QUEUED).update(state=State.RUNNING)
    return Lease(job_id, ImportJob.objects.values_list("attempt", flat=True).get(pk=job_id))


def fenced(lease: Lease) -> ImportJob:
    """Return the job, locked until the transaction ends; raise LostLease for a worker that was taken over."""
    job = (
        ImportJob.objects.select_for_update(of=("self",))
        .filter(pk=lease.job_id, attempt=lease.attempt, state__in=(State.RUNNING, State.UNDOING))
        .first()
    )
    if job is None:
        raise LostLease
    return job


def beat(lease: Lease) -> None:
    """Say that the worker lives; raise LostLease where it was taken over."""
    if not ImportJob.objects.filter(pk=lease.job_id, attempt=lease.attempt).update(heartbeat_at=Now()):
        raise LostLease


def stale_jobs() -> list[int]:
    """Return the jobs whose worker died, or that no worker has begun for as long."""
    waiting = Q(heartbeat_at=None) | Q(heartbeat_at__lt=_stale_since())
    return list(ImportJob.objects.filter(waiting, state__in=AT_WORK).order_by("id").values_list("pk", flat=True)[:100])


def give_up_on(job_id: int) -> bool:
    """Return whether the job was given up because its worker died too often."""
    return bool(
        ImportJob.objects.filter(pk=job_id, state__in=AT_WORK, attempt__gte=MOST_ATTEMPTS).update(
            state=State.FAILED,
            problem=f"The import was interrupted {MOST_ATTEMPTS} times. What it had brought in is there.",
            finished_at=Now(),
        )
    )


def _stale_since() -> datetime:
    return timezone.now() - timedelta(seconds=settings.IMPORT_STALE_SECONDS)
