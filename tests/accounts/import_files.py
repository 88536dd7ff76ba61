"""Files for the import tests, made as other systems write them, and short ways to import them."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from accounts.actions import imports as actions
from accounts.imports import checking, running
from accounts.models import ImportJob, User


def csv_bytes(rows: Iterable[Sequence[object]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Return the rows as a text file; cells are quoted where they must be."""
    lines = []
    for row in rows:
        cells = [str(cell) for cell in row]
        quoted = ['"' + cell.replace('"', '""') + '"' if set(cell) & set(f'{delimiter}"\n') else cell for cell in cells]
        lines.append(delimiter.join(quoted))
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def xlsx_bytes(sheets: dict[str, Iterable[Sequence[Any]]]) -> bytes:
    """Return a workbook with these sheets, its cells as they are: dates, numbers, texts."""
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(kind: str, content: bytes, *, name: str = "export.csv", actor: User | None = None) -> ImportJob:
    """Return the job of an uploaded file, checked."""
    job = actions.upload_file(actor=actor, kind=kind, name=name, content_type="text/csv", pieces=[content])
    checking.check(job.pk)
    job.refresh_from_db()
    return job


def start(job: ImportJob, *, actor: User | None = None, **options: Any) -> ImportJob:
    """Return the job started and run to its end in this process."""
    if options:
        job.options |= options
        job.save()
    actions.start_import(actor=actor, job=job)
    running.run(job.pk)
    job.refresh_from_db()
    return job


def import_rows(kind: str, rows: Iterable[Sequence[object]], *, actor: User | None = None, **options: Any) -> ImportJob:
    """Return the finished import of these rows, the first of which is the header."""
    return start(upload(kind, csv_bytes(rows), actor=actor), actor=actor, **options)


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """Return how many rows were new, updated, unchanged and rejected."""
    return job.created_count, job.updated_count, job.unchanged_count, job.rejected_count


def reasons(job: ImportJob) -> dict[int, str]:
    """Return why each rejected row was rejected."""
    return dict(job.rejections.order_by("row_number").values_list("row_number", "problem"))


def write_customers(path: Path, count: int) -> Path:
    """Return a file of so many customers with five facts each."""
    industries = ("Retail", "Health", "Education", "Transport")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("account_id,account_name,country,industry,seats,signup_date\n")
        for number in range(count):
            day = f"{number % 28 + 1:02d}-{number % 12 + 1:02d}-20{number % 20 + 5:02d}"
            file.write(f"C-{number:07d},Company {number},DE,{industries[number % 4]},{number % 90 + 1},{day}\n")
    return path
