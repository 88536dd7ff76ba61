"""Where proposals come from by themselves: apps register what keeps being asked, and newsletters take it up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Suggested:
    """A subject that came up by itself; `key` names it within its source for as long as it comes up."""

    key: str
    title: str
    body: str = ""
    # Customers who asked.
    asked_by: int = 0


@dataclass(frozen=True)
class ProposalSource:
    """An app's source; `name` is one of Proposal.Source, `rows` returns what comes up now, in a few queries."""

    name: str
    rows: Callable[[], Iterable[Suggested]]


_sources: dict[str, ProposalSource] = {}


def register(source: ProposalSource) -> None:
    """Add the source, or replace the one of the same name."""
    _sources[source.name] = source


def unregister(name: str) -> None:
    """Take the source away where it is registered."""
    _sources.pop(name, None)


def sources() -> list[ProposalSource]:
    """Return what is registered, by name."""
    return sorted(_sources.values(), key=lambda source: source.name)
