"""Keyset pages of statements that order by a whole number they work out, the largest first, and then by id."""

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core.errors import Invalid


@dataclass(frozen=True)
class WeightPage:
    """One page of rows with the cursors of its neighbours (empty where there is none); `count` is of all."""

    rows: list[dict[str, Any]]
    next: str = ""
    previous: str = ""
    count: int | None = None


def weight_page(sql: str, params: dict[str, Any], *, cursor: str = "", size: int = 50) -> WeightPage:
    """Return the page at the cursor of a statement with the columns `id` and `weight`, in one query.

    Raises Invalid for a cursor that this list did not make.
    """
    backwards, position = _decode(cursor)
    order = "ASC" if backwards else "DESC"
    where = f"WHERE (weight, id) {'>' if backwards else '<'} (%(at_weight)s, %(at_id)s)" if position else ""
    weight, pk = position or (0, 0)
    paged = f"""SELECT * FROM ({sql}) AS ranked {where}
        ORDER BY weight {order}, id {order} LIMIT {int(size) + 1}"""  # noqa: S608 - no part of it comes from outside
    with connection.cursor() as reader:
        reader.execute(paged, {**params, "at_weight": weight, "at_id": pk})
        names = [column.name for column in reader.description]
        rows = [dict(zip(names, row, strict=True)) for row in reader.fetchall()]
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, position is not None)
    return WeightPage(
        rows=rows,
        next=_encode("n", rows[-1]) if rows and has_next else "",
        previous=_encode("p", rows[0]) if rows and has_previous else "",
    )


def _encode(direction: str, row: dict[str, Any]) -> str:
    text = json.dumps([direction, int(row["weight"]), row["id"]])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[bool, tuple[int, int] | None]:
    if not cursor:
        return False, None
    try:
        direction, weight, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        known = direction in ("n", "p") and all(type(one) is int and abs(one) < 2**62 for one in (weight, pk))
        if not known:
            raise ValueError(direction)
    except Exception as error:
        raise Invalid(
            "This page address is not one of this list; start from its first page.", code="bad_cursor"
        ) from error
    return direction == "p", (weight, pk)
