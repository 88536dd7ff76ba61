"""What customers did after a newsletter: apps register what they can count, such as hours booked.

That something came after a mail does not say that it came because of it; pages that show it say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletters.models import Issue


@dataclass(frozen=True)
class Followed:
    """What followed on the deliveries of one issue with one subject to one tier.

    Each thing counts once, for one delivery; `recipients` is how many deliveries it was, never more than there are.
    """

    issue_id: int
    variant: str
    tier: str
    things: int
    recipients: int


@dataclass(frozen=True)
class FollowOn:
    """One kind of follow-on.

    `count` gets issues and for how many days after a mail was sent something counts, and returns what followed, in a
    fixed number of queries.
    """

    name: str
    label: str
    count: Callable[[Sequence[Issue], int], Sequence[Followed]]


_kinds: dict[str, FollowOn] = {}


def register(kind: FollowOn) -> None:
    """Add the kind, or replace the one of the same name."""
    _kinds[kind.name] = kind


def unregister(name: str) -> None:
    """Take the kind away where it is registered."""
    _kinds.pop(name, None)


def kinds() -> list[FollowOn]:
    """Return what is registered, by label."""
    return sorted(_kinds.values(), key=lambda kind: kind.label)
