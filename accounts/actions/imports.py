"""Imports: uploading a file, choosing how it is read, starting, stopping, undoing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.imports import guessing
from accounts.imports.headers import digest_of
from accounts.imports.jobs import known_fields, layout_of, limits, open_table
from accounts.imports.reading import Layout, Refused, StoredSource, inspect
from accounts.models import ImportJob, ImportMapping, User
from accounts.models.imports import ImportKind
from core import files, outbox
from core.errors import Conflict, Invalid
from core.models import StoredFile

State = ImportJob.State
RUN, CHECK = "accounts.run_import", "accounts.check_import"
UNDOABLE = (State.DONE, State.CANCELLED, State.FAILED)
# The choices that stay with a header; the rest belongs to one file.
REMEMBERED = ("date_order", "decimal_mark", "minor_units", "currency", "empty_cells", "bad_values", "end_is_last_day")
_NEEDED = {
    ImportKind.CUSTOMERS: (
        ("external_id", "name", "domain"),
        "No column says who the customers are: map one to the ID, the name or the domain.",
    ),
    ImportKind.CONTACTS: (
        ("email", "external_id"),
        "No column says who the contacts are: map one to the e-mail address or the ID.",
    ),
    ImportKind.SUBSCRIPTIONS: (
        ("external_id", "customer_external_id", "customer_name", "customer_domain", "customer_email"),
        "No column says whose the subscriptions are: map one to the customer’s ID, name or domain.",
    ),
}


@transaction.atomic
def upload_file(*, actor: User | None, kind: str, name: str, content_type: str, pieces: Iterable[bytes]) -> ImportJob:
    """Return the job of the file now stored, its layout and columns guessed; raise Refused for what is no table."""
    if kind not in ImportKind.values:
        raise Invalid("There is no such kind of import.", field="kind")
    stored = files.store(name, content_type[:120], pieces)
    job = ImportJob(kind=kind, file=stored, created_by=actor)
    _lay_out(job, inspect(StoredSource(stored), limits=limits()))
    job.save()
    return job


@transaction.atomic
def change_layout(*, actor: User | None, job: ImportJob, **layout: Any) -> ImportJob:
    """Return the job read with another encoding, delimiter, sheet or header row, and guessed anew."""
    locked = _lock(job, State.PREVIEW)
    _lay_out(locked, inspect(StoredSource(locked.file), limits=limits(), **layout))
    locked.save()
    return locked


@transaction.atomic
def change_kind(*, actor: User | None, job: ImportJob, kind: str) -> ImportJob:
    """Return the job read as a file of another kind, its columns guessed anew; raise Invalid for an unknown kind."""
    locked = _lock(job, State.PREVIEW)
    if kind not in ImportKind.values:
        raise Invalid("There is no such kind of import.", field="kind")
    locked.kind = kind
    _lay_out(locked, layout_of(locked))
    locked.save()
    return locked


@transaction.atomic
def choose_columns(
    *, actor: User | None, job: ImportJob, mapping: Mapping[str, str], options: Mapping[str, Any]
) -> ImportJob:
    """Return the job with this mapping (column to field) and these options; raise Invalid for an impossible one."""
    locked = _lock(job, State.PREVIEW)
    fields = known_fields(locked.kind)
    chosen = {column: name for column, name in mapping.items() if name}
    unknown = [name for name in chosen.values() if name not in fields]
    if unknown:
        raise Invalid(f"There is no field “{unknown[0]}” to import into.", code="unknown_field")
    missing = [column for column in chosen if column not in locked.header]
    if missing:
        raise Invalid(f"The file has no column “{missing[0]}”.", code="unknown_column")
    twice = [name for name in chosen.values() if list(chosen.values()).count(name) > 1]
    if twice:
        columns = " and ".join(f"“{column}”" for column, name in chosen.items() if name == twice[0])
        raise Invalid(
            f"{columns} are both mapped to “{fields[twice[0]].label}”; choose one of them.", code="mapped_twice"
        )
    newly = {column for column, name in chosen.items() if locked.mapping.get(column) != name}
    locked.mapping = chosen
    locked.options = {**locked.options, **options}
    if newly:
        _guess_formats_of(locked, newly, options)
    _await_check(locked)
    locked.save()
    return locked


@transaction.atomic
def ask_for_check(*, job: ImportJob) -> None:
    """Promise that a worker checks the file."""
    outbox.enqueue(CHECK, {"job": job.pk}, key=f"{job.pk}:{job.preview.get('key')}")


@transaction.atomic
def start_import(*, actor: User | None, job: ImportJob) -> ImportJob:
    """Return the job, now promised to a worker, and remember its mapping; raise Refused without a key column."""
    locked = _lock(job, State.PREVIEW)
    ensure_key(locked.kind, locked.mapping)
    remember(locked, actor)
    _promise(locked, State.QUEUED)
    return locked


@transaction.atomic
def continue_import(*, actor: User | None, job: ImportJob) -> ImportJob:
    """Return a job that failed or was cancelled, promised again from the row where it stopped."""
    locked = _lock(job, State.FAILED, State.CANCELLED)
    _promise(locked, State.QUEUED)
    return locked


@transaction.atomic
def cancel_import(*, actor: User | None, job: ImportJob, undo: bool) -> ImportJob:
    """Return the job, which stops before its next chunk; `undo` takes back what it had brought in."""
    locked = _lock(job, State.QUEUED, State.RUNNING)
    locked.options["on_cancel"] = "undo" if undo else "keep"
    locked.undone_by = actor if undo else None
    if locked.state == State.QUEUED and locked.next_row == 0:
        locked.state, locked.finished_at = State.CANCELLED, timezone.now()
    else:
        locked.cancel_requested = True
        locked.options["to_undo"] = locked.total_rows
    locked.save()
    return locked


@transaction.atomic
def undo_import(*, actor: User | None, job: ImportJob) -> ImportJob:
    """Return the job, whose undoing is promised to a worker."""
    locked = _lock(job, *UNDOABLE)
    locked.undone_by = actor
    locked.options["to_undo"] = locked.changes.filter(undo_result="").count()
    locked.options["undone"] = 0
    _promise(locked, State.UNDOING)
    return locked


@transaction.atomic
def discard_import(*, actor: User | None, job: ImportJob) -> None:
    """Forget a file that was not imported."""
    locked = _lock(job, State.PREVIEW)
    stored = locked.file
    locked.delete()
    StoredFile.objects.filter(pk=stored.pk).delete()


def ensure_key(kind: str, mapping: Mapping[str, str]) -> None:
    """Return nothing where a column tells the rows' objects; raise Refused otherwise."""
    names, sentence = _NEEDED[ImportKind(kind)]
    if not set(names) & set(mapping.values()):
        raise Refused(sentence, code="no_key_column")


