"""What may be filled into a text: `{{ name | fallback }}` with a name of a fixed list, and nothing else.

This is no template engine. A text is cut once into what stands as it was written and slots for values; neither is ever
looked at again, so a value that looks like a variable stays what it is.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

MOST_FALLBACK_LETTERS = 100

_MARK = re.compile(r"\{\{([^{}\r\n]*)\}\}")
_STRAY = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a value, and what stands there for who has none."""

    name: str
    fallback: str = ""


Piece = str | Slot


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody wrote between double braces."""

    name: str
    fallback: str
    has_fallback: bool


def parse(text: str, known: Collection[str]) -> list[Piece]:
    """Return the text cut into literal parts and slots; a mark of no known name stays as it was written."""
    pieces: list[Piece] = []
    end = 0
    for found in _MARK.finditer(text):
        mark = _read(found[1])
        if mark.name not in known:
            continue
        pieces += [text[end : found.start()], Slot(mark.name, mark.fallback)]
        end = found.end()
    pieces.append(text[end:])
    return [piece for piece in pieces if piece != ""]


def problems(text: str, known: Collection[str]) -> list[str]:
    """Return why the text can't be saved, a sentence each; none for a good one."""
    found = []
    for mark in marks(text):
        if mark.name not in known:
            found.append(f"There is no variable “{mark.name or '…'}”.")
        elif len(mark.fallback) > MOST_FALLBACK_LETTERS:
            found.append(f"What stands in for {mark.name} is longer than {MOST_FALLBACK_LETTERS} letters.")
    if _STRAY.search(_MARK.sub("", text)):
        found.append("Double braces stand only around a variable, as in {{ contact.first_name | there }}.")
    return list(dict.fromkeys(found))


def marks(text: str) -> Iterator[Mark]:
    """Yield what stands between double braces, known or not."""
    return (_read(found[1]) for found in _MARK.finditer(text))


def names_in(pieces: Iterable[Piece]) -> set[str]:
    """Return the names of the slots."""
    return {piece.name for piece in pieces if isinstance(piece, Slot)}


def _read(inside: str) -> Mark:
    name, bar, fallback = inside.partition("|")
    return Mark(name.strip(), fallback.strip(), bool(bar and fallback.strip()))
