"""The bulk way to a mail server that holds to the rules: it wants a greeting first, and may refuse us altogether."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller

from core.bulk_mail import BulkPostbox, Letter, Round
from core.smtp import Fate
from tests.programs import free_port

LETTERS = [
    Letter("news@example.com", f"reader{number}@example.org", b"Subject: Hello\r\n\r\nText\r\n") for number in range(3)
]


class Mailboxes:
    """Takes every mail, unless told what to say to a sender."""

    def __init__(self, to_sender: str = "") -> None:
        self.to_sender = to_sender
        self.readers: list[str] = []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.readers += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def serving(mailboxes: Mailboxes, settings) -> Iterator[None]:
    controller = Controller(mailboxes, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    try:
        yield
    finally:
        controller.stop(no_assert=True)


def posted(letters: list[Letter]) -> Round:
    done, postbox = Round(), BulkPostbox()
    try:
        postbox.post(letters, until=time.monotonic() + 20, done=done)
    finally:
        postbox.close()
    return done


def test_a_server_that_wants_a_greeting_gets_one(settings) -> None:
    mailboxes = Mailboxes()
    with serving(mailboxes, settings):
        done = posted(LETTERS)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.SENT] * 3
    assert mailboxes.readers == [letter.reader for letter in LETTERS]


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "550 5.7.1 Not your address"])
def test_a_server_that_refuses_us_fails_no_mail(settings, answer: str) -> None:
    mailboxes = Mailboxes(answer)
    with serving(mailboxes, settings):
        done = posted(LETTERS)
    assert answer[:3] in done.away
    assert {outcome.fate for outcome in done.outcomes} <= {Fate.NOT_YET}
    assert mailboxes.readers == []


def test_a_mail_that_is_too_large_fails_alone(settings) -> None:
    with serving(Mailboxes("552 5.3.4 Too large"), settings):
        done = posted(LETTERS)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.REFUSED] * 3
    assert not done.away
