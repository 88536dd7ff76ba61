"""Locks that a worker holds while it works on a job, and that the database lets go when the worker dies."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def only_worker(kind: str, pk: int) -> Iterator[bool]:
    """Tell whether this is the one worker at the job; the lock lasts as long as the block or the connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), %s)", [kind, pk % 2**31])
        taken = bool(cursor.fetchone()[0])
    try:
        yield taken
    finally:
        if taken:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", [kind, pk % 2**31])
