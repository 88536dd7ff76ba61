"""A database that is there for one benchmark only."""

import contextlib
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection


@contextlib.contextmanager
def emptied(name: str) -> Iterator[None]:
    """Make the database afresh, use it inside the block, and drop it afterwards."""
    kept = connection.settings_dict["NAME"]
    _drop(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept
        _drop(name)


def _drop(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
