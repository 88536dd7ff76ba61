"""How fast mail goes: waits that grow, and tokens that a limit a minute gives."""

import random

FIRST_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 2 * 3600
# A mail is given up that its receiver had wait for so long in all. RFC 5321 (4.5.4.1) has mail servers try for four to
# five days; ours does so with what it has taken, and a newsletter is old after three.
GIVE_UP_SECONDS = 3 * 24 * 3600

FIRST_HOLD_SECONDS = 15
LONGEST_HOLD_SECONDS = 15 * 60
# What an unlimited receiver is slowed from, and when a slowed one counts as recovered, in mails a minute.
UNLIMITED = 6000
SLOWED_FROM = 600
# For so long tokens are saved up that nobody took.
BURST_SECONDS = 5
# Mail without a token looks again after this time at the latest, so that a raised limit is soon felt.
LONGEST_QUEUE_SECONDS = 15 * 60


def next_try(tries: int) -> float:
    """Return in how many seconds a mail is tried again after so many tries; jittered, so that not all come at once."""
    wait = min(FIRST_WAIT_SECONDS * 2 ** min(tries - 1, 20), LONGEST_WAIT_SECONDS)
    return wait * random.uniform(0.75, 1.25)  # noqa: S311


def hold_for(holds: int) -> float:
    """Return for how many seconds a receiver is left alone that was held so many times in a row before."""
    return min(FIRST_HOLD_SECONDS * 2 ** min(holds, 20), LONGEST_HOLD_SECONDS) * random.uniform(0.9, 1.1)  # noqa: S311


def slowed(limit: int | None) -> int:
    """Return the mails a minute that are left of a limit after trouble."""
    return max(1, (limit or SLOWED_FROM) // 2)


def recovered(slowed_to: int, allowed: int | None) -> int | None:
    """Return the next limit after a time without trouble; None where nothing but what a person allows limits it."""
    faster = slowed_to * 2
    return None if faster >= (allowed or UNLIMITED) else faster


def limit_of(allowed: int | None, slowed_to: int | None) -> int | None:
    """Return the mails a minute that may go now, None for any number."""
    limits = [limit for limit in (allowed, slowed_to) if limit is not None]
    return min(limits) if limits else None


def refilled(tokens: float, per_minute: int, seconds: float) -> float:
    """Return the tokens after so many seconds: they grow with time up to a small store, never less than one mail's."""
    store = max(1.0, per_minute * BURST_SECONDS / 60)
    return min(store, tokens + per_minute * max(0.0, seconds) / 60)


def queue_waits(count: int, per_minute: int, queued_seconds: float) -> list[float]:
    """Return in how many seconds each of `count` mails without a token looks again, behind those queued already."""
    step = 60 / per_minute
    return [min(queued_seconds + step * number, LONGEST_QUEUE_SECONDS) for number in range(1, count + 1)]
