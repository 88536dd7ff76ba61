"""What kind of file the first bytes show, and a clear refusal of what cannot be imported."""

import re
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.sources import seekable

CSV, XLSX = "csv", "xlsx"
SAVE_AS = "Save it as CSV or as an Excel workbook (.xlsx) and choose that file."

# The first bytes by which common files are known; each with what to say of it.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "This is a PDF document."),
    (b"\x89PNG", "This is an image."),
    (b"\xff\xd8\xff", "This is an image."),
    (b"GIF8", "This is an image."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a file of an old Office version, such as .xls, or a protected one."),
    (b"\x1f\x8b", "This is a packed file (gzip); unpack it first."),
    (b"7z\xbc\xaf", "This is a packed file (7-Zip); unpack it first."),
    (b"Rar!", "This is a packed file (RAR); unpack it first."),
    (b"BZh", "This is a packed file (bzip2); unpack it first."),
    (b"PAR1", "This is a Parquet file."),
    (b"SQLite format 3", "This is a database file."),
    (b"{\\rtf", "This is a text document (RTF)."),
    (b"\x7fELF", "This is a program."),
    (b"MZ\x90", "This is a program."),
)
_MARKUP = (
    (b"<!doctype html", "This is a web page, not a table; perhaps a login page was saved instead of the export."),
    (b"<html", "This is a web page, not a table; perhaps a login page was saved instead of the export."),
    (b"<?xml", "This is an XML file."),
    (b"<workbook", "This is an XML file."),
)
_IN_ZIP = (
    ("xl/workbook.bin", "This is a binary Excel workbook (.xlsb)."),
    ("word/document.xml", "This is a Word document."),
    ("ppt/presentation.xml", "This is a presentation."),
    ("content.xml", "This is an OpenDocument file."),
)
_JSON = re.compile(rb'\[?\s*\{\s*("|\})')
# An entry that unpacks to more than this many times its size, and to much, is a bomb and no spreadsheet.
MAX_RATIO = 200
HARMLESS_BYTES = 20 * 1024 * 1024
MAX_ENTRIES = 5_000
# The texts of a workbook stand together in one part, which is held in memory while its rows are read.
MAX_STRINGS = 100 * 1024 * 1024


def kind_of(head: bytes, open_file: Callable[[], BinaryIO], *, max_unpacked: int) -> str:
    """Return "csv" or "xlsx" for a file that starts with `head`; raise Refused for anything else."""
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Refused("This file is empty.", code="empty_file")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with open_file() as file, seekable(file) as copy:
            _ensure_workbook(copy, max_unpacked=max_unpacked)
        return XLSX
    for magic, sentence in _FOREIGN:
        if head.startswith(magic):
            raise Refused(f"{sentence} {SAVE_AS}", code="wrong_type")
    start = head[:400].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, sentence in _MARKUP:
        if start.startswith(magic):
            raise Refused(f"{sentence} {SAVE_AS}", code="wrong_type")
    if _JSON.match(start):
        raise Refused(f"This is a JSON file. {SAVE_AS}", code="wrong_type")
    return CSV


def _ensure_workbook(file: BinaryIO, *, max_unpacked: int) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Refused(
            "This file starts like an Excel workbook but is damaged or cut off. Export it again.", code="damaged"
        ) from None
    if "xl/workbook.xml" not in names:
        said = next((sentence for name, sentence in _IN_ZIP if name in names), "This is a packed file (zip).")
        raise Refused(f"{said} {SAVE_AS}", code="wrong_type")
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > max_unpacked:
        raise Refused(
            f"This workbook unpacks to {unpacked / 1_000_000:,.0f} MB, more than the {max_unpacked / 1_000_000:,.0f} "
            "MB that are accepted. Split it, or save the sheet as CSV.",
            code="too_large",
        )
    if any(entry.filename == "xl/sharedStrings.xml" and entry.file_size > MAX_STRINGS for entry in entries):
        raise Refused(
            "This workbook holds more text than can be read at once. Save the sheet as CSV.", code="too_large"
        )
    for entry in entries:
        if entry.file_size > HARMLESS_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise Refused(
                "This workbook unpacks to far more than any real table would. Save the sheet as CSV.",
                code="too_large",
            )
