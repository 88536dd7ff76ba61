"""Text files: which encoding, which delimiter, and rows that survive stray quotation marks."""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from charset_normalizer import from_bytes

from accounts.imports.reading.errors import Refused
from accounts.imports.reading.kinds import SAVE_AS

PIECE = 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")
# Longer than any cell that means something; a record past it has a quotation mark that never closes.
MAX_RECORD = 1_000_000
MAX_REPAIRS = 1_000
SNIFFED_ROWS = 60

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The detector is asked among what spreadsheets of the various countries write; it wavers on short western texts.
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850", "shift_jis", "gb18030", "big5"]
WESTERN = "cp1252"
_HIGH = re.compile(rb"[^\x80-\xff]{0,60}[\x80-\xff]+[^\x80-\xff]{0,60}")
_CLUES = 64 * 1024
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\x0b\x0c\r"))
FEW_CONTROLS, MOST_CONTROLS = 20, 0.02
_ACCENT = re.compile(r"[À-ÖØ-öø-ÿŠšŽžŒœŸ€“”‘’–—…«»°§®©™ºª´£]")
_SIGN_IN_WORD = re.compile(r"(?<=\w)[¡-¦¨-¶¸-¿ƒ„†‡ˆ‰‹›˜•\ufffd](?=\w)|\ufffd")
_ACCENTS_IN_ROW = re.compile(r"[À-ÖØ-öø-ÿ]{3,}")

csv.field_size_limit(MAX_RECORD * 2)


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding: by its byte-order mark, as UTF-8 where it is (nearly) that, else the likeliest one."""
    head = file.read(PIECE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    wide = _wide(head)
    if wide:
        return wide
    if len(head) - len(head.translate(None, _CONTROLS)) > max(FEW_CONTROLS, MOST_CONTROLS * len(head)):
        raise Refused(f"This is not a text file. {SAVE_AS}", code="wrong_type")
    good, bad, clues = _utf8_share(head, file)
    # A few broken characters in a UTF-8 file cost their rows; another encoding would spoil every accent.
    if bad == 0 or good > 10 * bad:
        return "utf-8"
    if _reads_as_western(bytes(clues)):
        return WESTERN
    found = from_bytes(bytes(clues), cp_isolation=_LIKELY, threshold=0.6).best()
    return found.encoding if found is not None and found.encoding not in ("ascii", "utf_8") else WESTERN


def lines_of(file: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the lines with their ends; what cannot be decoded becomes U+FFFD, and a line is never over-long."""
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    while line := text.readline(MAX_RECORD + 1):
        if len(line) > MAX_RECORD:
            # The rest is read and dropped: the row is refused, those after it are not.
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = text.readline(MAX_RECORD)
        # A NUL means nothing in a text, and the database cannot hold one.
        yield line.replace("\x00", "")


def delimiter_of(lines: list[str]) -> str:
    """Return the delimiter that cuts these lines most evenly; a comma where there is one column only."""
    stated = re.match(r"^\ufeff?sep=(.)\s*$", lines[0]) if lines else None
    if stated:
        return stated[1]
    return max(DELIMITERS, key=lambda delimiter: (_evenness(lines, delimiter), -DELIMITERS.index(delimiter)))


def records_of(lines: Iterable[str], delimiter: str, width: int = 0) -> Iterator[tuple[list[str], str]]:
    """Yield (cells, problem) for every record, blank ones included; a problem means that the cells are not to be used.

    A quotation mark that never closes would swallow all that follows: its own line is given up, and reading goes on
    with the next one. `width` is the number of columns, by which a repaired record is judged.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    repairs = 0
    while True:
        feed.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _TooLong):
            repairs += 1
            if repairs > MAX_REPAIRS:
                raise Refused(
                    f"More than {MAX_REPAIRS:,} rows have quotation marks out of place. {SAVE_AS}", code="bad_quotes"
                ) from None
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            yield _repaired(feed, delimiter, width)
            continue
        if feed.is_repeat and width and cells and len(cells) != width:
            yield (
                cells,
                "This line follows a quotation mark that never closes and does not have a cell for each column.",
            )
        else:
            yield cells, ""


class _TooLong(Exception):
    pass


class _Feed:
    """Hands lines to the parser, remembers those of the record in hand and can hand them out again."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._size = 0
        self.taken: list[str] = []
        self.is_repeat = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        self.is_repeat = bool(self._again)
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_RECORD:
            raise _TooLong
        return line

    def begin(self) -> None:
        self.taken.clear()
        self._size = 0

    def take_back(self, lines: list[str]) -> None:
        self._again.extendleft(reversed(lines))


