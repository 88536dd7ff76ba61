"""What all targets share: rows find their object or make one, and changes add up in memory before they are written."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.db import models

from accounts.imports.cleaning import CleanRow, Problem, Rejection
from accounts.imports.targets import tables
from accounts.models import User

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
Changes = dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Aim:
    """What a target must know of the import that it serves; a dry run has no job."""

    today: date
    currency: str
    column_of: Mapping[str, str] = field(default_factory=dict)
    job_id: int | None = None
    actor: User | None = None
    file_name: str = ""


@dataclass(eq=False)
class Record:
    """An object as it was stored and as the rows make it; a new one has no `before` and gets its id when written."""

    id: int
    values: dict[str, Any]
    before: dict[str, Any] | None = None

    @property
    def changes(self) -> Changes:
        """Return what differs from what was stored: for each column the old and the new value."""
        if self.before is None:
            return {}
        return {name: (old, self.values[name]) for name, old in self.before.items() if self.values[name] != old}


@dataclass
class Outcome:
    """What became of a set of rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[tuple[int, Problem]] = field(default_factory=list)
    applied: list[tuple[CleanRow, Record]] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Take in what became of other rows."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.rejections += other.rejections
        self.warnings += other.warnings
        self.applied += other.applied


class RowRefused(Exception):
    """That a row does not fit what is stored."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class Target(ABC):
    """One kind of object that is imported; an instance serves one set of rows and is then thrown away."""

    model: ClassVar[type[models.Model]]
    table: ClassVar[str]
    columns: ClassVar[dict[str, str]]
    # What a new object holds where the file says nothing.
    defaults: ClassVar[dict[str, Any]]
    # What a new object holds besides, the same in every one.
    constants: ClassVar[dict[str, Any]] = {}
    added_kind: ClassVar[str]
    edited_kind: ClassVar[str]
    # What is changed together must be locked together; each kind has a lock of its own.
    lock_number: ClassVar[int]

    def __init__(self, aim: Aim, *, lock: bool) -> None:
        self.aim = aim
        self.lock = lock
        self.records: dict[int, Record] = {}
        self.new: list[Record] = []

    @abstractmethod
    def load(self, rows: list[CleanRow]) -> None:
        """Read, in a fixed number of queries, all that is stored of what these rows may be about."""

    @abstractmethod
    def locate(self, row: CleanRow) -> Record | None:
        """Return the object that the row is about, None for a new one; raise RowRefused."""

    @abstractmethod
    def create(self, row: CleanRow) -> Record:
        """Return a new object as the row describes it; raise RowRefused where it does not say enough."""

    @classmethod
    @abstractmethod
    def title(cls, values: Mapping[str, Any]) -> str:
        """Return what the timeline calls the object."""

    @abstractmethod
    def customer_of(self, record: Record) -> int:
        """Return the id of the customer on whose timeline the object's story is told."""

    def change(self, record: Record, row: CleanRow) -> None:
        """Change the object as the row says; raise RowRefused where that cannot be."""
        record.values |= row.facts

    def settle(self) -> None:  # noqa: B027 - most targets have nothing to settle
        """Finish objects that refer to new ones, which have their ids by now."""

    def check(self, written: list[Record]) -> dict[int, Problem]:
        """Return, by id, what is wrong with objects now that all of them are stored."""
        return {}

    def about(self, record: Record) -> dict[str, Any]:
        """Return what the timeline entry says it is about, nothing for the customer itself."""
        return {}

    def problem(self, name: str, code: str, text: str) -> Problem:
        """Return a problem of the column that is mapped to the field."""
        return Problem(self.aim.column_of.get(name, ""), code, text)

    def remember(self, id_: int, values: dict[str, Any]) -> Record:
        """Return the one record of a stored object."""
        return self.records.setdefault(id_, Record(id_, dict(values), values))

    def stored(self, where: str, params: list[Any]) -> list[Record]:
        """Return the records of the stored objects that fit."""
        rows = tables.select(self.table, {"id": "bigint", **self.columns}, where, params, lock=self.lock)
        return [self.remember(row[0], dict(zip(self.columns, row[1:], strict=True))) for row in rows]

    def apply(self, rows: list[CleanRow]) -> Outcome:
        """Return what the rows come to, one after the other; nothing is written."""
        self.load(rows)
        outcome = Outcome()
        steps: list[tuple[CleanRow, Record, str]] = []
        for row in rows:
            try:
                steps.append((row, *self._apply_row(row)))
            except RowRefused as refused:
                outcome.rejections.append(Rejection(row.number, row.cells, [refused.problem]))
        for row, record, step in steps:
            # Rows of which one undoes the other's changes come to nothing.
            is_as_before = record.before is not None and not record.changes
            step = UNCHANGED if is_as_before else step
            setattr(outcome, step, getattr(outcome, step) + 1)
            outcome.applied.append((row, record))
            outcome.warnings += [(row.number, warning) for warning in row.warnings]
        return outcome

    def _apply_row(self, row: CleanRow) -> tuple[Record, str]:
        record = self.locate(row)
        if record is None:
            record = self.create(row)
            self.new.append(record)
            return record, CREATED
        held = dict(record.values)
        try:
            self.change(record, row)
        except RowRefused:
            record.values = held
            raise
        return record, UNCHANGED if record.values == held else UPDATED
