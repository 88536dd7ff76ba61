"""What holds for every row of a file."""

from dataclasses import dataclass
from datetime import date

from accounts.imports.cleaning.readers import Choices
from accounts.imports.cleaning.rows import Problem


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns by the field that each is mapped to, how they are read, and the company's day."""

    column_of: dict[str, str]
    choices: Choices
    today: date

    def problem(self, name: str, code: str, text: str) -> Problem:
        """Return a problem of the column that is mapped to a field."""
        return Problem(self.column_of.get(name, ""), code, text)