def _repaired(feed: _Feed, delimiter: str, width: int) -> tuple[list[str], str]:
    """Return the first line of a broken record, read leniently if that gives every column, and take back the rest."""
    first, rest = feed.taken[0], feed.taken[1:]
    feed.take_back(rest)
    if len(first) > MAX_RECORD:
        return [first[:200]], f"This row is longer than {MAX_RECORD:,} characters."
    if not rest:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        if width and len(cells) == width:
            return cells, ""
    return first.rstrip("\r\n").split(delimiter), "A quotation mark in this row is never closed or stands out of place."


def _wide(head: bytes) -> str:
    """Return the UTF-16 that a file without a mark is in, where every second byte is zero."""
    sample = head[: 2 * (len(head[:4000]) // 2)][:4000]
    if not sample:
        return ""
    even, odd = sample[0::2].count(0) / (len(sample) / 2), sample[1::2].count(0) / (len(sample) / 2)
    if odd > 0.6 and even < 0.1:
        return "utf-16-le"
    if even > 0.6 and odd < 0.1:
        return "utf-16-be"
    if even + odd > 0.6:
        raise Refused(f"This is not a text file. {SAVE_AS}", code="wrong_type")
    return ""


def _utf8_share(head: bytes, file: BinaryIO) -> tuple[int, int, bytearray]:
    """Return how many non-ASCII runs are UTF-8 and how many are not, and a sample of them with their surroundings."""
    good = bad = 0
    clues = bytearray()
    rest, piece = b"", head
    while piece or rest:
        block = rest + piece
        # A character may be cut at the end of a piece; it waits for the next one.
        keep = 0 if not piece else _cut(block)
        rest, block = (block[len(block) - keep :], block[: len(block) - keep]) if keep else (b"", block)
        if not block.isascii():
            more_good, more_bad = _runs(block, clues)
            good, bad = good + more_good, bad + more_bad
        if not piece:
            break
        piece = file.read(PIECE)
    return good, bad, clues


def _reads_as_western(clues: bytes) -> bool:
    """Tell whether the accents stand singly within words and no sign stands there, as in western languages."""
    text = clues.decode(WESTERN, errors="replace")
    accents = len(_ACCENT.findall(text))
    odd = len(_SIGN_IN_WORD.findall(text)) + len(_ACCENTS_IN_ROW.findall(text))
    return accents + odd == 0 or odd * 10 <= accents


def _cut(block: bytes) -> int:
    for length in range(1, min(4, len(block)) + 1):
        byte = block[-length]
        if byte >= 0xC0:
            return length
        if byte < 0x80:
            return 0
    return 0


def _runs(block: bytes, clues: bytearray) -> tuple[int, int]:
    good = bad = 0
    try:
        block.decode("utf-8")
        return 1 + block.count(b"\xc3"), 0
    except UnicodeDecodeError:
        pass
    for run in _HIGH.finditer(block):
        high = bytes(byte for byte in run[0] if byte >= 0x80)
        try:
            high.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
        if len(clues) < _CLUES:
            clues += run[0] + b"\n"
    return good, bad


def _evenness(lines: list[str], delimiter: str) -> float:
    """Return how many cells the delimiter cuts evenly: columns times the rows that have just so many."""
    try:
        records = [cells for cells, problem in records_of(lines[:SNIFFED_ROWS], delimiter) if cells and not problem]
    except Refused:
        return 0
    widths = Counter(len(cells) for cells in records)
    if not widths:
        return 0
    width, count = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    return (width - 1) * (count / len(records)) ** 3
