"""Test databases cloned from a template that is migrated once, so that a run starts in a second and not in ten."""

import hashlib
import sys
from pathlib import Path

import django
import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

PREFIX = "template_cs_platform_"
LOCK = 7_301_944


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker) -> None:
    """Tell Django to clone the template of these very migrations; what the clone lacks is migrated as ever."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = _template()


def _template() -> str:
    """Return the name of a database with every migration applied, made where there is none."""
    name = PREFIX + _fingerprint()
    with connection._nodb_cursor() as cursor:
        # Workers that start together wait for the first one's template.
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [PREFIX + "%"])
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for old in found:
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            _make(cursor, name)
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return name


def _make(cursor, name: str) -> None:
    """Make the template; a run killed in the middle leaves it under another name."""
    unfinished = f"{PREFIX}unfinished"
    cursor.execute(f'CREATE DATABASE "{unfinished}"')
    kept = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = kept
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')


def _fingerprint() -> str:
    """Return a digest of the code of every migration."""
    digest = hashlib.sha256(django.get_version().encode())
    migrations = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    for module in sorted({migration.__module__ for migration in migrations.values()}):
        digest.update(module.encode() + Path(sys.modules[module].__file__).read_bytes())
    return digest.hexdigest()[:16]
