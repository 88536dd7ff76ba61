"""Numbers and amounts of money, written with a decimal point or a decimal comma."""

import re
from decimal import Decimal, InvalidOperation

from accounts.rules.errors import Unreadable
from accounts.rules.texts import shown
from accounts.rules.words import currency_code

_SPACE = str.maketrans("", "", " \u00a0\u2007\u2009\u202f'’_")
_PLAIN = re.compile(r"-?\d{1,15}(\.\d+)?")
_EXPONENT = re.compile(r"[+-]?\d{1,15}(\.\d+)?[eE][+-]?\d{1,2}")
# Groups of three, or of two before the last three as India writes them.
_GROUPED = {
    ".": re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?|\d{1,2}(,\d{2})+,\d{3}(\.\d*)?|\d+(\.\d*)?|\.\d+"),
    ",": re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?|\d+(,\d*)?|,\d+"),
}
_AMOUNT = re.compile(r"^(?P<before>[^\d.,()+-]*)(?P<number>[\d.,\s\u00a0\u2007\u2009\u202f'’_]+)(?P<after>[^\d]*)$")
_MINUS = str.maketrans("−–", "--")


def read_number(text: str, decimal_mark: str = ".") -> Decimal:
    """Return the number; grouping is checked, so that 1.234 with a decimal comma is 1234 and 1.23 is refused.

    Raises Unreadable with the codes `not_a_number` and `other_decimal_mark`.
    """
    if decimal_mark == "." and _PLAIN.fullmatch(text):
        return Decimal(text)
    bare = text.translate(_MINUS).translate(_SPACE)
    if _EXPONENT.fullmatch(bare):
        return Decimal(bare)
    sign, digits = _without_sign(bare)
    if not _GROUPED[decimal_mark].fullmatch(digits):
        other = "," if decimal_mark == "." else "."
        if _GROUPED[other].fullmatch(digits):
            raise Unreadable(
                f"{shown(text)} looks written with a decimal {_NAME[other]}, but this column is read with a "
                f"decimal {_NAME[decimal_mark]}.",
                "other_decimal_mark",
            )
        raise Unreadable(f"{shown(text)} is not a number.", "not_a_number")
    plain = digits.replace("," if decimal_mark == "." else ".", "").replace(decimal_mark, ".")
    try:
        return Decimal(sign + plain)
    except InvalidOperation:
        raise Unreadable(f"{shown(text)} is not a number.", "not_a_number") from None


def read_whole_number(text: str, decimal_mark: str = ".", *, largest: int = 2_147_483_647) -> int:
    """Return a whole number from 0 to `largest` (the database's integer); “12.0” is 12."""
    number = read_number(text, decimal_mark)
    if number != int(number):
        raise Unreadable(f"{shown(text)} is not a whole number.", "not_whole")
    if not 0 <= number <= largest:
        raise Unreadable(f"{shown(text)} is not between 0 and {largest:,}.", "out_of_range")
    return int(number)


def read_amount(text: str, decimal_mark: str = ".") -> tuple[Decimal, str]:
    """Return an amount of money and the currency written beside it, or an empty text where none is."""
    if decimal_mark == "." and _PLAIN.fullmatch(text):
        return Decimal(text), ""
    bare = text.strip().translate(_MINUS)
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        negative, bare = True, bare[1:-1].strip()
    elif bare.startswith("-"):
        negative, bare = True, bare[1:].strip()
    found = _AMOUNT.match(bare)
    if found is None:
        number, currency = read_number(bare, decimal_mark), ""
    else:
        before, after = found["before"].strip(), found["after"].strip()
        if after.endswith("-"):
            negative, after = True, after[:-1].strip()
        currency = _one_currency(text, before, after)
        number = read_number(found["number"].strip(), decimal_mark)
    return (-number if negative else number), currency


def decimal_mark_clues(text: str) -> str:
    """Return the marks this number can be read with: ".", ",", ".," where both fit, or nothing where it is none."""
    bare = "".join(c for c in text.translate(_MINUS).translate(_SPACE) if c in "0123456789.,")
    if not any(c.isdigit() for c in bare):
        return ""
    return "".join(mark for mark in ".," if _GROUPED[mark].fullmatch(bare))


_NAME = {".": "point", ",": "comma"}


def _without_sign(bare: str) -> tuple[str, str]:
    if bare.startswith("(") and bare.endswith(")"):
        return "-", bare[1:-1]
    if bare[:1] in ("-", "+"):
        return ("-" if bare[0] == "-" else ""), bare[1:]
    return ("-", bare[:-1]) if bare.endswith("-") else ("", bare)


def _one_currency(text: str, before: str, after: str) -> str:
    # “12,-” and “12.—” are how whole amounts are written in some countries.
    marks = [mark.strip(" -—–.") or "" for mark in (before, after)]
    named = [currency_code(mark) for mark in marks if mark]
    if len(set(named)) > 1:
        raise Unreadable(f"{shown(text)} names two currencies.", "two_currencies")
    return named[0] if named else ""
