"""Reads of the import pages: the history, and what a page of one import shows."""

from dataclasses import dataclass
from typing import Any

from accounts.access import imports_within
from accounts.imports import undoing
from accounts.imports.fields import CUSTOM, Field
from accounts.imports.targets import TARGETS
from accounts.models import ImportJob, ImportRejection, User
from core.pagination import bounded_count, keyset_page

PAGE_SIZE = 30
SHOWN_REJECTIONS = 50
SHOWN_KEPT = 50
SHOWN_PROBLEMS = 30
# What a new object has anyway says nothing, unless the file has a column for it.
_USUAL = ("", "no")


@dataclass(frozen=True)
class ImportsPage:
    """One page of the history; the cursors are empty where there is no neighbour, the count stops at a bound."""

    rows: list[ImportJob]
    next: str
    previous: str
    count: int


def imports_page(user: User, *, cursor: str = "") -> ImportsPage:
    """Return a page of the imports, the newest first."""
    jobs = imports_within(user)
    found = keyset_page(jobs, order="-id", cursor=cursor, size=PAGE_SIZE)
    count, more = bounded_count(jobs)
    return ImportsPage(found.rows, found.next_cursor, found.previous_cursor, count + more)


def rows_done(job: ImportJob) -> int:
    """Return how many rows of the file the import has come to an end with."""
    return job.created_count + job.updated_count + job.unchanged_count + job.rejected_count


def columns_of(job: ImportJob, fields: dict[str, Field]) -> list[tuple[str, str]]:
    """Return the imported columns in the order of the file, each with what its field is called."""
    mapped = [(column, job.mapping[column]) for column in job.header if column in job.mapping]
    return [(column, fields[name].label if name in fields else name) for column, name in mapped]


def shown_rejections(job: ImportJob) -> list[ImportRejection]:
    """Return the first rejected rows."""
    return list(job.rejections.order_by("row_number")[:SHOWN_REJECTIONS])


def shown_kept(job: ImportJob) -> tuple[list[tuple[str, str]], int]:
    """Return what an undo kept, the first of it by name with the reason, and how many there are up to a bound."""
    kept = undoing.kept(job)
    first = list(kept[:SHOWN_KEPT])
    named = TARGETS[job.kind].model._default_manager.in_bulk([change.object_id for change in first])
    shown = [(str(named.get(change.object_id, change.object_id)), change.undo_result) for change in first]
    return shown, bounded_count(kept)[0]


def reasons(job: ImportJob) -> list[tuple[str, int]]:
    """Return why rows would stay out and how many each, the most frequent first."""
    counted = sorted(job.preview.get("reasons", {}).items(), key=lambda item: (-item[1], item[0]))
    return [(reason.replace("_", " "), count) for reason, count in counted]


def preview_table(job: ImportJob, fields: dict[str, Field]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the headings and the first rows as they will be stored; only columns that say something."""
    rows = job.preview.get("rows", [])
    order = ["customer", *fields]
    names = {name for row in rows for name, value in row["values"].items() if value not in _USUAL}
    names |= set(job.mapping.values()) & {name for row in rows for name in row["values"]}
    told = sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))
    table = [{**row, "cells": [row["values"].get(name, "") for name in told]} for row in rows]
    return [_heading(name, fields) for name in told], table


def _heading(name: str, fields: dict[str, Field]) -> str:
    if name == "customer":
        return "Customer"
    if name in fields:
        return fields[name].label
    return name.removeprefix(CUSTOM).replace("_", " ").capitalize()
