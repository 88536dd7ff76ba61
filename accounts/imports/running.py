"""Running a job: chunk by chunk, each one transaction that moves the job on, so that a killed worker leaves no half."""

import logging
import time
from collections.abc import Callable, Iterator

import pghistory
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Now

from accounts.imports import rejections, undoing
from accounts.imports.chunks import Chunk, Plan, chunks, survey
from accounts.imports.cleaning import CleanRow
from accounts.imports.jobs import Work, work_of
from accounts.imports.leases import Lease, LostLease, beat, claim, fenced
from accounts.imports.reading import RawRow
from accounts.imports.targets import Outcome
from accounts.imports.targets.customers import WAITS
from accounts.imports.targets.storing import store
from accounts.imports.telling import told
from accounts.models import ImportJob
from accounts.models.imports import ImportKind
from core import outbox
from core.errors import ProductError
from core.transactions import repeated_transaction

log = logging.getLogger(__name__)

Progress = Callable[[ImportJob], None]
State = ImportJob.State
BEAT_SECONDS = 5
MOST_WARNINGS = 200
FIND_DUPLICATES = "accounts.find_duplicates"


class _Cancelled(Exception):
    pass


def run(job_id: int, *, progress: Progress | None = None) -> bool:
    """Do what the job still needs, an import or its undoing; return whether this worker brought it to an end.

    A connection or a database that fails leaves the job to whoever resumes it; any other failure is told on the job.
    """
    lease = claim(job_id)
    return lease is not None and run_leased(lease, progress=progress)


def run_here(job: ImportJob, *, progress: Progress | None = None) -> bool:
    """Run a job that is still in preview in this very process, before any worker can claim it."""
    with transaction.atomic():
        ImportJob.objects.filter(pk=job.pk, state=State.PREVIEW).update(state=State.QUEUED)
        lease = claim(job.pk)
    return lease is not None and run_leased(lease, progress=progress)


def run_leased(lease: Lease, *, progress: Progress | None = None) -> bool:
    """Do the work of a lease; return and raise as `run` does."""
    job_id = lease.job_id
    job = ImportJob.objects.select_related("file", "created_by", "undone_by").get(pk=job_id)
    actor = (job.undone_by if job.state == State.UNDOING else None) or job.created_by
    try:
        with pghistory.context(who=actor.email if actor else "", import_job=job_id):
            _work(job, lease, progress or (lambda _: None))
    except LostLease:
        log.info("Import %s was taken over or stopped; this worker leaves it", job_id)
        return False
    except (OperationalError, InterfaceError):
        raise
    except ProductError as error:
        _fail(lease, error.message)
    except Exception as error:
        log.exception("Import %s failed", job_id)
        _fail(lease, f"An error of the program stopped the import ({type(error).__name__}: {error})"[:500])
    return True


def _work(job: ImportJob, lease: Lease, progress: Progress) -> None:
    if job.state != State.UNDOING:
        try:
            with work_of(job, writes=True) as work:
                _import(job, work, lease, progress)
            progress(_finish(lease))
            return
        except _Cancelled:
            if _stop(lease) != State.UNDOING:
                return
            job = ImportJob.objects.select_related("file", "created_by", "undone_by").get(pk=job.pk)
    undoing.undo_all(job, lease, progress)


def _import(job: ImportJob, work: Work, lease: Lease, progress: Progress) -> None:
    plan = survey(work, _beating(work.table.rows(), lease))
    ImportJob.objects.filter(pk=lease.job_id, attempt=lease.attempt).update(total_rows=plan.total_rows)
    for chunk in _beating_chunks(work, plan, job.next_row, lease):
        progress(commit_chunk(work, lease, chunk))
    _import_waiting(work, lease, progress)


@repeated_transaction
def commit_chunk(work: Work, lease: Lease, chunk: Chunk) -> ImportJob:
    """Store the chunk's rows and move the job on, both or neither; return the job as it then is."""
    job = fenced(lease)
    if job.cancel_requested:
        raise _Cancelled
    lock_kind(work)
    outcome = store(lambda: work.target(lock=True), chunk.rows)
    outcome.rejections += chunk.rejections
    rejections.keep(job, outcome.rejections)
    _count(job, outcome)
    job.next_row = chunk.next_row
    job.rejected_count += len(outcome.rejections)
    job.heartbeat_at = Now()
    job.save(update_fields=_MOVED)
    return job


