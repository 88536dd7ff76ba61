"""Where apps of higher floors bring the time that they take of people: booked hours, webinars.

An app registers its source once, in its `apps.py`; segments adds it to the demand and never imports that app.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DemandRow:
    """One thing that takes minutes of a person in a week, as the page behind a number lists it."""

    label: str
    minutes: float
    customer_id: int | None = None
    # Where one goes to see it; empty: nowhere.
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class DemandSource:
    """An app's demand.

    `minutes` gets people's ids and the Mondays of the weeks asked for and returns minutes by (person id, Monday), none
    where there are none, in a fixed number of queries. `rows` returns what makes up one person's week, the same sum.
    """

    name: str
    label: str
    minutes: Callable[[Sequence[int], Sequence[date]], Mapping[tuple[int, date], float]]
    rows: Callable[[int, date], Sequence[DemandRow]]


_sources: dict[str, DemandSource] = {}


def register(source: DemandSource) -> None:
    """Add the source, or replace the one of the same name."""
    _sources[source.name] = source


def unregister(name: str) -> None:
    """Take the source away where it is registered."""
    _sources.pop(name, None)


def sources() -> list[DemandSource]:
    """Return what is registered, by label."""
    return sorted(_sources.values(), key=lambda source: source.label)
