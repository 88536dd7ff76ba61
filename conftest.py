"""What every test run needs before the first test: one run at a time on a data folder's own server."""

import contextlib
import fcntl

import pytest
from django.conf import settings

from cs_platform.embedded.folder import DataFolder
from cs_platform.embedded.sharing import locked

pytest_plugins = ["tests.plugin_database"]

_held = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a second run on the same private server: both would drop and make the same test database."""
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.option.collectonly or not settings.DATABASES["default"]["ENGINE"].startswith("cs_platform"):
        return
    folder = DataFolder(settings.DATA_DIR)
    folder.prepare()
    try:
        _held.enter_context(locked(folder.locks / "tests", fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        pytest.exit(
            f"Another test run uses the server in {folder.root}. Wait for it, or set DATA_DIR to another folder.",
            returncode=3,
        )


def pytest_unconfigure() -> None:
    """Let the next run begin."""
    _held.close()
