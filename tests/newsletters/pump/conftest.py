"""A mail server in a process of its own, and issues on their way."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletters.sending import sender
from tests.newsletters.pump.making import started_sink
from tests.newsletters.pump.sink import Sink


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    """Return a mail server to which the product sends."""
    with started_sink(tmp_path, settings) as sink:
        yield sink


@pytest.fixture(autouse=True)
def fresh_postbox() -> Iterator[None]:
    """Let no connection of one test reach another."""
    sender.forget_postbox()
    yield
    sender.forget_postbox()