_MOVED = (
    "next_row",
    "created_count",
    "updated_count",
    "unchanged_count",
    "rejected_count",
    "warnings",
    "warning_count",
    "heartbeat_at",
)


def lock_kind(work: Work) -> None:
    """Let one import of a kind store at a time, until the transaction ends: two files may hold the same rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [work.target(lock=False).lock_number])


def _count(job: ImportJob, outcome: Outcome) -> None:
    job.created_count += outcome.created
    job.updated_count += outcome.updated
    job.unchanged_count += outcome.unchanged
    job.warning_count += len(outcome.warnings)
    room = MOST_WARNINGS - len(job.warnings)
    if room > 0 and outcome.warnings:
        job.warnings = [*job.warnings, *(told(number, problem) for number, problem in outcome.warnings[:room])]


def _import_waiting(work: Work, lease: Lease, progress: Progress) -> None:
    """Bring in rows whose parent came later in the file, round by round until a round brings none."""
    while True:
        after, brought = 0, 0
        while batch := rejections.waiting(lease.job_id, WAITS, after=after):
            after = batch[-1].number
            job, count = _commit_waiting(work, lease, batch)
            brought += count
            progress(job)
        if not brought:
            return


@repeated_transaction
def _commit_waiting(work: Work, lease: Lease, batch: list[RawRow]) -> tuple[ImportJob, int]:
    job = fenced(lease)
    if job.cancel_requested:
        raise _Cancelled
    lock_kind(work)
    rows = [row for row in map(work.sieve.sift, batch) if isinstance(row, CleanRow)]
    outcome = store(lambda: work.target(lock=True), rows)
    still_waiting = {one.number for one in outcome.rejections if one.problems[0].code == WAITS}
    settled = [row.number for row in batch if row.number not in still_waiting]
    refused = [one for one in outcome.rejections if one.number not in still_waiting]
    rejections.replace(job, settled, refused)
    _count(job, outcome)
    job.rejected_count -= len(settled) - len(refused)
    job.heartbeat_at = Now()
    job.save(update_fields=_MOVED)
    return job, len(settled)


@repeated_transaction
def _finish(lease: Lease) -> ImportJob:
    job = fenced(lease)
    if job.cancel_requested:
        raise _Cancelled
    job.state, job.finished_at = State.DONE, Now()
    job.save(update_fields=["state", "finished_at"])
    if job.kind == ImportKind.CUSTOMERS and job.created_count + job.updated_count:
        outbox.enqueue(FIND_DUPLICATES, {}, key="import")
    return job


@repeated_transaction
def _stop(lease: Lease) -> str:
    """Return the state of the job that was asked to stop: cancelled, or on its way back where the person chose so."""
    job = fenced(lease)
    goes_back = job.options.get("on_cancel") == "undo"
    job.state = State.UNDOING if goes_back else State.CANCELLED
    job.cancel_requested, job.finished_at = False, None if goes_back else Now()
    job.save(update_fields=["state", "cancel_requested", "finished_at"])
    return job.state


def _fail(lease: Lease, sentence: str) -> None:
    ImportJob.objects.filter(pk=lease.job_id, attempt=lease.attempt).update(
        state=State.FAILED, problem=sentence, finished_at=Now()
    )


def _beating(rows: Iterator[RawRow], lease: Lease) -> Iterator[RawRow]:
    """Yield the rows, and say now and then that the worker lives."""
    last = time.monotonic()
    for row in rows:
        if row.number % 500 == 0 and time.monotonic() - last > BEAT_SECONDS:
            beat(lease)
            last = time.monotonic()
        yield row


def _beating_chunks(work: Work, plan: Plan, start: int, lease: Lease) -> Iterator[Chunk]:
    """Yield the chunks; passing over rows that are in already may take its time too."""
    beat(lease)
    yield from chunks(work, plan, start)
