"""Keyset pages: the same cost on the first page and on the thousandth, and no unbounded count."""

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.pagination import CursorPagination

from core.errors import Invalid

COUNT_LIMIT = 1000


class IdCursorPagination(CursorPagination):
    """The API's pages, in order of id."""

    ordering: str | tuple[str, ...] = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class NewestFirstPagination(IdCursorPagination):
    """The API's pages of what happened, the newest first."""

    ordering = ("-at", "-id")


@dataclass(frozen=True)
class KeysetPage:
    """One page of rows with the cursors of its neighbours (empty where there is none)."""

    rows: list[Any]
    next_cursor: str
    previous_cursor: str


def keyset_page(queryset: QuerySet, *, order: str, cursor: str = "", size: int = 50) -> KeysetPage:
    """Return the page of `queryset` at `cursor`, ordered by the field `order` ("-name" for descending) and then by id.

    Nulls sort last in both directions. Raises Invalid for a cursor that this list did not make.
    """
    descending, field = order.startswith("-"), order.removeprefix("-")
    backwards, position = _decode(cursor, queryset, field)
    flipped = descending != backwards
    nullable = queryset.model._meta.get_field(field).null
    rows_query = queryset.order_by(*_ordering(field, flipped=flipped, nulls_first=backwards, nullable=nullable))
    parts = [Q()] if position is None else _after(field, position, flipped, backwards=backwards, nullable=nullable)
    rows: list[Any] = []
    for part in parts:
        if len(rows) <= size:
            rows += rows_query.filter(part)[: size + 1 - len(rows)]
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, position is not None)
    return KeysetPage(
        rows=rows,
        next_cursor=_encode("n", rows[-1], field) if rows and has_next else "",
        previous_cursor=_encode("p", rows[0], field) if rows and has_previous else "",
    )


def ordering(model: type[Model], order: str) -> list[OrderBy]:
    """Return the whole order of `keyset_page`, for reading all rows as its pages show them."""
    descending, field = order.startswith("-"), order.removeprefix("-")
    return _ordering(field, flipped=descending, nulls_first=False, nullable=model._meta.get_field(field).null)


def bounded_count(queryset: QuerySet, limit: int = COUNT_LIMIT) -> tuple[int, bool]:
    """Return (count, True if there are more): never counts past `limit`."""
    found = queryset.order_by().values("pk")[: limit + 1].count()
    return min(found, limit), found > limit


def _ordering(field: str, *, flipped: bool, nulls_first: bool, nullable: bool) -> list[OrderBy]:
    # A plain order fits a plain index; the null clause is only for columns that need it.
    nulls = {"nulls_first" if nulls_first else "nulls_last": True} if nullable else {}
    return [F(field).desc(**nulls), F("pk").desc()] if flipped else [F(field).asc(**nulls), F("pk").asc()]


def _after(field: str, position: tuple[Any, int], flipped: bool, *, backwards: bool, nullable: bool) -> list[Q]:
    """Return what comes after the position, as parts to be read in turn: values and nulls.

    Read apart, each part begins at its own place in the index; one condition for both would read it from its beginning.
    """
    value, pk = position
    beyond = "lt" if flipped else "gt"
    if value is None:
        same = Q(**{f"{field}__isnull": True, f"pk__{beyond}": pk})
        return [same, Q(**{f"{field}__isnull": False})] if backwards else [same]
    # The outer bound lets the index start at the position; the alternative alone would read from the beginning.
    after = Q(**{f"{field}__{beyond}e": value}) & (
        Q(**{f"{field}__{beyond}": value}) | Q(**{field: value, f"pk__{beyond}": pk})
    )
    return [after] if backwards or not nullable else [after, Q(**{f"{field}__isnull": True})]


def _encode(direction: str, row: Any, field: str) -> str:
    value = getattr(row, field)
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return base64.urlsafe_b64encode(json.dumps([direction, value, row.pk]).encode()).decode().rstrip("=")


def _decode(cursor: str, queryset: QuerySet, field: str) -> tuple[bool, tuple[Any, int] | None]:
    if not cursor:
        return False, None
    try:
        direction, raw, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = None if raw is None else queryset.model._meta.get_field(field).to_python(raw)
        if direction not in ("n", "p") or not isinstance(pk, int):
            raise ValueError(direction)
    except Exception as error:
        raise Invalid(
            "This page address is not one of this list; start from its first page.", code="bad_cursor"
        ) from error
    return direction == "p", (value, pk)
