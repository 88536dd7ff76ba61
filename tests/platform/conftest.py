"""Data folders of a test's own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest

from cs_platform.embedded import sharing
from cs_platform.embedded.folder import DataFolder
from tests import programs


@pytest.fixture
def folder() -> Iterator[DataFolder]:
    """Return a data folder that does not exist yet; what still runs on it at the end is killed."""
    folder = DataFolder(Path(mkdtemp(prefix="cs-test-")) / "data")
    yield folder
    for process in programs.processes_of(folder.root):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    sharing.stop_servers(folder)
