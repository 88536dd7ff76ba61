"""Ids as addresses and forms name them: in figures, whatever somebody writes there."""

# The figures of the largest number that every id of the database takes.
MOST_FIGURES = 18


def read_id(text: str | None) -> int | None:
    """Return the id that the text names; None for what can be none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_FIGURES else None
