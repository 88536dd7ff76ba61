"""Database-level audit: triggers keep every version of a row, whoever writes it."""

from collections.abc import Callable
from typing import Any

import pghistory


def audited(*, exclude: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """Return a model decorator that keeps every version of its rows in an event table.

    The triggers work once a statement: a bulk update costs one more set-based insert, not one call a row.
    """
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        level=pghistory.Statement,
        exclude=list(exclude) or None,
    )
