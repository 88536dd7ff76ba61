"""The registry of the one-to-many team's formats: which of them the company has, and how much of each.

Without a provider a format counts as missing, unless the company says that it has it outside the product.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One format: `count()` returns how much of it customers can use now; `url` is where it is made."""

    name: str
    label: str
    count: Callable[[], int] | None = None
    what: str = ""
    url: str = ""


@dataclass(frozen=True)
class FormatState:
    """A format as the company has it."""

    format: Format
    count: int
    is_elsewhere: bool

    @property
    def is_missing(self) -> bool:
        """Tell whether customers get nothing in this format."""
        return not self.count and not self.is_elsewhere


# The formats of the field; an app that brings one registers it under the same name.
KNOWN = (
    Format("webinars", "Webinars", what="One speaks, many listen and ask; in “Ask the expert” everybody has a turn."),
    Format("videos", "Educational videos", what="Short films on one task each, to be watched at any hour."),
    Format("materials", "Reference materials", what="One-page documents and e-books for self-study."),
    Format("queue", "One-hour queue", what="Any customer may book an hour with an expert about its own situation."),
    Format("newsletters", "Newsletters", what="The topics that matter to most customers, in their inbox."),
)
_formats: dict[str, Format] = {one.name: one for one in KNOWN}


def register(one: Format) -> None:
    """Add the format, or give a known one its provider; a description left out stays."""
    before = _formats.get(one.name)
    what = one.what or (before.what if before else "")
    _formats[one.name] = Format(one.name, one.label, one.count, what, one.url)


def formats() -> list[Format]:
    """Return every format, the known ones first."""
    return list(_formats.values())


def states(elsewhere: Collection[str]) -> list[FormatState]:
    """Return every format with its count; `elsewhere` names those that the company has outside the product."""
    return [FormatState(one, one.count() if one.count else 0, one.name in elsewhere) for one in formats()]
