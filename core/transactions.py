"""Transactions that the database may ask to repeat, and those that it may give up."""

import functools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

# SQLSTATE serialization_failure and deadlock_detected: the transaction did nothing and may simply be repeated.
REPEATABLE = frozenset({"40001", "40P01"})
# SQLSTATE query_canceled.
CANCELLED = "57014"
ATTEMPTS = 5
FIRST_WAIT_SECONDS = 0.02


def repeated_transaction(action: Callable[P, R]) -> Callable[P, R]:
    """Return the action run in one transaction, repeated as a whole where the database broke a deadlock.

    Inside a transaction that is already open it is a savepoint, so that a refusal undoes all of the action and no more:
    only the outermost transaction can be repeated.
    """

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            with transaction.atomic():
                return action(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if attempt == ATTEMPTS or getattr(error.__cause__, "pgcode", None) not in REPEATABLE:
                    raise
            # Those that met once should not meet again at the same moment.
            time.sleep(FIRST_WAIT_SECONDS * attempt * random.uniform(0.5, 1.5))  # noqa: S311
        raise AssertionError("unreachable")

    return run


class TookTooLong(Exception):
    """The database was given so much time for a statement, and took more."""


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Let no statement inside take longer; raise TookTooLong for one that would, with nothing written."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [max(1, round(seconds * 1000))])
            yield
            # Inside another transaction the limit would outlast this one.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == CANCELLED:
            raise TookTooLong from error
        raise
