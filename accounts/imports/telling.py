"""Problems as a job keeps them and a page shows them."""

from typing import Any

from accounts.imports.cleaning import Problem


def told(number: int, problem: Problem) -> dict[str, Any]:
    """Return a problem with the number of its row."""
    return {"row": number, "column": problem.column, "text": problem.text}
