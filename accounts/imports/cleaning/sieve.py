"""The sieve: every row of the file goes through it once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.imports.cleaning import contacts, customers, subscriptions
from accounts.imports.cleaning.chosen import Chosen
from accounts.imports.cleaning.readers import KEEP, Choices, Reader, empty_of, exact_reader_for, reader_for
from accounts.imports.cleaning.rows import CleanRow, Problem, Rejection, RowProblems
from accounts.imports.fields import Field, Type
from accounts.imports.reading import Exact, RawRow
from accounts.imports.values import LONGEST_NOTHING, is_dash, is_empty
from accounts.rules import Unreadable

_FINISH: dict[str, Callable[..., CleanRow]] = {
    "customers": customers.finish,
    "contacts": contacts.finish,
    "subscriptions": subscriptions.finish,
}
# Where these cannot be read, it is not known whom the row is about or what it is worth.
_ALWAYS_NEEDED = frozenset(
    ("external_id", "customer_external_id", "email", "starts_on", "mrr", "arr", "amount", "unit_amount", "billing")
)
_UNDECODED = "This cell has characters that cannot be read in the file’s encoding."
_DASH_IS_EMPTY = frozenset((Type.DATE, Type.COUNT, Type.NUMBER, Type.MONEY, Type.EMAIL, Type.DOMAIN, Type.COUNTRY))


@dataclass(slots=True)
class _Column:
    position: int
    name: str
    column: str
    read: Reader
    read_exact: Reader
    empty: Any
    dash_is_empty: bool


class Sieve:
    """Turns raw rows into clean rows or rejections; one for each job, as it holds what was chosen for the columns."""

    def __init__(
        self,
        kind: str,
        header: list[str],
        mapping: Mapping[str, str],
        fields: Mapping[str, Field],
        choices: Choices,
        *,
        today: date,
    ) -> None:
        self._chosen = Chosen({name: column for column, name in mapping.items()}, choices, today)
        # In the order of the file, in which a person looks for what is wrong.
        self._columns = [
            _column(position, column, fields[mapping[column]], choices)
            for position, column in enumerate(header)
            if column in mapping
        ]
        self._finish = _FINISH[kind]

    def sift(self, row: RawRow) -> CleanRow | Rejection:
        """Return the clean row, or the rejection with every problem of the row."""
        if row.problem:
            return Rejection(row.number, row.cells, [Problem("", "unreadable_row", row.problem)])
        values, problems, warnings = self._read(row)
        if problems:
            return Rejection(row.number, row.cells, problems)
        try:
            clean = self._finish(row, values, self._chosen)
        except RowProblems as found:
            return Rejection(row.number, row.cells, found.problems)
        clean.warnings = warnings + clean.warnings
        return clean

    def _read(self, row: RawRow) -> tuple[dict[str, Any], list[Problem], list[Problem]]:
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        warnings: list[Problem] = []
        cells = row.cells
        # Every cell of the file comes by here, so what is asked of it is asked in place.
        for column in self._columns:
            cell = cells[column.position]
            text = cell.strip()
            if not text or (len(text) <= LONGEST_NOTHING and self._is_empty(column, text)):
                if column.empty is not KEEP:
                    values[column.name] = column.empty
                continue
            try:
                if not text.isascii() and "\ufffd" in text:
                    raise Unreadable(_UNDECODED, "bad_encoding")
                value = (column.read_exact if type(cell) is Exact else column.read)(text)
                # Nothing is left of a text that was all control characters.
                if value != "":
                    values[column.name] = value
            except Unreadable as problem:
                if self._chosen.choices.blanks_bad_values and column.name not in _ALWAYS_NEEDED:
                    told = f"{problem.message} It was left out."
                    warnings.append(Problem(column.column, problem.code, told))
                else:
                    problems.append(Problem(column.column, problem.code, problem.message))
        return values, problems, warnings

    @staticmethod
    def _is_empty(column: _Column, text: str) -> bool:
        return is_empty(text) or (column.dash_is_empty and is_dash(text))


def _column(position: int, column: str, field: Field, choices: Choices) -> _Column:
    return _Column(
        position=position,
        name=field.name,
        column=column,
        read=reader_for(field, column, choices),
        read_exact=exact_reader_for(field, column, choices),
        empty=empty_of(field) if choices.clears else KEEP,
        dash_is_empty=field.type in _DASH_IS_EMPTY,
    )
