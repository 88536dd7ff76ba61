"""Ids as addresses and forms name them: in figures, whatever somebody writes there."""

from collections.abc import Iterable

from core.errors import Invalid

# The figures of the largest number that every id of the database takes.
MOST_FIGURES = 18


def read_id(text: str | None) -> int | None:
    """Return the id that the text names; None for what can be none."""
    # Not isdigit() alone: int() takes no "²", and no number of thousands of figures.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_FIGURES else None


def read_ids(texts: Iterable[str]) -> list[int]:
    """Return the ids of a selection, each once; raise Invalid `bad_selection` where one of them can be none."""
    ids = [read_id(text) for text in texts]
    if None in ids:
        raise Invalid("The selection cannot be read; select again.", code="bad_selection")
    return list(dict.fromkeys(pk for pk in ids if pk is not None))
