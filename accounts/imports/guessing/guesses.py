"""The whole guess for a file: mapping, formats, and what a person should look at."""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from accounts.imports.fields import Field, Type
from accounts.imports.guessing.columns import Match, match_columns
from accounts.imports.guessing.formats import DateEvidence, MarkEvidence
from accounts.imports.guessing.profiles import Profile, profiles_of
from accounts.imports.headers import CENTS, words_of
from accounts.imports.reading import Exact, RawRow, Table
from accounts.rules import DateOrder, Unreadable, currency_code

SAMPLE_ROWS = 2_000
KIND_ROWS = 200
# A column or two are alike in files of every kind.
CLEARLY_MORE = 3
# Amounts under these names are in the smallest unit of the currency in the interfaces that use them.
_MINOR_NAMES = {
    ("plan", "amount"),
    ("unit", "amount"),
    ("price", "unit", "amount"),
    ("items", "price", "unit", "amount"),
}
_FORMS = {"dmy": "day first", "mdy": "month first", "ymd": "year first", "unix": "Unix time", "serial": "day numbers"}


@dataclass(frozen=True)
class Note:
    """Something about a column that a person should look at."""

    column: str
    text: str


@dataclass
class Guess:
    """Columns to fields, formats and a few values by column, and notes."""

    mapping: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=dict)


def guess(
    kind: str,
    table: Table,
    fields: Mapping[str, Field],
    *,
    mapping: Mapping[str, str] | None = None,
    remembered: Mapping[str, Any] | None = None,
) -> Guess:
    """Return what the header and the values say; with `mapping`, only the formats of its columns are guessed.

    Reads past the sample only for columns whose dates or numbers could still be read in two ways; such columns are
    read as `remembered` options say, where they do.
    """
    sample = table.sample(SAMPLE_ROWS)
    profiles = profiles_of(table.header, sample)
    found = Guess(examples={profile.name: profile.examples() for profile in profiles})
    if mapping is None:
        matches = match_columns(kind, profiles, fields)
        found.mapping = {
            profile.name: matches[profile.name].field.name for profile in profiles if profile.name in matches
        }
        found.notes += _notes_on_matches(matches.values())
    else:
        found.mapping = {column: name for column, name in mapping.items() if column in table.header and name in fields}
    _guess_formats(found, table, sample, fields, remembered or {})
    _guess_money(found, profiles, fields)
    return found


def likelier_kind(kind: str, table: Table, fields: Mapping[str, Mapping[str, Field]]) -> str:
    """Return another kind of which the columns tell clearly more, or nothing; `fields` are those of every kind.

    A file of subscriptions names its customers, so it could be read as customers too, each of them many times.
    """
    profiles = profiles_of(table.header, table.sample(KIND_ROWS))
    told = {
        other: sum(not match.by_values for match in match_columns(other, profiles, known).values())
        for other, known in fields.items()
    }
    best = max(told, key=lambda other: told[other])
    return best if told[best] >= told[kind] + CLEARLY_MORE else ""


def _notes_on_matches(matches: Iterable[Match]) -> list[Note]:
    notes = []
    for match in matches:
        if match.by_values:
            text = f"Taken for “{match.field.label}” because of its values; the name does not say so."
            notes.append(Note(match.profile.name, text))
        elif match.field.name == "tenure_months" and "months" not in words_of(match.profile.name):
            notes.append(Note(match.profile.name, "Taken for a number of months; please check."))
    return notes


def _guess_formats(
    found: Guess, table: Table, sample: list[RawRow], fields: Mapping[str, Field], remembered: Mapping[str, Any]
) -> None:
    dates, marks = {}, {}
    for column, name in found.mapping.items():
        position = table.header.index(column)
        if fields[name].has_dates:
            dates[position] = DateEvidence()
        elif fields[name].has_numbers:
            marks[position] = MarkEvidence(fields[name].type)
    evidence: dict[int, DateEvidence | MarkEvidence] = {**dates, **marks}
    _gather(evidence, sample)
    if any(one.is_ambiguous for one in evidence.values()) and len(sample) == SAMPLE_ROWS:
        unsure = {position: one for position, one in evidence.items() if one.is_ambiguous}
        with closing(table.rows(sample[-1].number + 1)) as rows:
            _gather(unsure, rows)
    _settle_dates(found, table.header, dates, remembered.get("date_order", {}))
    _settle_marks(found, table, marks, remembered.get("decimal_mark", {}))


