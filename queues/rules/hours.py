"""Which of a host's hours are offered. Moments are whole seconds since 1970 UTC, spans half-open pairs of them.

One set of rules serves the list of slots, its explanation to staff and the check at the moment of booking: blocked time
is worked out as spans of *starts*, so that a thousand hours cost one walk over a few spans.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from queues.rules.reasons import Reason

Seconds = tuple[int, int]

ALWAYS = 1 << 40


@dataclass(frozen=True)
class Terms:
    """What a queue says of its hours; everything in seconds."""

    length: int
    step: int
    before: int
    after: int
    notice: int
    horizon: int


class Taken(NamedTuple):
    """Something in a host's calendar: itself, and with its buffers; `counts` where it is an hour of this queue."""

    reason: Reason
    itself: Seconds
    busy: Seconds
    counts: bool = False


@dataclass
class HostHours:
    """All that decides about one host's hours in a stretch of time.

    `available` is what the host works and gives to the queue, by local day and in order: each span anchors its hours.
    `weeks` are the host's local weeks that the stretch touches.
    """

    host: int
    available: list[Seconds]
    weeks: list[Seconds]
    weekly_seconds: int
    taken: list[Taken] = field(default_factory=list)


class Block(NamedTuple):
    """Starts from `first` up to, but not with, `beyond` are not offered, for this reason."""

    first: int
    beyond: int
    reason: Reason


def blocks_of(hours: HostHours, terms: Terms, now: int) -> list[Block]:
    """Return the starts that are not offered to anybody, what matters most first."""
    blocks = [
        Block(-ALWAYS, now + terms.notice, Reason.NOTICE),
        Block(now + terms.horizon + 1, ALWAYS, Reason.HORIZON),
    ]
    for taken in hours.taken:
        begins, ends = taken.itself
        blocks.append(Block(begins - terms.length + 1, ends, taken.reason))
    blocks += [Block(*week, Reason.WEEKLY_HOURS_FULL) for week in _full_weeks(hours, terms)]
    for taken in hours.taken:
        begins, ends = taken.busy
        blocks.append(Block(begins - terms.length - terms.after + 1, ends + terms.before, Reason.BUFFER))
    return blocks


def free_starts(hours: HostHours, terms: Terms, now: int, window: Seconds) -> list[int]:
    """Return the starts in the window that are offered, in order."""
    blocked = _merged(blocks_of(hours, terms, now))
    count, at = len(blocked), 0
    starts: list[int] = []
    for first, last in _runs(hours.available, terms, window):
        for start in range(first, last + 1, terms.step):
            while at < count and blocked[at][1] <= start:
                at += 1
            if at == count or start < blocked[at][0]:
                starts.append(start)
    return starts


def reason_at(hours: HostHours, terms: Terms, now: int, start: int) -> Reason | None:
    """Return why an hour from this start is not offered; nothing where it is."""
    place = _place_of(hours.available, start)
    if place is None:
        return Reason.OUTSIDE_HOURS
    begins, _ = hours.available[place]
    if (start - begins) % terms.step:
        return Reason.OUTSIDE_HOURS
    if start + terms.length > _limits(hours.available)[place]:
        return Reason.TOO_SHORT
    return first_reason(blocks_of(hours, terms, now), start)


def first_reason(blocks: Sequence[Block], start: int) -> Reason | None:
    """Return the reason of the first block that holds this start."""
    return next((block.reason for block in blocks if block.first <= start < block.beyond), None)


def hidden_starts(hours: HostHours, terms: Terms, now: int, window: Seconds) -> Iterator[tuple[int, Reason]]:
    """Yield each start of the grid in the window that is not offered, with its reason."""
    blocks = blocks_of(hours, terms, now)
    for (begins, ends), limit in zip(hours.available, _limits(hours.available), strict=True):
        for start in grid((begins, ends), terms.step, window):
            reason = Reason.TOO_SHORT if start + terms.length > limit else first_reason(blocks, start)
            if reason is not None:
                yield start, reason


def grid(span: Seconds, step: int, window: Seconds) -> range:
    """Return the starts in the window that the span anchors, whether an hour fits behind them or not."""
    begins, ends = span
    first = begins if begins >= window[0] else begins + -(-(window[0] - begins) // step) * step
    return range(first, min(ends, window[1]), step)


def _runs(available: Sequence[Seconds], terms: Terms, window: Seconds) -> Iterator[Seconds]:
    """Yield the first and the last possible start of each span's part in the window."""
    for (begins, ends), limit in zip(available, _limits(available), strict=True):
        if ends <= window[0]:
            continue
        if begins >= window[1]:
            break
        starts = grid((begins, min(ends, limit - terms.length + 1)), terms.step, window)
        if starts:
            yield starts[0], starts[-1]


def _limits(available: Sequence[Seconds]) -> list[int]:
    """Return for each span the end of the time that goes on from it without a gap, past midnight too."""
    limits = [ends for _, ends in available]
    for place in range(len(available) - 2, -1, -1):
        if available[place + 1][0] == available[place][1]:
            limits[place] = limits[place + 1]
    return limits


def _place_of(available: Sequence[Seconds], start: int) -> int | None:
    place = bisect_right(available, (start, ALWAYS)) - 1
    return place if place >= 0 and start < available[place][1] else None


def _full_weeks(hours: HostHours, terms: Terms) -> list[Seconds]:
    counted = [taken.itself for taken in hours.taken if taken.counts]
    return [
        (monday, beyond)
        for monday, beyond in hours.weeks
        if sum(ends - begins for begins, ends in counted if monday <= begins < beyond) + terms.length
        > hours.weekly_seconds
    ]


def _merged(blocks: Sequence[Block]) -> list[Seconds]:
    result: list[Seconds] = []
    for first, beyond in sorted((block.first, block.beyond) for block in blocks):
        if result and first <= result[-1][1]:
            if beyond > result[-1][1]:
                result[-1] = (result[-1][0], beyond)
        elif beyond > first:
            result.append((first, beyond))
    return result
