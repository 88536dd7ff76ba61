"""Writing rows of a list into a file, a piece at a time: CSV as spreadsheets read it, or XLSX."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from accounts.models import Stage, Tier
from core.errors import Invalid
from workspace.lists import Column, Row

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# ECMA-376: the rows that a sheet has.
SHEET_ROWS = 1_048_576
# What a spreadsheet takes for the beginning of a formula; also after the blanks that it skips.
FORMULA = re.compile(r"^\s*[=+\-@\t\r]")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Cell = str | int | float | Decimal | date | None


def plain_text(text: str) -> str:
    """Return the text so that a spreadsheet shows it and never computes it."""
    text = CONTROLS.sub("", text)
    return f"'{text}" if FORMULA.match(text) else text


def heading(column: Column, currency: str) -> str:
    """Return a column's head; amounts name their currency, times their unit."""
    if column.kind == "money":
        return plain_text(f"{column.label} ({currency})")
    return plain_text(column.label)


def cell(column: Column, row: Row) -> Cell:
    """Return what stands in a cell: a number, a day, or text that is no formula."""
    value = column.value(row)
    if value is None or value == "":
        return None
    return PRINTED.get(column.kind, _plain)(value)


def _plain(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).date()
    return value if isinstance(value, date) else plain_text(str(value))


def _iso_day(value: Any) -> Cell:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return plain_text(str(value))


PRINTED: dict[str, Callable[[Any], Cell]] = {
    "tier": lambda value: Tier(value).label,
    "stage": lambda value: Stage(value).label,
    "tags": lambda value: plain_text(", ".join(value)),
    "hours_left": lambda value: None if value.left is None else round(Decimal(value.left - value.over) / 60, 2),
    "iso_day": _iso_day,
}


def write_csv(target: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write UTF-8 with a byte order mark, by which spreadsheets know the encoding."""
    writer = csv.writer(_Encoded(target))
    target.write(b"\xef\xbb\xbf")
    writer.writerow(head)
    for row in rows:
        writer.writerow(["" if value is None else _decimal_text(value) for value in row])


def write_xlsx(target: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Write a workbook of one sheet; raises Invalid where the sheet has too few rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Customers")
    sheet.freeze_panes = "B2"
    bold = []
    for text in head:
        bold.append(WriteOnlyCell(sheet, value=text))
        bold[-1].font = Font(bold=True)
    sheet.append(bold)
    for number, row in enumerate(rows, start=2):
        if number > SHEET_ROWS:
            raise Invalid("A sheet has no room for so many rows; export as CSV or narrow the list.", code="too_many")
        sheet.append(row)
    book.save(target)


WRITERS: dict[str, Callable[[IO[bytes], Sequence[str], Iterable[Sequence[Cell]]], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
}


def _decimal_text(value: Cell) -> Any:
    # Stored with four decimals; nobody wants to read 100.0000.
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class _Encoded:
    """Lets the csv module, which writes text, write bytes."""

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target

    def write(self, text: str) -> int:
        return self.target.write(text.encode())
