"""Excel workbooks: rows of a sheet, as texts."""

import warnings
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.sources import seekable


class Exact(str):
    """A text that a program wrote for a number: always with a decimal point, whatever the column's other cells do."""

    __slots__ = ()


def sheet_names(file: BinaryIO) -> list[str]:
    """Return the names of the sheets that can hold rows."""
    with _workbook(file) as book:
        return [sheet.title for sheet in book.worksheets]


def sheet_rows(file: BinaryIO, sheet: str) -> Generator[list[str], None, None]:
    """Yield every row of the sheet as texts, blank ones included; raise Refused for a damaged workbook."""
    with _workbook(file) as book:
        if sheet not in book.sheetnames:
            raise Refused(f"This workbook has no sheet “{sheet}”; it has {', '.join(book.sheetnames)}.")
        page = book[sheet]
        # The stated dimensions are often wrong; without them every row is read as far as it goes.
        page.reset_dimensions()
        for row in page.iter_rows(values_only=True):
            yield [_text(value) for value in row]


@contextmanager
def _workbook(file: BinaryIO) -> Iterator[Any]:
    with seekable(file) as copy:
        book = None
        try:
            with warnings.catch_warnings():
                # openpyxl warns of styles and validations that mean nothing here.
                warnings.simplefilter("ignore", UserWarning)
                book = load_workbook(copy, read_only=True, data_only=True, keep_links=False)
                yield book
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, ParseError, EOFError, OSError) as error:
            raise Refused(
                f"This workbook is damaged ({type(error).__name__}). Open and save it again, or save it as CSV.",
                code="damaged",
            ) from error
        finally:
            if book is not None:
                book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else _storable(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return Exact(value)
    if isinstance(value, float):
        return Exact(int(value)) if value.is_integer() and abs(value) < 1e15 else Exact(_decimal(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else ""


def _storable(text: str) -> str:
    """Return the text without what the database cannot hold: NULs, and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _decimal(value: float) -> str:
    # Fifteen digits are what a spreadsheet shows; more are the dust of binary fractions.
    return f"{value:.15g}" if "e" not in f"{value:.15g}" else f"{value:.20f}".rstrip("0").rstrip(".")
