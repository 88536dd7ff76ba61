"""The places of senders: no more than a few processes send newsletters at once, however many are asked to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

KIND = "newsletters.sender"

# The two numbers of an advisory lock are kept as unsigned ones.
TAKEN = """
SELECT count(DISTINCT objid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = (hashtext(%s)::bigint & 4294967295) AND objid::bigint < %s
"""


@contextmanager
def sender_place() -> Iterator[bool]:
    """Tell whether a place was free; it is held for the block, and let go by the database when the process dies."""
    place = _take()
    try:
        yield place is not None
    finally:
        if place is not None:
            _leave(place)


def free_places() -> int:
    """Return how many more senders could send now."""
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, [KIND, settings.NEWSLETTER_SENDERS])
        return settings.NEWSLETTER_SENDERS - int(cursor.fetchone()[0])


def _take() -> int | None:
    with connection.cursor() as cursor:
        for place in range(settings.NEWSLETTER_SENDERS):
            cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s)", [KIND, place])
            if cursor.fetchone()[0]:
                return place
    return None


def _leave(place: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", [KIND, place])
    except Error:
        # Where the connection broke, the database has taken the place back itself.
        connection.close()