def _gather(evidence: Mapping[int, DateEvidence | MarkEvidence], rows: Iterable[RawRow]) -> None:
    for row in rows:
        if row.problem:
            continue
        for position, one in evidence.items():
            cell = row.cells[position]
            # What a program wrote for a number has a decimal point, however people write them.
            if type(cell) is not Exact or isinstance(one, DateEvidence):
                one.add(cell.strip())


def _settle_dates(
    found: Guess, header: list[str], dates: Mapping[int, DateEvidence], remembered: Mapping[str, str]
) -> None:
    clear = Counter(one.best("") for one in dates.values() if one.total and not one.is_ambiguous)
    told = {order: count for order, count in clear.items() if order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST)}
    orders = {}
    for position, one in dates.items():
        column = header[position]
        likely = max(told, key=lambda order: told[order]) if told else _usual_order(one)
        orders[column] = str(one.best(remembered.get(column, likely)))
        if one.is_ambiguous:
            why = (
                "as last time" if column in remembered else "as in this file’s other dates" if told else "please check"
            )
            text = f"Dates such as {one.example} could have the day or the month first; read with the {{}}, {why}."
            found.notes.append(Note(column, text.format(_FORMS[orders[column]])))
    found.options["date_order"] = orders


def _usual_order(one: DateEvidence) -> str:
    """Return the order that is usual with these signs: the month comes first hardly anywhere but with slashes."""
    return DateOrder.MONTH_FIRST if one.slashes * 2 > one.total else DateOrder.DAY_FIRST


def _settle_marks(found: Guess, table: Table, marks: Mapping[int, MarkEvidence], remembered: Mapping[str, str]) -> None:
    clear = Counter(one.best("") for one in marks.values() if one.marked and not one.is_ambiguous)
    # Where a comma is the decimal mark, lists are separated by semicolons.
    default = clear.most_common(1)[0][0] if clear else "," if table.layout.delimiter == ";" else "."
    chosen = {}
    for position, one in marks.items():
        column = table.header[position]
        chosen[column] = one.best(remembered.get(column, default))
        if one.is_ambiguous:
            name = "comma" if chosen[column] == "," else "point"
            found.notes.append(
                Note(column, f"Numbers such as {one.example} can be read in two ways; read with a decimal {name}.")
            )
    found.options["decimal_mark"] = chosen


def _guess_money(found: Guess, profiles: list[Profile], fields: Mapping[str, Field]) -> None:
    by_name = {profile.name: profile for profile in profiles}
    money = [column for column, name in found.mapping.items() if fields[name].type == Type.MONEY]
    minor = []
    for column in money:
        words = words_of(column)
        texts = list(by_name[column].distinct)
        whole = bool(texts) and all(text.lstrip("-").isdigit() for text in texts)
        if CENTS & set(words):
            minor.append(column)
        elif words in _MINOR_NAMES and "." in column and whole:
            minor.append(column)
            found.notes.append(
                Note(column, "Taken for the smallest unit of the currency, such as cents; please check.")
            )
    found.options["minor_units"] = minor
    if money and "currency" not in found.mapping.values():
        named = {code for column in money for code in _currencies_in(column)}
        if len(named) == 1:
            found.options["currency"] = named.pop()


def _currencies_in(column: str) -> list[str]:
    """Return the currency that a column name such as “mrr_usd” or “Amount (EUR)” states."""
    codes = []
    for word in (
        column.replace("_", " ").replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").split()
    ):
        if len(word) == 3 and word.upper() not in ("MRR", "ARR", "ACV", "TOP", "ALL", "NET", "PER", "TRY"):
            try:
                codes.append(currency_code(word))
            except Unreadable:
                continue
        elif word in ("$", "€", "£"):
            codes.append(currency_code(word))
    return codes
