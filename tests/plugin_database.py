"""Test databases cloned from a template that is migrated once, and emptied without touching what is empty."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import TransactionTestCase

from tests.quick_migrations import options_changed_in_place

PREFIX = "template_cs_platform_"
LOCK = 7_301_944
MADE_BY_DJANGO = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker) -> None:
    """Tell Django to clone the template of these very migrations; what the clone lacks is migrated as ever."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = _template()


@pytest.fixture(scope="session", autouse=True)
def quick_emptying(django_test_environment: None) -> Iterator[None]:
    """Let a test with transactions of its own leave an empty database, as Django does, in a fraction of the time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
        yield


def empty() -> None:
    """Remove every row but those that Django makes for each database, and let the apps fill in what they begin with.

    Django truncates every table, which makes new files for each of them and for each index.
    """
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - MADE_BY_DJANGO
    names = [connection.ops.quote_name(table) for table in sorted(tables)]
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever still writes ends first: what comes after the emptying would be there in the next test.
        cursor.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names))
        filled = [row[0] for row in cursor.fetchall()]
        if filled:
            # Neither keys nor triggers have a say: everything goes.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("; ".join(f"DELETE FROM {name}" for name in filled))
    # A test begins as a company does: with tables that were just made.
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


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
        with options_changed_in_place():
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
