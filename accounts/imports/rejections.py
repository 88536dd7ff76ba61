"""Rejected rows: kept as they were read, with every reason, and handed back as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from accounts.imports.cleaning import Rejection
from accounts.imports.reading import Exact, RawRow
from accounts.models import ImportJob, ImportRejection

BATCH = 1_000
# As much as a spreadsheet's cell holds.
LONGEST_CELL = 32_767
LONGEST_PROBLEM = 300
REASON = "Why it was rejected"
ROW = "Row"


def keep(job: ImportJob, rejected: Iterable[Rejection]) -> None:
    """Store the rejections of a job."""
    ImportRejection.objects.bulk_create([_stored(job, one) for one in rejected])


def replace(job: ImportJob, numbers: Iterable[int], rejected: Iterable[Rejection]) -> None:
    """Take away the rejections of these rows and store others."""
    job.rejections.filter(row_number__in=list(numbers)).delete()
    keep(job, rejected)


def waiting(job_id: int, code: str, *, after: int) -> list[RawRow]:
    """Return the next rows that were rejected with this code, as they were read."""
    found = ImportRejection.objects.filter(job_id=job_id, code=code, row_number__gt=after).order_by("row_number")[
        :BATCH
    ]
    return [RawRow(one.row_number, [_cell(cell) for cell in one.raw], "") for one in found]


def reason(rejection: Rejection) -> str:
    """Return all that is wrong with the row in one text."""
    return " ".join(f"{p.column}: {p.text}" if p.column else p.text for p in rejection.problems)


def csv_lines(header: list[str], rows: Iterable[tuple[int, list[str], str]]) -> Iterator[str]:
    """Yield the lines of a file with the original columns, the row number and the reason, as spreadsheets read it."""
    yield "\ufeff" + csv_line([*header, ROW, REASON])
    for number, cells, why in rows:
        yield csv_line([*cells[: len(header)], *[""] * (len(header) - len(cells)), str(number), why])


def csv_line(cells: list[str]) -> str:
    """Return one line of a CSV file."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def rejected_rows(job: ImportJob) -> Iterator[tuple[int, list[str], str]]:
    """Yield number, cells and reason of every rejected row, some in memory at a time."""
    number = -1
    while batch := list(job.rejections.filter(row_number__gt=number).order_by("row_number")[:BATCH]):
        for one in batch:
            yield one.row_number, [str(_cell(cell)) for cell in one.raw], one.problem
        number = batch[-1].row_number


def _stored(job: ImportJob, one: Rejection) -> ImportRejection:
    first = one.problems[0]
    return ImportRejection(
        job=job,
        row_number=one.number,
        column=first.column[:255],
        code=first.code[:40],
        problem=reason(one)[:LONGEST_PROBLEM],
        raw=[_kept(cell) for cell in one.cells],
    )


def _kept(cell: str) -> Any:
    text = cell[:LONGEST_CELL]
    # A number that a program wrote must stay known as one.
    return [text] if type(cell) is Exact else text


def _cell(kept: Any) -> str:
    return Exact(kept[0]) if isinstance(kept, list) else str(kept)
