"""The bulk way to a mail server that holds to the rules: it wants a greeting first, and may refuse us altogether."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiosmtpd.controller import Controller

from core import bulk_mail
from core.bulk_mail import BulkPostbox, Conversation, Letter, Round
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


class Wire:
    """Takes bytes as an encrypted connection does: record by record, and where one fails it says nothing of others."""

    def __init__(self, answers: bytes, *, breaks_after: int) -> None:
        self.answers, self.breaks_after = answers, breaks_after
        self.taken = b""

    def send(self, data: bytes) -> int:
        for start in range(0, len(data), 16384):
            record = bytes(data[start : start + 16384])
            if len(self.taken) + len(record) > self.breaks_after:
                raise ConnectionResetError
            self.taken += record
        return len(data)

    def recv(self, size: int) -> bytes:
        answers, self.answers = self.answers, b""
        return answers


class Known:
    """A greeted connection to a server that knows PIPELINING."""

    def __init__(self, sock: object) -> None:
        self.sock = sock

    def has_extn(self, name: str) -> bool:
        return name == "pipelining"


def test_a_mail_that_went_whole_is_handed_over_though_what_follows_it_fails() -> None:
    first = LETTERS[0]
    # Its end is the end of a record, and the next mail's envelope is the next one.
    whole = Letter(first.sender, first.reader, b"Subject: Hello\r\n\r\n".ljust(16384 - 5, b"x") + b"\r\n")
    envelope = len("MAIL FROM:<news@example.com>\r\nRCPT TO:<reader0@example.org>\r\nDATA\r\n")
    wire = Wire(b"250 OK\r\n250 OK\r\n354 Go ahead\r\n", breaks_after=envelope + 16384)
    conversation = Conversation(Known(wire))  # type: ignore[arg-type]
    with pytest.raises(ConnectionResetError):
        conversation.post(whole, LETTERS[1])
    assert wire.taken.endswith(b"\r\n.\r\n")
    assert conversation.is_handed_over


def test_a_server_that_takes_a_mail_drop_by_drop_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dripping(Wire):
        def send(self, data: bytes) -> int:
            clock[0] += 1
            self.taken += bytes(data[:10])
            return min(10, len(data))

    clock = [0.0]
    monkeypatch.setattr(bulk_mail.time, "monotonic", lambda: clock[0])
    wire = Dripping(b"250 OK\r\n250 OK\r\n354 Go ahead\r\n", breaks_after=0)
    conversation = Conversation(Known(wire))  # type: ignore[arg-type]
    letter = Letter(LETTERS[0].sender, LETTERS[0].reader, b"Subject: Hello\r\n\r\n" + b"x" * 5000 + b"\r\n")
    with pytest.raises(TimeoutError):
        conversation.post(letter, None)
    assert not conversation.is_handed_over
    assert clock[0] <= bulk_mail.MAIL_SECONDS + 2
