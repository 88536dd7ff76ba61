"""A mail server of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.programs import free_port
from tests.queues.mails.sink import HOST, Sink


@pytest.fixture
def sink(tmp_path: Path, settings) -> Iterator[Sink]:
    """Return a mail server to which the product sends."""
    sink = Sink(tmp_path / "sink")
    server = Controller(sink, hostname=HOST, port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    # Nobody waits long for a server that is meant to hang.
    settings.EMAIL_TIMEOUT = 1
    yield sink
    server.stop(no_assert=True)
