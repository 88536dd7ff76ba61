"""Data folders of a test's own."""

import shutil
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
    # Not pytest's own folder: the server's account can't pass through the private one that it lies in.
    folder = DataFolder(Path(mkdtemp(prefix="cs-test-")) / "data")
    yield folder
    for process in programs.processes_of(folder.root):
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    sharing.stop_servers(folder)
    shutil.rmtree(folder.root.parent)
