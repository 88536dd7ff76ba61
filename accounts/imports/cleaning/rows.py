"""What becomes of a row."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """What is wrong, or odd, in a cell of a row; `column` is empty where the whole row is meant."""

    column: str
    code: str
    text: str


@dataclass(frozen=True)
class Reference:
    """How a row names the customer it belongs to; the first that is known counts."""

    external_id: str = ""
    name: str = ""
    domain: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether the row names no customer at all."""
        return not (self.external_id or self.name or self.domain or self.email)


@dataclass(slots=True)
class CleanRow:
    """A row that can be stored.

    `facts` are written in any case, `on_create` only where the row makes a new object, `hints` depend on what is
    stored already.
    """

    number: int
    cells: list[str]
    facts: dict[str, Any]
    on_create: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, Any] = field(default_factory=dict)
    customer: Reference | None = None
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Rejection:
    """A row that stays out, with every reason found."""

    number: int
    cells: list[str]
    problems: list[Problem]


class RowProblems(Exception):
    """What a row's values cannot be together."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems[0].text)
        self.problems = list(problems)
