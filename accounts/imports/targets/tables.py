"""Set-based writes: the rows travel as one JSON text, so a statement costs as much to send whatever its columns."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection

# Column names to SQL types. They come from the code of this package, never from a file.
Columns = Mapping[str, str]


def insert(
    table: str,
    columns: Columns,
    rows: Iterable[Mapping[str, Any]],
    *,
    now: Sequence[str] = (),
    same: Mapping[str, Any] | None = None,
    on_conflict: str = "",
) -> None:
    """Insert the rows; the columns `now` get the moment, those in `same` one value for all."""
    fixed = same or {}
    names = ", ".join([*columns, *now, *fixed])
    values = ", ".join([*(f"r.{name}" for name in columns), *("now()" for _ in now), *("%s" for _ in fixed)])
    sql = f"INSERT INTO {table} ({names}) SELECT {values} FROM {_recordset(columns)} {on_conflict}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*fixed.values(), dump(rows)])


def update(table: str, columns: Columns, rows: Iterable[Mapping[str, Any]], *, touch: bool = True) -> None:
    """Update the rows by their `id`, every other column to its value in the row, and the moment of the change."""
    pairs = ", ".join([*(f"{name} = r.{name}" for name in columns), *(["updated_at = now()"] if touch else [])])
    source = _recordset({"id": "bigint", **columns})
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {pairs} FROM {source} WHERE t.id = r.id",  # noqa: S608
            [dump(rows)],
        )


def select(
    table: str, columns: Columns, where: str, params: Sequence[Any], *, lock: bool = False
) -> list[tuple[Any, ...]]:
    """Return the rows that fit, in the order of their ids and locked against other writers where asked."""
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE {where} ORDER BY id"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} FOR NO KEY UPDATE" if lock else sql, params)
        rows = list(cursor.fetchall())
    # Below the ORM, JSON comes as the text it is sent as.
    places = [place for place, type_ in enumerate(columns.values()) if type_ == "jsonb"]
    return [_parsed(row, places) for row in rows] if places else rows


def new_ids(table: str, count: int) -> list[int]:
    """Return so many fresh ids of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def as_json(value: Any) -> Any:
    """Return the value as JSON keeps it; amounts become texts so that no digit is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a row")


def dump(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the rows as the one text that a statement unpacks."""
    return json.dumps(list(rows), default=as_json)


def _parsed(row: tuple[Any, ...], places: list[int]) -> tuple[Any, ...]:
    return tuple(json.loads(value) if place in places else value for place, value in enumerate(row))


def _recordset(columns: Columns) -> str:
    typed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    return f"json_to_recordset(%s) AS r({typed})"
