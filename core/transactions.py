"""Transactions that the database may ask to repeat."""

import functools
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

P = ParamSpec("P")
R = TypeVar("R")

# SQLSTATE serialization_failure and deadlock_detected: the transaction did nothing and may simply be repeated.
REPEATABLE = frozenset({"40001", "40P01"})
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
