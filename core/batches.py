"""Rows in portions, so that no more of them are in memory than one portion has."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Row = TypeVar("Row")


def batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Yield the rows in lists of so many, the last one shorter."""
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
