"""Exporting a list in the background: asked by a person, written by a worker, fetched by that person alone."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import IO

from django.db import transaction
from django.utils import timezone

from accounts.models import CompanySettings, Customer, ExportJob, User
from accounts.permissions import require
from core import files
from core.batches import batches
from core.errors import Invalid, NotFound, ProductError
from core.outbox import enqueue
from core.pagination import ordering
from workspace.exports import CONTENT_TYPES, WRITERS, Cell, cell, heading
from workspace.lists import CustomerList, load_rows, read_list
from workspace.locks import only_worker

State = ExportJob.State
BATCH = 500
PIECE_BYTES = 256 * 1024
MAX_SELECTED = 5_000
KEEP = timedelta(days=7)


def start_export(
    *, actor: User, listing: CustomerList, file_format: str, customer_ids: Sequence[int] = ()
) -> ExportJob:
    """Return the job that will write the list, or the customers selected in it, into a file.

    The same export asked again while the first is under way is the first. Raises NotAllowed where the roles do not
    allow exports, Invalid for a filter that cannot be read or an unknown format.
    """
    require(actor, "customer.export")
    listing.require_readable()
    if file_format not in WRITERS:
        raise Invalid("A list is exported as CSV or Excel.", field="format")
    if len(customer_ids) > MAX_SELECTED:
        raise Invalid(f"At most {MAX_SELECTED:,} customers can be selected; export the whole list.", code="too_many")
    wanted = {
        "page": listing.page,
        "query": listing.query,
        "columns": listing.column_keys,
        "selected_ids": list(dict.fromkeys(customer_ids)),
        "format": file_format,
    }
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        under_way = ExportJob.objects.filter(owner=actor, state__in=[State.QUEUED, State.RUNNING], **wanted).first()
        if under_way is not None:
            return under_way
        job = ExportJob.objects.create(owner=actor, **wanted)
        enqueue("workspace.export", {"job": job.pk})
    return job


def run_export(pk: int) -> None:
    """Write the file of the job; a second worker at the same time does nothing, after a killed one it starts anew."""
    with only_worker("workspace.export", pk) as alone:
        if not alone:
            return
        job = ExportJob.objects.select_related("owner").filter(pk=pk, state__in=[State.QUEUED, State.RUNNING]).first()
        if job is None:
            return
        _update(job, state=State.RUNNING, rows_done=0)
        try:
            _write(job)
        except ProductError as refusal:
            _update(job, state=State.FAILED, problem=refusal.message, finished_at=timezone.now())


def export_for(user: User, pk: int) -> ExportJob:
    """Return the person's own export; raise NotFound for another's."""
    job = ExportJob.objects.select_related("file").filter(owner=user, pk=pk).first()
    if job is None:
        raise NotFound("There is no such export.")
    return job


def forget_old_exports() -> int:
    """Delete exports and their files made longer ago than `KEEP`; return how many."""
    old = ExportJob.objects.filter(created_at__lt=timezone.now() - KEEP).select_related("file")
    count = 0
    for job in old.iterator():
        with transaction.atomic():
            stored = job.file
            job.delete()
            if stored is not None:
                stored.delete()
        count += 1
    return count


def _write(job: ExportJob) -> None:
    require(job.owner, "customer.export")
    listing = read_list(job.page, job.owner, {**job.query, "cols": job.columns})
    listing.require_readable()
    currency = CompanySettings.current().currency
    head = [heading(column, currency) for column in listing.columns]
    with tempfile.TemporaryFile() as target:
        WRITERS[job.format](target, head, _cells(job, listing))
        target.seek(0)
        name = f"{job.page}-{timezone.localdate():%Y-%m-%d}.{job.format}"
        with transaction.atomic():
            stored = files.store(name, CONTENT_TYPES[job.format], _pieces(target))
            _update(job, state=State.DONE, file=stored, finished_at=timezone.now())


def _cells(job: ExportJob, listing: CustomerList) -> Iterator[list[Cell]]:
    customers = listing.customers("customer.export").order_by(*ordering(Customer, listing.order))
    if job.selected_ids:
        customers = customers.filter(pk__in=job.selected_ids)
    done = 0
    # A server-side cursor: one state of the data, and one batch of it in memory.
    for batch in batches(customers.iterator(chunk_size=BATCH), BATCH):
        for row in load_rows(job.owner, batch, listing.columns):
            yield [cell(column, row) for column in listing.columns]
        done += len(batch)
        _update(job, rows_done=done)


def _pieces(source: IO[bytes]) -> Iterable[bytes]:
    return iter(lambda: source.read(PIECE_BYTES), b"")


def _update(job: ExportJob, **values: object) -> None:
    ExportJob.objects.filter(pk=job.pk).update(**values)
