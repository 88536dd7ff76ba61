"""Dates as people and programs write them."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from babel import Locale

from accounts.rules.errors import Unreadable
from accounts.rules.places import NAMED_IN
from accounts.rules.texts import fold, shown


class DateOrder(StrEnum):
    """How a column writes its dates; ISO dates and month names are read in every order."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"
    UNIX = "unix"
    SERIAL = "serial"


_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_CLOCK = r"(?:[T\s,]+(?:at\s+)?\d{1,2}[:.h]\d{2}.*)?"
_THREE = re.compile(rf"(\d{{1,4}})\s*([-/.\s])\s*(\d{{1,2}})\s*\2\s*(\d{{1,4}})\.?{_CLOCK}", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_NAMED = re.compile(r"\d+|[^\W\d_]+")
_UNIX = re.compile(r"\d{9,10}(\.\d+)?|\d{12,13}")
_SERIAL = re.compile(r"\d{4,6}(\.\d+)?")
# A spreadsheet counts days from here, because it takes 1900 for a leap year.
_SERIAL_START = date(1899, 12, 30)
_SERIALS = range(1, 100_000)
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
# As POSIX strptime reads two digits.
_CENTURY_TURNS_AT = 69


@lru_cache(maxsize=32768)
def read_date(text: str, order: str = DateOrder.YEAR_FIRST) -> date:
    """Return the day, as it is written: a clock time and its zone are left aside; a Unix time is read in UTC.

    Raises Unreadable with the codes `not_a_date`, `other_date_order` and `date_out_of_range`.
    """
    word = text.strip()
    parts = _parts(word, order)
    if parts is None:
        raise Unreadable(f"{shown(text)} is not a date.", "not_a_date")
    try:
        found = parts if isinstance(parts, date) else date(*parts)
    except ValueError:
        raise Unreadable(f"There is no day {shown(text)}{_read_as(word, order)}.", _why_no_day(word, order)) from None
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise Unreadable(
            f"{shown(text)} is not between {EARLIEST_YEAR} and {LATEST_YEAR}.",
            "date_out_of_range",
        )
    return found


def date_clues(text: str) -> set[str]:
    """Return the orders in which this is a date; all three for an ISO date or a month's name, none for no date."""
    found = set()
    for order in DateOrder:
        try:
            read_date(text, order)
        except Unreadable:
            continue
        found.add(str(order))
    return found


def _parts(word: str, order: str) -> tuple[int, int, int] | date | None:
    iso = _ISO.match(word)
    if iso and (len(word) == 10 or word[10] in "T t,"):
        return int(iso[1]), int(iso[2]), int(iso[3])
    if order == DateOrder.UNIX:
        return _from_unix(word)
    if order == DateOrder.SERIAL:
        return _from_serial(word)
    three = _THREE.fullmatch(word)
    if three:
        return _ordered(three[1], three[3], three[4], order)
    compact = _COMPACT.fullmatch(word)
    if compact:
        return int(compact[1]), int(compact[2]), int(compact[3])
    return _with_month_name(word)


def _ordered(first: str, second: str, third: str, order: str) -> tuple[int, int, int] | None:
    if len(first) > 2:
        return (int(first), int(second), int(third)) if len(first) == 4 and len(third) <= 2 else None
    if len(third) == 3 or len(third) == 1:
        return None
    if order == DateOrder.YEAR_FIRST:
        return None
    day, month = (first, second) if order == DateOrder.DAY_FIRST else (second, first)
    return _full_year(third), int(month), int(day)


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < _CENTURY_TURNS_AT else 1900)


def _from_unix(word: str) -> date | None:
    if not _UNIX.fullmatch(word):
        return None
    seconds = float(word)
    return datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC).date()


def _from_serial(word: str) -> date | None:
    if not _SERIAL.fullmatch(word) or int(float(word)) not in _SERIALS:
        return None
    return _SERIAL_START + timedelta(days=int(float(word)))


def _with_month_name(word: str) -> tuple[int, int, int] | None:
    pieces = _NAMED.findall(word)
    months = [(place, _month_names().get(fold(piece))) for place, piece in enumerate(pieces) if not piece.isdigit()]
    named = [(place, month) for place, month in months if month]
    if len(named) != 1 or named[0][0] > 3:
        return None
    place, month = named[0]
    numbers = [piece for piece in pieces if piece.isdigit()]
    if len(numbers) < 2:
        return None
    first, second = numbers[0], numbers[1]
    if len(first) == 4 and place <= 1 and len(second) <= 2:
        return int(first), month, int(second)
    if len(first) <= 2 and len(second) in (2, 4):
        return _full_year(second), month, int(first)
    return None


def _read_as(word: str, order: str) -> str:
    if word[:4].isdigit():
        return ""
    return {DateOrder.DAY_FIRST: " with the day first", DateOrder.MONTH_FIRST: " with the month first"}.get(
        DateOrder(order), ""
    )


def _why_no_day(word: str, order: str) -> str:
    three = _THREE.fullmatch(word)
    swapped = {DateOrder.DAY_FIRST: DateOrder.MONTH_FIRST, DateOrder.MONTH_FIRST: DateOrder.DAY_FIRST}
    if three and order in swapped:
        parts = _ordered(three[1], three[3], three[4], swapped[DateOrder(order)])
        if parts and 1 <= parts[1] <= 12 and 1 <= parts[2] <= 31:
            return "other_date_order"
    return "not_a_date"


@lru_cache(maxsize=1)
def _month_names() -> dict[str, int]:
    """Return the month by every name and abbreviation; a name that means two months in two languages is left out."""
    found: dict[str, set[int]] = {}
    for language in NAMED_IN:
        months = Locale(language).months
        for use in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in months[use][width].items():
                    found.setdefault(fold(name), set()).add(month)
    return {name: months.pop() for name, months in found.items() if len(months) == 1} | {"sept": 9, "mrz": 3}
