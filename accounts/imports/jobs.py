"""A job and what its work needs: the table, the sieve, the aim."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from accounts.custom_fields import active_fields
from accounts.imports.cleaning import Choices, Sieve
from accounts.imports.fields import Field, fields_of
from accounts.imports.reading import Layout, Source, StoredSource, Table
from accounts.imports.reading.kinds import CSV, XLSX
from accounts.imports.reading.layout import Limits
from accounts.imports.targets import TARGETS, Aim, Target
from accounts.models import CompanySettings, ImportJob


@dataclass
class Work:
    """Everything by which the rows of one file become objects."""

    kind: str
    table: Table
    sieve: Sieve
    aim: Aim
    mapping: dict[str, str]

    def target(self, *, lock: bool) -> Target:
        """Return a target for the next set of rows; one that writes locks what it reads."""
        return TARGETS[self.kind](self.aim, lock=lock)


def limits() -> Limits:
    """Return the largest file that the settings allow."""
    return Limits(size=settings.IMPORT_MAX_BYTES, unpacked=settings.IMPORT_MAX_UNPACKED_BYTES)


def known_fields(kind: str) -> dict[str, Field]:
    """Return the fields that a column can be mapped to, the company's own included."""
    return fields_of(kind, active_fields() if kind == "customers" else None)


def layout_of(job: ImportJob) -> Layout:
    """Return the layout that the job remembers."""
    return Layout(
        type=XLSX if job.sheet else CSV,
        header=tuple(job.header),
        encoding=job.encoding,
        delimiter=job.delimiter,
        sheet=job.sheet,
        header_row=job.options.get("header_row", 1),
    )


@contextmanager
def open_table(source: Source, layout: Layout) -> Iterator[Table]:
    """Give the table of a file; its temporary copy goes with it."""
    with Table(source, layout, max_rows=settings.IMPORT_MAX_ROWS) as table:
        yield table


@contextmanager
def work_of(job: ImportJob, *, writes: bool) -> Iterator[Work]:
    """Give the work of a job; only one that writes leaves its traces on timelines and for an undo."""
    with open_table(StoredSource(job.file), layout_of(job)) as table:
        yield make_work(
            job.kind,
            table,
            job.mapping,
            Choices.from_options(job.options),
            today=day_of(job),
            job=job if writes else None,
        )


def make_work(
    kind: str, table: Table, mapping: dict[str, str], choices: Choices, *, today: date, job: ImportJob | None = None
) -> Work:
    """Return the work that maps these columns; without a job it can only be tried."""
    fields = known_fields(kind)
    mapping = {column: name for column, name in mapping.items() if column in table.header and name in fields}
    return Work(
        kind=kind,
        table=table,
        sieve=Sieve(kind, table.header, mapping, fields, choices, today=today),
        aim=Aim(
            today=today,
            currency=CompanySettings.current().currency,
            column_of={name: column for column, name in mapping.items()},
            job_id=job.pk if job else None,
            actor=job.created_by if job else None,
            file_name=table.source.name,
        ),
        mapping=mapping,
    )


def day_of(job: ImportJob) -> date:
    """Return the day of the upload in the company's time zone, so that a resumed import goes on with the same day."""
    return company_day(job.created_at)


def company_day(moment: datetime | None = None) -> date:
    """Return the day in the company's time zone, today's where no moment is given."""
    zone = ZoneInfo(CompanySettings.current().time_zone)
    return (moment or timezone.now()).astimezone(zone).date()
