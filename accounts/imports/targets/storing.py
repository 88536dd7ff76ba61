"""Storing: what the rows came to is written in a fixed number of statements, with the story and the way back."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import Model

from accounts.actions.editing import as_json as changes_as_json
from accounts.actions.editing import describe
from accounts.imports.cleaning import CleanRow, Problem, Rejection
from accounts.imports.targets import tables
from accounts.imports.targets.base import Outcome, Record, Target
from accounts.signals import facts_changed

MOST_IN_SUMMARY = 300


class _RowsRefused(Exception):
    def __init__(self, outcome: Outcome, problems: dict[int, Problem]) -> None:
        super().__init__(f"{len(problems)} rows")
        self.by_row = {row.number: problems[record.id] for row, record in outcome.applied if record.id in problems}


def store(make_target: Callable[[], Target], rows: list[CleanRow], *, is_repeat: bool = False) -> Outcome:
    """Return what the rows came to, now written; rows that the database refuses are rejected alone.

    A refusal may only mean that somebody else stored the same at the same moment, so the first one is followed by
    another look at what is stored; the next by halves, down to the row that it is about.
    """
    if not rows:
        return Outcome()
    try:
        with transaction.atomic():
            return _store(make_target(), rows)
    except _RowsRefused as refused:
        return _without(make_target, rows, refused.by_row)
    except (IntegrityError, DataError) as error:
        if not is_repeat:
            return store(make_target, rows, is_repeat=True)
        if len(rows) == 1:
            return Outcome(rejections=[_refused_by_database(rows[0], error)])
    half = len(rows) // 2
    outcome = store(make_target, rows[:half], is_repeat=True)
    outcome.add(store(make_target, rows[half:], is_repeat=True))
    return outcome


def _without(make_target: Callable[[], Target], rows: list[CleanRow], by_row: dict[int, Problem]) -> Outcome:
    outcome = store(make_target, [row for row in rows if row.number not in by_row])
    outcome.rejections += [
        Rejection(row.number, row.cells, [by_row[row.number]]) for row in rows if row.number in by_row
    ]
    return outcome


def _refused_by_database(row: CleanRow, error: Exception) -> Rejection:
    said = str(error).strip().splitlines()[0]
    return Rejection(
        row.number, row.cells, [Problem("", "refused_by_database", f"The database refuses it: {said}"[:300])]
    )


def _store(target: Target, rows: list[CleanRow]) -> Outcome:
    outcome = target.apply(rows)
    changed = _changed(outcome)
    for record, id_ in zip(target.new, tables.new_ids(target.table, len(target.new)), strict=True):
        record.id = id_
    target.settle()
    if target.new:
        tables.insert(
            target.table,
            {"id": "bigint", **target.columns},
            map(_row, target.new),
            now=("created_at", "updated_at"),
            same=target.constants,
        )
    if changed:
        tables.update(target.table, target.columns, map(_row, changed))
    written = [*target.new, *changed]
    if written:
        problems = target.check(written)
        if problems:
            raise _RowsRefused(outcome, problems)
        _keep_for_undo(target, written)
        _tell(target, written)
        facts_changed.send(sender=target.model, customer_ids=sorted({target.customer_of(one) for one in written}))
    return outcome


def _changed(outcome: Outcome) -> list[Record]:
    found = {record.id: record for _, record in outcome.applied if record.before is not None and record.changes}
    return [found[id_] for id_ in sorted(found)]


def _row(record: Record) -> dict[str, Any]:
    return {"id": record.id, **record.values}


def _keep_for_undo(target: Target, written: list[Record]) -> None:
    tables.insert(
        "accounts_importchange",
        {"object_id": "bigint", "was_created": "boolean", "before": "jsonb", "after": "jsonb"},
        (_change(target, record) for record in written),
        same={"job_id": target.aim.job_id, "undo_result": ""},
        # A later chunk of the same job keeps what was there before the first one.
        on_conflict="ON CONFLICT (job_id, object_id) DO UPDATE SET"
        " before = excluded.before || accounts_importchange.before,"
        " after = accounts_importchange.after || excluded.after",
    )


def _change(target: Target, record: Record) -> dict[str, Any]:
    if record.before is None:
        after = {name: value for name, value in record.values.items() if value != target.defaults[name]}
        return {"object_id": record.id, "was_created": True, "before": {}, "after": after}
    changes = record.changes
    return {
        "object_id": record.id,
        "was_created": False,
        "before": {name: old for name, (old, _) in changes.items()},
        "after": {name: new for name, (_, new) in changes.items()},
    }


def _tell(target: Target, written: Iterable[Record]) -> None:
    aim, words = target.aim, target.model()
    tables.insert(
        "accounts_timelineentry",
        {"customer_id": "bigint", "kind": "text", "summary": "text", "data": "jsonb"},
        (_entry(target, record, words) for record in written),
        now=("at",),
        same={
            "why": f"Import of {aim.file_name}",
            "actor_id": aim.actor.pk if aim.actor else None,
            "actor_name": str(aim.actor) if aim.actor else "",
        },
    )


def _entry(target: Target, record: Record, words: Model) -> dict[str, Any]:
    title, data = target.title(record.values), {"import": target.aim.job_id, **target.about(record)}
    if record.before is None:
        kind, summary = target.added_kind, f"{title} was added"
    else:
        kind, changes = target.edited_kind, record.changes
        said = describe(words, changes)
        summary = said if target.about(record) == {} else f"{title}: {said}"
        data["changes"] = changes_as_json(changes)
    return {"customer_id": target.customer_of(record), "kind": kind, "summary": summary[:MOST_IN_SUMMARY], "data": data}
