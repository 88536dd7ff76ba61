"""Import a file from the command line, in this process and without a worker."""

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.actions.imports import ensure_key, remember, upload_file
from accounts.imports import guessing, previewing, rejections, running
from accounts.imports.cleaning import Choices
from accounts.imports.jobs import company_day, known_fields, limits, make_work, open_table
from accounts.imports.reading import Layout, PathSource, Table, inspect
from accounts.models import ImportJob, User
from accounts.models.imports import ImportKind
from core.errors import ProductError

PIECE = 1024 * 1024
SECONDS_BETWEEN_LINES = 1.0
IGNORE = ("", "-", "ignore")
CHOICES = {
    "date_order": ("dmy", "mdy", "ymd", "unix", "serial"),
    "decimal_mark": (".", ","),
    "empty_cells": ("keep", "clear"),
    "bad_values": ("reject", "blank"),
    "end_is_last_day": ("yes", "no"),
    "minor_units": ("yes", "no"),
}


class Command(BaseCommand):
    """Import customers, contacts or subscriptions from CSV or XLSX; the last line on stdout is one JSON object."""

    help = (
        "Imports a CSV or XLSX file of customers, contacts or subscriptions. Columns and formats are guessed where "
        "they are not given. The last line on stdout is a JSON object with created, updated, unchanged and rejected."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say what the command takes."""
        parser.add_argument("kind", choices=ImportKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="map a column; COLUMN= leaves it out"
        )
        parser.add_argument(
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="date_order=dmy|mdy|ymd|unix|serial, decimal_mark=. or , and minor_units=yes|no for all columns, "
            "or for one as NAME:COLUMN=VALUE; currency=EUR, empty_cells=keep|clear, bad_values=reject|blank, "
            "end_is_last_day=yes|no",
        )
        parser.add_argument("--sheet", default="", help="the sheet of a workbook; else its first one with cells")
        parser.add_argument("--encoding", default="", help="the encoding of a text file; else guessed")
        parser.add_argument("--delimiter", default="", help="what separates the cells of a text file; else guessed")
        parser.add_argument("--header-row", type=int, default=0, help="the number of the row with the column names")
        parser.add_argument("--rejected", type=Path, metavar="FILE", help="write the rejected rows with their reasons")
        parser.add_argument("--by", metavar="EMAIL", default="", help="the member of staff in whose name to import")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file; raise CommandError, and so exit with 1, for one that is refused."""
        try:
            counts = self._dry_run(options) if options["dry_run"] else self._import(options)
        except ProductError as error:
            raise CommandError(error.message) from error
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What is in stays in; a worker goes on with the rest, as does importing the file again.",
                returncode=130,
            ) from None
        self.stdout.write(json.dumps(counts))

    # --- what both ways do ----------------------------------------------------------------------

    def _look_at(self, source: PathSource, options: dict[str, Any]) -> Layout:
        return inspect(
            source,
            limits=limits(),
            encoding=options["encoding"],
            delimiter=options["delimiter"].replace("\\t", "\t"),
            sheet=options["sheet"],
            header_row=options["header_row"],
        )

    def _choose(self, kind: str, table: Table, options: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        fields = known_fields(kind)
        given = _pairs(options["map"], "--map")
        for column, name in given.items():
            if column not in table.header:
                raise CommandError(f"The file has no column “{column}”; it has {', '.join(table.header)}.")
            if name not in fields and name not in IGNORE:
                raise CommandError(f"There is no field “{name}”; there are {', '.join(fields)}.")
        guess = guessing.guess(kind, table, fields)
        taken = {name for name in given.values() if name not in IGNORE}
        mapping = {c: name for c, name in guess.mapping.items() if c not in given and name not in taken}
        mapping |= {column: name for column, name in given.items() if name not in IGNORE}
        if len(set(mapping.values())) < len(mapping):
            raise CommandError("Two columns are mapped to the same field.")
        guess = guessing.guess(kind, table, fields, mapping=mapping)
        chosen = {**guess.options, **_options(options["option"], mapping, guess.options)}
        likelier = guessing.likelier_kind(kind, table, {other: known_fields(other) for other in ImportKind.values})
        if likelier:
            self._say(f"  Note: this looks like a file of {likelier}; it is read as {kind}.")
        self._say_mapping(table, mapping, chosen, [note for note in guess.notes if note.column in mapping])
        ensure_key(kind, mapping)
        return mapping, chosen

    def _say_mapping(
        self, table: Table, mapping: dict[str, str], chosen: dict[str, Any], notes: list[guessing.Note]
    ) -> None:
        for column in table.header:
            how = chosen["date_order"].get(column) or chosen["decimal_mark"].get(column)
            said = mapping.get(column, "(left out)")
            self._say(f"  {column} → {said}{f' [{how}]' if how and column in mapping else ''}")
        for note in notes:
            self._say(f"  Note on {note.column}: {note.text}")

    def _say(self, line: str) -> None:
        self.stderr.write(line)

    # --- trying ---------------------------------------------------------------------------------

    def _dry_run(self, options: dict[str, Any]) -> dict[str, Any]:
        source = PathSource(options["file"])
        layout = self._look_at(source, options)
        with open_table(source, layout) as table:
            mapping, chosen = self._choose(options["kind"], table, options)
            work = make_work(options["kind"], table, mapping, Choices.from_options(chosen), today=company_day())
            counter = _Counter(self)
            preview = previewing.try_out(work, progress=counter.tell)
            for problem in preview.problems[:20]:
                self._say(f"  Row {problem['row']}, {problem['column'] or 'the whole row'}: {problem['text']}")
            counts: dict[str, Any] = {
                "created": preview.created,
                "updated": preview.updated,
                "unchanged": preview.unchanged,
                "rejected": preview.rejected,
                "dry_run": True,
            }
            if options["rejected"]:
                rows = (
                    (number, cells, problem.text)
                    for number, cells, how, problem in previewing.problems_of(work)
                    if how == "rejected"
                )
                counts["rejected_file"] = _write(options["rejected"], table.header, rows)
        return counts

    # --- importing ------------------------------------------------------------------------------

    def _import(self, options: dict[str, Any]) -> dict[str, Any]:
        source = PathSource(options["file"])
        actor = _person(options["by"])
        # What is refused is refused before anything is stored.
        layout = self._look_at(source, options)
        with open_table(source, layout) as table:
            mapping, chosen = self._choose(options["kind"], table, options)
        job = upload_file(
            actor=actor,
            kind=options["kind"],
            name=source.name,
            content_type="application/octet-stream",
            pieces=_pieces(source),
        )
        job.header, job.mapping = list(layout.header), mapping
        job.encoding, job.delimiter, job.sheet = layout.encoding, layout.delimiter, layout.sheet
        job.options = {**job.options, **chosen, "header_row": layout.header_row}
        job.save()
        remember(job, actor)
        counter = _Counter(self)
        running.run_here(job, progress=lambda now: counter.tell(_done(now), now.total_rows))
        job.refresh_from_db()
        if job.state != ImportJob.State.DONE:
            raise CommandError(job.problem or f"The import is {job.get_state_display().lower()}.")
        return self._result(job, options["rejected"])

    def _result(self, job: ImportJob, rejected_path: Path | None) -> dict[str, Any]:
        counts: dict[str, Any] = {
            "created": job.created_count,
            "updated": job.updated_count,
            "unchanged": job.unchanged_count,
            "rejected": job.rejected_count,
            "job": job.pk,
        }
        for warning in job.warnings[:20]:
            self._say(f"  Row {warning['row']}, {warning['column'] or 'the whole row'}: {warning['text']}")
        if job.rejected_count and rejected_path:
            counts["rejected_file"] = _write(rejected_path, job.header, rejections.rejected_rows(job))
        elif job.rejected_count:
            for one in job.rejections.order_by("row_number")[:10]:
                self._say(f"  Row {one.row_number}: {one.problem}")
            self._say(f"{job.rejected_count} rows were rejected; --rejected FILE writes them with their reasons.")
        return counts


class _Counter:
    """Tells on stderr how far the work is, now and then."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._last = time.monotonic()

    def tell(self, done: int, total: int = 0) -> None:
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._command.stderr.write(f"{done:,}{f' of {total:,}' if total else ''} rows")


def _done(job: ImportJob) -> int:
    return job.created_count + job.updated_count + job.unchanged_count + job.rejected_count


def _pieces(source: PathSource) -> Iterator[bytes]:
    with source.open() as file:
        while piece := file.read(PIECE):
            yield piece


def _person(email: str) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email=email.strip().lower(), kind=User.Kind.STAFF, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active member of staff with the address {email}.")
    return found


def _pairs(given: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, sign, value = text.rpartition("=")
        if not sign:
            raise CommandError(f"{option} takes NAME=VALUE, not “{text}”.")
        pairs[name.strip()] = value.strip()
    return pairs


def _options(given: list[str], mapping: dict[str, str], guessed: dict[str, Any]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for key, value in _pairs(given, "--option").items():
        name, _, column = key.partition(":")
        if name not in CHOICES and name != "currency":
            raise CommandError(f"There is no option “{name}”; there are {', '.join([*CHOICES, 'currency'])}.")
        if name in CHOICES and value not in CHOICES[name]:
            raise CommandError(f"{name} is one of {', '.join(CHOICES[name])}, not “{value}”.")
        if column and column not in mapping:
            raise CommandError(f"The column “{column}” of the option {name} is not imported.")
        columns = [column] if column else list(mapping)
        if name in ("date_order", "decimal_mark"):
            chosen.setdefault(name, dict(guessed[name])).update(dict.fromkeys(columns, value))
        elif name == "minor_units":
            now = set(chosen.get(name, guessed[name]))
            chosen[name] = sorted(now | set(columns) if value == "yes" else now - set(columns))
        elif name == "end_is_last_day":
            chosen[name] = value == "yes"
        else:
            chosen[name] = value.upper() if name == "currency" else value
    return chosen


def _write(path: Path, header: list[str], rows: Any) -> str:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(rejections.csv_lines(header, rows))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    return str(path)
