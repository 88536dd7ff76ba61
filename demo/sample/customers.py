"""The sample's customers, contacts and subscriptions, imported as files like any company's export."""

import csv
import io
from collections.abc import Iterable, Iterator

from accounts.actions.imports import upload_file
from accounts.imports.running import run_here
from core.errors import Conflict
from demo.sample.rows import Row
from demo.sample.work import Work

ROWS_A_PIECE = 500


def import_customers(work: Work) -> None:
    """Import the customers."""
    _import(work, "customers", (customer.facts for customer in work.drawn()))


def import_contacts(work: Work) -> None:
    """Import the customers' contacts."""
    _import(work, "contacts", (row for customer in work.drawn() for row in customer.contacts))


def import_subscriptions(work: Work) -> None:
    """Import the customers' subscriptions."""
    _import(work, "subscriptions", (row for customer in work.drawn() for row in customer.subscriptions))


def _import(work: Work, kind: str, rows: Iterable[Row]) -> None:
    """Import the rows as a file of this kind; again, the same rows change nothing.

    Raises Conflict where a row was refused: the sample is made to be without fault.
    """
    job = upload_file(
        actor=work.administrator, kind=kind, name=f"{kind}.csv", content_type="text/csv", pieces=_pieces(rows)
    )
    run_here(job)
    job.refresh_from_db()
    if job.state != job.State.DONE or job.rejected_count:
        first = job.rejections.order_by("row_number").first()
        raise Conflict(f"The sample's {kind} were not all taken: {job.problem or first}", code="sample_refused")


def _pieces(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the rows as a CSV file, a few hundred at a time."""
    text = io.StringIO()
    writer: csv.DictWriter | None = None
    for number, row in enumerate(rows, start=1):
        if writer is None:
            writer = csv.DictWriter(text, fieldnames=list(row))
            writer.writeheader()
        writer.writerow(row)
        if number % ROWS_A_PIECE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
