"""A calendar that follows RFC 5546: it applies requests and cancellations by UID and SEQUENCE, and ignores older ones.

It reads files by the `ics` package, which shares no code with the one that writes them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import ics


@dataclass
class Kept:
    """What the calendar keeps of one UID, also once it is cancelled: an older request must not bring it back."""

    sequence: int
    stamp: str
    starts: datetime
    ends: datetime
    summary: str
    is_cancelled: bool


@dataclass
class CalendarClient:
    """One attendee's calendar."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def apply(self, text: str) -> None:
        """Take in one calendar file, as a mail brings it."""
        calendar = ics.Calendar(text)
        [event] = calendar.events
        told = Kept(
            sequence=int(_extra(event, "SEQUENCE")),
            stamp=_line(text, "DTSTAMP"),
            starts=event.begin.datetime,
            ends=event.end.datetime,
            summary=event.name or "",
            is_cancelled=calendar.method == "CANCEL",
        )
        assert calendar.method in {"REQUEST", "CANCEL"}
        assert told.is_cancelled == (event.status == "CANCELLED")
        known = self.kept.get(event.uid)
        if known is None or (told.sequence, told.stamp) >= (known.sequence, known.stamp):
            self.kept[event.uid] = told

    @property
    def events(self) -> list[tuple[datetime, datetime]]:
        """Return the times that the calendar shows, in order."""
        return sorted((kept.starts, kept.ends) for kept in self.kept.values() if not kept.is_cancelled)


def _extra(event: Any, name: str) -> str:
    return next(line.value for line in event.extra if line.name == name)


def _line(text: str, name: str) -> str:
    unfolded = text.replace("\r\n ", "")
    return next(line.partition(":")[2] for line in unfolded.splitlines() if line.startswith(f"{name}:"))
