"""Database-level audit: triggers keep every version of a row, whoever writes it, and know on whose account."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from pghistory import runtime


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


@contextmanager
def acting(who: str, **facts: Any) -> Iterator[None]:
    """Let every row written meanwhile say who wrote it; inside another such block this one stands for itself.

    `facts` with a value are kept beside it: the task or the command, and `on_behalf_of` whom.
    """
    metadata = {"who": who} | {name: fact for name, fact in facts.items() if fact}
    outer = getattr(runtime._tracker, "value", None)
    if outer is None:
        with pghistory.context(**metadata):
            yield
        return
    # A nested context of the library would rewrite what the outer one has said of its own rows.
    runtime._tracker.value = runtime.Context(id=uuid.uuid4(), metadata=metadata)
    try:
        yield
    finally:
        runtime._tracker.value = outer


@contextmanager
def because(why: str, *, who: str = "") -> Iterator[None]:
    """Let every row written meanwhile say why, and that `who` wrote it; a command or worker around it becomes `via`."""
    current = getattr(runtime._tracker, "value", None)
    known = dict(current.metadata) if current is not None else {}
    around = known.pop("who", "")
    if not (who or around) or (current is not None and not why and who in ("", around)):
        yield
        return
    if who and around and who != around:
        known["via"] = around
    with acting(who or around, **{**known, "why": why}):
        yield


def name_actor(who: str, **facts: Any) -> None:
    """Say who acts from here on, as soon as it is known; outside a request, a task or a command nothing happens."""
    pghistory.context(who=who, **facts)


def on_whose_behalf() -> str:
    """Return for whom the running code works: a person's address, a command, or nothing where nobody is known."""
    current = getattr(runtime._tracker, "value", None)
    if current is None:
        return ""
    return str(current.metadata.get("on_behalf_of") or current.metadata.get("who") or "")
