"""A table: its header, and its rows as often as they are asked for."""

import json
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from typing import IO, NamedTuple

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.kinds import XLSX
from accounts.imports.reading.layout import Layout
from accounts.imports.reading.sheets import Exact, sheet_rows
from accounts.imports.reading.sources import Source
from accounts.imports.reading.texts import lines_of, records_of

__all__ = ["Exact", "RawRow", "Table"]


class RawRow(NamedTuple):
    """A row as it stands in the file; `number` counts as a spreadsheet does, `problem` says why it can't be used."""

    number: int
    cells: list[str]
    problem: str


class Table:
    """The rows under the header, one in memory at a time.

    Reading a workbook is slow, so its first full pass leaves a copy in a temporary file for the passes after it.
    """

    def __init__(self, source: Source, layout: Layout, *, max_rows: int) -> None:
        self.source = source
        self.layout = layout
        self.header = list(layout.header)
        self._max_rows = max_rows
        self._copy: IO[str] | None = None

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            self._copy.close()

    def rows(self, start: int = 0) -> Generator[RawRow, None, None]:
        """Yield the rows with data from row number `start` on; raise Refused past the most rows that are accepted."""
        for count, row in enumerate(self._all(), start=1):
            if count > self._max_rows:
                raise Refused(
                    f"This file has more than {self._max_rows:,} rows. Split it and import the parts.",
                    code="too_many_rows",
                )
            if row.number >= start:
                yield row

    def sample(self, size: int) -> list[RawRow]:
        """Return the first rows."""
        with closing(self.rows()) as rows:
            return list(islice(rows, size))

    def _all(self) -> Iterator[RawRow]:
        if self.layout.type != XLSX:
            yield from self._from_text()
        elif self._copy is not None:
            yield from self._from_copy(self._copy)
        else:
            yield from self._from_sheet()

    def _from_text(self) -> Iterator[RawRow]:
        width = len(self.header)
        with self.source.open() as file:
            lines = lines_of(file, self.layout.encoding)
            records = records_of(lines, self.layout.delimiter, width)
            for number, (cells, problem) in enumerate(records, start=1):
                if number > self.layout.header_row and (problem or any(cells)):
                    yield self._row(number, cells, problem)

    def _from_sheet(self) -> Iterator[RawRow]:
        copy = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the table
        try:
            with self.source.open() as file:
                for number, cells in enumerate(sheet_rows(file, self.layout.sheet), start=1):
                    if number > self.layout.header_row and any(cells):
                        kept = [[cell] if type(cell) is Exact else cell for cell in cells]
                        copy.write(json.dumps([number, kept], ensure_ascii=True) + "\n")
                        yield self._row(number, cells, "")
        except BaseException:
            copy.close()
            raise
        self._copy = copy

    def _from_copy(self, copy: IO[str]) -> Iterator[RawRow]:
        copy.seek(0)
        while line := copy.readline():
            number, cells = json.loads(line)
            yield self._row(number, [Exact(cell[0]) if isinstance(cell, list) else cell for cell in cells], "")

    def _row(self, number: int, cells: list[str], problem: str) -> RawRow:
        width = len(self.header)
        if not problem and len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                return RawRow(number, cells, f"This row has {len(cells)} cells, but the header has {width}.")
            cells = cells[:width]
        elif len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        return RawRow(number, cells, problem)
