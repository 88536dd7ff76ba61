"""How a file is laid out: found out once, corrected by a person where need be."""

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.kinds import CSV, XLSX, kind_of
from accounts.imports.reading.sheets import sheet_names, sheet_rows
from accounts.imports.reading.sources import Source
from accounts.imports.reading.texts import SNIFFED_ROWS, delimiter_of, encoding_of, lines_of, records_of
from accounts.rules import clean_text

HEAD = 8192
# A title or two may stand above the header.
HEADER_WITHIN = 12
MAX_COLUMNS = 500
HEADER_LENGTH = 100


@dataclass(frozen=True)
class Layout:
    """The file's type, encoding and delimiter or sheet, and where its header stands."""

    type: str
    header: tuple[str, ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 1


@dataclass(frozen=True)
class Limits:
    """The largest file that is accepted, as it lies there and unpacked, in bytes."""

    size: int
    unpacked: int


def inspect(
    source: Source,
    *,
    limits: Limits,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int = 0,
) -> Layout:
    """Return the file's layout, keeping what is given; raise Refused for a file that holds no table."""
    if source.size > limits.size:
        raise Refused(
            f"This file has {source.size / 1_000_000:,.0f} MB; at most {limits.size / 1_000_000:,.0f} MB are accepted. "
            "Split it and import the parts.",
            code="too_large",
        )
    with source.open() as file:
        head = file.read(HEAD)
    if kind_of(head, source.open, max_unpacked=limits.unpacked) == XLSX:
        return _workbook(source, sheet, header_row)
    return _text_file(source, encoding, delimiter, header_row)


def _text_file(source: Source, encoding: str, delimiter: str, header_row: int) -> Layout:
    if not encoding:
        with source.open() as file:
            encoding = encoding_of(file)
    try:
        with source.open() as file:
            lines = list(islice(lines_of(file, encoding), SNIFFED_ROWS))
    except (LookupError, UnicodeError) as error:
        raise Refused(f"This file cannot be read as {encoding}.", code="wrong_encoding") from error
    delimiter = delimiter or delimiter_of(lines)
    first = [cells for cells, _ in records_of(lines, delimiter)]
    if first and first[0][:1] == ["sep="]:
        first[0] = []
    header_row = header_row or _header_row(first)
    return Layout(
        type=CSV,
        header=_names(first, header_row),
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
    )


def _workbook(source: Source, sheet: str, header_row: int) -> Layout:
    with source.open() as file:
        sheets = sheet_names(file)
    if not sheets:
        raise Refused("This workbook has no sheet with cells.", code="empty_file")
    first: list[list[str]] = []
    for name in [sheet] if sheet else sheets:
        sheet = name
        with source.open() as file, closing(sheet_rows(file, name)) as rows:
            first = list(islice(rows, SNIFFED_ROWS))
        if any(any(row) for row in first):
            break
    header_row = header_row or _header_row(first)
    return Layout(
        type=XLSX,
        header=_names(first, header_row),
        sheet=sheet,
        sheets=tuple(sheets),
        header_row=header_row,
    )


def _header_row(rows: list[list[str]]) -> int:
    """Return the number of the first row that is as wide as the table; titles above it are narrower."""
    widths = [sum(1 for cell in row if cell.strip()) for row in rows]
    filled = [width for width in widths if width]
    if not filled:
        return 1
    usual = Counter(filled).most_common(1)[0][0]
    for number, width in enumerate(widths[:HEADER_WITHIN], start=1):
        if width and (width >= usual or (width > 1 and width * 2 > usual)):
            return number
    return next(number for number, width in enumerate(widths, start=1) if width)


def _names(rows: list[list[str]], header_row: int) -> tuple[str, ...]:
    """Return the column names, each once: an empty one gets its number, a repeated one a count."""
    cells = [clean_text(cell[: HEADER_LENGTH * 4], HEADER_LENGTH * 4)[:HEADER_LENGTH] for cell in _at(rows, header_row)]
    while cells and not cells[-1]:
        cells.pop()
    if not cells:
        raise Refused("This file has no header: its first row should name the columns.", code="no_header")
    if len(cells) > MAX_COLUMNS:
        raise Refused(f"This file has {len(cells):,} columns; at most {MAX_COLUMNS} are accepted.", code="too_wide")
    taken: set[str] = set()
    names = []
    for number, cell in enumerate(cells, start=1):
        name, count = cell or f"Column {number}", 1
        while name in taken:
            count += 1
            name = f"{cell or f'Column {number}'} ({count})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def _at(rows: list[list[str]], number: int) -> list[str]:
    return rows[number - 1] if 0 < number <= len(rows) else []