def remember(job: ImportJob, actor: User | None) -> None:
    """Keep the mapping for the next file with the same header."""
    ImportMapping.objects.update_or_create(
        kind=job.kind,
        header_digest=digest_of(job.header),
        defaults={
            "columns": job.mapping,
            "options": {name: job.options[name] for name in REMEMBERED if name in job.options},
            "used_by": actor,
        },
    )


def _lay_out(job: ImportJob, layout: Layout) -> None:
    job.header = list(layout.header)
    job.encoding, job.delimiter, job.sheet = layout.encoding, layout.delimiter, layout.sheet
    sheets = list(layout.sheets) or job.options.get("sheets", [])
    job.options = {"header_row": layout.header_row, "sheets": sheets}
    last = ImportMapping.objects.filter(kind=job.kind, header_digest=digest_of(job.header)).first()
    with open_table(StoredSource(job.file), layout) as table:
        found = guessing.guess(
            job.kind,
            table,
            known_fields(job.kind),
            mapping=last.columns if last else None,
            remembered=last.options if last else None,
        )
        likelier = guessing.likelier_kind(job.kind, table, {kind: known_fields(kind) for kind in ImportKind.values})
    job.mapping = found.mapping
    kept = {name: value for name, value in (last.options if last else {}).items() if name not in found.options}
    if last:
        kept |= {name: last.options[name] for name in ("minor_units", "currency") if name in last.options}
    job.options |= {
        **found.options,
        **kept,
        "notes": [asdict(note) for note in found.notes],
        "remembered": last is not None,
        "likelier_kind": likelier,
        "examples": found.examples,
    }
    _await_check(job)


def _guess_formats_of(job: ImportJob, columns: set[str], options: Mapping[str, Any]) -> None:
    """Guess how columns that were mapped just now are written; the person has seen nothing of it to choose from."""
    with open_table(StoredSource(job.file), layout_of(job)) as table:
        found = guessing.guess(job.kind, table, known_fields(job.kind), mapping=job.mapping)
    for name in ("date_order", "decimal_mark"):
        guessed = {column: value for column, value in found.options[name].items() if column in columns}
        job.options[name] = {**job.options.get(name, {}), **guessed}
    minor = {column for column in found.options["minor_units"] if column in columns}
    job.options["minor_units"] = sorted({*job.options.get("minor_units", []), *minor})
    notes = [note for note in job.options.get("notes", []) if note["column"] not in columns]
    job.options["notes"] = notes + [asdict(note) for note in found.notes if note.column in columns]


def _await_check(job: ImportJob) -> None:
    job.preview = {"key": int(job.preview.get("key", 0)) + 1, "done": False}


def _promise(job: ImportJob, state: str) -> None:
    job.state, job.problem, job.finished_at, job.cancel_requested = state, "", None, False
    job.attempt += 1
    # Nobody works on it yet; the sweep looks for what nobody has begun.
    job.heartbeat_at = None
    job.save()
    outbox.enqueue(RUN, {"job": job.pk})


def _lock(job: ImportJob, *states: str) -> ImportJob:
    locked = ImportJob.objects.select_for_update(of=("self",)).select_related("file").get(pk=job.pk)
    if locked.state not in states:
        raise Conflict(
            f"This import is {locked.get_state_display().lower()} by now; look at it again.", code="other_state"
        )
    return locked
