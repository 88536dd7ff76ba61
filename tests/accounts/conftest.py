"""Fixtures of the accounts app's tests."""

from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.cache import cache

from core import outbox


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Let one test's attempts not count against the next one's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def posted() -> Callable[[], list]:
    """Return a function that lets the outbox work and gives the mails sent by it."""

    def send() -> list:
        mail.outbox.clear()
        outbox.drain()
        return list(mail.outbox)

    return send
