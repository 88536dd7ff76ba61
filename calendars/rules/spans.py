"""Spans of time: half-open, in UTC, and the arithmetic of sets of them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """The time from `starts` up to, but not with, `ends`; both aware.

    A named tuple, because a week of a large team is thousands of them and tuples are made and sorted quickest.
    """

    starts: datetime
    ends: datetime

    @property
    def minutes(self) -> int:
        """Return its length in whole minutes, as a stop-watch counts them."""
        return (self.ends - self.starts) // MINUTE

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two share a moment."""
        return self.starts < other.ends and other.starts < self.ends

    def contains(self, other: "Span") -> bool:
        """Tell whether the other one lies within this one."""
        return self.starts <= other.starts and other.ends <= self.ends

    def widened(self, before: timedelta, after: timedelta) -> "Span":
        """Return the span with buffers around it."""
        return Span(self.starts - before, self.ends + after)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as spans in order that neither overlap nor touch."""
    result: list[Span] = []
    for span in sorted(spans):
        if span.ends <= span.starts:
            continue
        if result and span.starts <= result[-1].ends:
            if span.ends > result[-1].ends:
                result[-1] = Span(result[-1].starts, span.ends)
        else:
            result.append(span)
    return result


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans after the taken time, in order."""
    return list(_left(joined(spans), joined(taken)))


def _left(spans: list[Span], taken: list[Span]) -> Iterator[Span]:
    first = 0
    for span in spans:
        while first < len(taken) and taken[first].ends <= span.starts:
            first += 1
        begins = span.starts
        for index in range(first, len(taken)):
            busy = taken[index]
            if busy.starts >= span.ends:
                break
            if busy.starts > begins:
                yield Span(begins, busy.starts)
            begins = max(begins, busy.ends)
        if begins < span.ends:
            yield Span(begins, span.ends)


def within(spans: Iterable[Span], bounds: Iterable[Span]) -> list[Span]:
    """Return what both sets of spans have in common, in order."""
    return list(_common(joined(spans), joined(bounds)))


def _common(spans: list[Span], bounds: list[Span]) -> Iterator[Span]:
    here = there = 0
    while here < len(spans) and there < len(bounds):
        span, bound = spans[here], bounds[there]
        starts, ends = max(span.starts, bound.starts), min(span.ends, bound.ends)
        if starts < ends:
            yield Span(starts, ends)
        if span.ends <= bound.ends:
            here += 1
        else:
            there += 1


def total_minutes(spans: Iterable[Span]) -> int:
    """Return how many whole minutes the spans last together, each moment counted once."""
    return sum((span.ends - span.starts for span in joined(spans)), timedelta(0)) // MINUTE
