"""Handing many ready-made mails to the mail server over one warm connection, each judged by its own answer.

Where the server knows PIPELINING (RFC 2920) a mail costs one round trip: the end of one message and the envelope of the
next go out together. A mail is *handed over* when its last byte was given to the network; until then nobody has it.
"""

import contextlib
import re
import smtplib
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import requests
from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from urllib3.exceptions import NewConnectionError

from core.smtp import FIRST_PERMANENT, FIRST_TEMPORARY, Fate, Outcome, WatchingBackend, words_of

OK = 250
WILL_FORWARD = 251
FIRST_INTERMEDIATE = 300
GO_AHEAD = 354
# About this one mail, though the server says it when it hears the sender and the size.
TOO_LARGE = 552
# The server says that it hangs up, whatever was asked.
CLOSING = 421
# Answers of a provider's API: our key, our account or its domain is refused, or we ask too often. No other mail fares
# better then.
US_REFUSED = frozenset({401, 402, 403, 404})
TOO_MANY_REQUESTS = 429
REQUEST_REFUSED = range(400, 500)
NEVER_CONNECTED = (requests.ConnectTimeout, NewConnectionError, ConnectionRefusedError, socket.gaierror)
# An answer is longer than this only where somebody means harm.
MOST_ANSWER = 64 * 1024
# The size of a TLS record: of more at once nobody says how much had gone when it failed, nor whose the mail is then.
MOST_AT_ONCE = 16 * 1024
# So long may one mail take that is taken or answered drop by drop.
MAIL_SECONDS = 60
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
_LONE_ENDS = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole message for one reader; `content` has its lines ended by CRLF."""

    sender: str
    reader: str
    content: bytes


@dataclass
class Round:
    """What became of the first mails of several; the others were not handed over.

    `away` says why no other mail would fare better now, and is empty where that is not so.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    away: str = ""


class Refused(Exception):
    """The mail can't be sent at all, whoever tries."""


class BulkPostbox:
    """A connection for many mails that stays open between calls; `close` it before the process forks."""

    def __init__(self) -> None:
        self.takes_bytes = type(get_connection()) is EmailBackend
        self._backend = WatchingBackend() if self.takes_bytes else None
        self._conversation: Conversation | None = None
        self._provider: BaseEmailBackend | None = None

    def post(self, letters: Sequence[Letter | EmailMessage], *, until: float, done: Round) -> None:
        """Hand the mails over one by one, none after `until` (monotonic), and tell `done` what became of each."""
        if self._backend is None:
            self._post_messages([letter for letter in letters if isinstance(letter, EmailMessage)], until, done)
        else:
            self._post_letters([letter for letter in letters if isinstance(letter, Letter)], until, done)

    def close(self) -> None:
        """Hang up."""
        if self._backend is not None:
            self._backend.hang_up()
        self._conversation = None

    def _post_letters(self, letters: list[Letter], until: float, done: Round) -> None:
        while len(done.outcomes) < len(letters) and time.monotonic() < until and not done.away:
            try:
                conversation, is_fresh = self._open()
            except (smtplib.SMTPException, OSError) as error:
                self.close()
                done.away = words_of(error)
                break
            self._converse(conversation, letters, done, until, is_fresh)

    def _converse(
        self, conversation: "Conversation", letters: list[Letter], done: Round, until: float, is_fresh: bool
    ) -> None:
        """Go on with the mails until all are through, time is over or the server falls silent."""
        while len(done.outcomes) < len(letters) and time.monotonic() < until:
            number = len(done.outcomes)
            following = letters[number + 1] if number + 1 < len(letters) else None
            try:
                done.outcomes.append(conversation.post(letters[number], following))
                is_fresh = False
            except (smtplib.SMTPException, OSError) as error:
                self.close()
                if conversation.is_handed_over:
                    done.outcomes.append(Outcome(Fate.UNKNOWN, words_of(error)))
                    done.away = words_of(error)
                elif is_fresh:
                    # It reached a server that answered at first: this mail waits, lest it block all others for ever.
                    done.outcomes.append(Outcome(Fate.NOT_YET, words_of(error)))
                    done.away = words_of(error)
                # Else servers end a conversation after a while or a number of mails; a new one tells more.
                return
        if conversation.is_introduced:
            # The time is over with an envelope on its way: nothing but the end of the conversation takes it back.
            self.close()

    def _open(self) -> tuple["Conversation", bool]:
        """Return the conversation, and whether it has just begun."""
        if self._conversation is not None:
            return self._conversation, False
        self._backend.open()  # type: ignore[union-attr]
        connection: smtplib.SMTP = self._backend.connection  # type: ignore[union-attr,assignment]
        # Without a password or STARTTLS nothing has greeted the server yet, and only its answer says what it knows.
        connection.ehlo_or_helo_if_needed()
        self._conversation = Conversation(connection)
        return self._conversation, True

    def _post_messages(self, messages: list[EmailMessage], until: float, done: Round) -> None:
        """Hand the mails to a provider's backend, which keeps its own connection warm."""
        self._provider = self._provider or get_connection()
        for message in messages:
            if time.monotonic() >= until:
                break
            try:
                self._provider.send_messages([message])
                outcome = Outcome(Fate.SENT)
            except (AnymailError, AnymailConfigurationError, smtplib.SMTPException, OSError) as error:
                outcome = outcome_at_provider(error)
            if outcome.fate != Fate.SERVER_AWAY:
                done.outcomes.append(outcome)
            if outcome.fate in (Fate.SERVER_AWAY, Fate.UNKNOWN):
                # What it says of this mail, or does not, it would say of all: one is unknown, not a whole issue.
                done.away = outcome.reason
                break


class Conversation:
    """What is said over one open connection."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._socket: socket.socket = smtp.sock  # type: ignore[assignment]
        self._smtp = smtp
        self._pipelines = smtp.has_extn("pipelining")
        self._says_size = smtp.has_extn("size")
        self._received = b""
        self._deadline = 0.0
        self.is_handed_over = False
        # Whether the envelope of the next mail is out already.
        self.is_introduced = False

    def post(self, letter: Letter, following: Letter | None) -> Outcome:
        """Hand the mail over and return its answer; with PIPELINING the envelope of the following one goes out too.

        Raises OSError or SMTPException where the server falls silent; `is_handed_over` tells whose the mail is then.
        """
        self.is_handed_over = False
        self._deadline = time.monotonic() + MAIL_SECONDS
        try:
            content = prepared(letter)
            refusal = self._introduce(letter)
        except Refused as error:
            return Outcome(Fate.REFUSED, str(error))
        if refusal is not None:
            return refusal
        self.is_introduced = False
        envelope = self._envelope_ahead(following)
        self._write(content + envelope, whole=len(content))
        self.is_introduced = bool(envelope)
        code, words = self._answer()
        if is_verdict(code):
            self.is_handed_over = False
        return self._judged(code, words)

    def _introduce(self, letter: Letter) -> Outcome | None:
        """Say from whom and for whom; return why not, or None where the server waits for the content."""
        if self.is_introduced:
            answers = [self._answer(), self._answer(), self._answer()]
        elif self._pipelines:
            self._write(b"".join(self._envelope(letter)))
            self.is_introduced = True
            answers = [self._answer(), self._answer(), self._answer()]
        else:
            answers = self._say_one_by_one(self._envelope(letter))
        self.is_introduced = False
        if (
            len(answers) == 3
            and answers[2][0] == GO_AHEAD
            and answers[0][0] == OK
            and answers[1][0] in (OK, WILL_FORWARD)
        ):
            return None
        return self._refusal(answers)

    def _say_one_by_one(self, commands: list[bytes]) -> list[tuple[int, str]]:
        answers = []
        for command in commands:
            self._write(command)
            answers.append(self._answer())
            if answers[-1][0] >= FIRST_TEMPORARY:
                break
        return answers

    def _refusal(self, answers: list[tuple[int, str]]) -> Outcome:
        """Return what the first refusal means, and make the conversation ready for another mail."""
        number, (code, words) = next(
            (place, answer) for place, answer in enumerate(answers) if place == 2 or answer[0] not in (OK, WILL_FORWARD)
        )
        if number == 0 and code >= FIRST_PERMANENT and code != TOO_LARGE:
            # It is us whom it refuses (no login, no right to this sender): no other mail would fare better.
            raise smtplib.SMTPSenderRefused(code, words.encode(), "")
        if len(answers) == 3 and answers[2][0] == GO_AHEAD:
            # It would take the content although it takes no reader: an empty one ends that (RFC 2920, 3.1).
            self._write(b".\r\n")
            self._answer()
        if code < FIRST_TEMPORARY:
            raise smtplib.SMTPServerDisconnected(f"The mail server spoke out of turn: {code} {words}")
        outcome = self._judged(code, words, of_reader=number == 1)
        self._write(b"RSET\r\n")
        self._answer()
        return outcome

    def _judged(self, code: int, words: str, *, of_reader: bool = False) -> Outcome:
        """Return what an answer means; raise SMTPServerDisconnected where the server says that it hangs up."""
        said = f"{code} {words}"
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected(said)
        if code >= FIRST_PERMANENT:
            return Outcome(Fate.REFUSED, said, code=code, of_reader=of_reader)
        if code >= FIRST_TEMPORARY:
            return Outcome(Fate.NOT_YET, said, code=code, of_reader=of_reader)
        if is_verdict(code):
            return Outcome(Fate.SENT)
        # What is no answer at all may follow upon a message that was taken.
        raise smtplib.SMTPServerDisconnected(f"The mail server spoke out of turn: {said}")

    def _envelope_ahead(self, following: Letter | None) -> bytes:
        if following is None or not self._pipelines:
            return b""
        try:
            prepared_address(following.reader)
            return b"".join(self._envelope(following))
        except Refused:
            return b""

    def _envelope(self, letter: Letter) -> list[bytes]:
        sender, reader = prepared_address(letter.sender), prepared_address(letter.reader)
        options = f" SIZE={len(letter.content)}" if self._says_size else ""
        if not letter.content.isascii() and self._smtp.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if not (sender.isascii() and reader.isascii()):
            if not self._smtp.has_extn("smtputf8"):
                raise Refused("The mail server takes no address with letters like these.")
            options += " SMTPUTF8"
        return [f"MAIL FROM:<{sender}>{options}\r\n".encode(), f"RCPT TO:<{reader}>\r\n".encode(), b"DATA\r\n"]

    def _write(self, data: bytes, *, whole: int = 0) -> None:
        """Give the bytes to the network; a message that ends after `whole` of them is handed over from there on."""
        view, sent = memoryview(data), 0
        while sent < len(data):
            if time.monotonic() > self._deadline:
                raise TimeoutError
            sent += self._socket.send(view[sent : sent + MOST_AT_ONCE])
            if whole and sent >= whole:
                self.is_handed_over = True

    def _answer(self) -> tuple[int, str]:
        """Return the code and the words of the next answer; raise OSError or SMTPException where there is none."""
        lines = []
        while True:
            line = self._line()
            lines.append(line[4:].decode(errors="replace").strip())
            if line[3:4] != b"-":
                break
        if not line[:3].isdigit():
            raise smtplib.SMTPServerDisconnected(f"The mail server said what is no answer: {line[:80]!r}")
        return int(line[:3]), " ".join(lines)

    def _line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > MOST_ANSWER:
                raise smtplib.SMTPServerDisconnected("The mail server's answer has no end.")
            if time.monotonic() > self._deadline:
                raise TimeoutError
            more = self._socket.recv(65536)
            if not more:
                raise smtplib.SMTPServerDisconnected("The mail server hung up.")
            self._received += more
        line, self._received = self._received[:end], self._received[end + 1 :]
        return line


def outcome_at_provider(error: Exception) -> Outcome:
    """Return what a provider's failure means: unknown but for what was answered or can't have been handed over."""
    words, status = f"{type(error).__name__}: {error}", getattr(error, "status_code", None)
    if isinstance(error, AnymailConfigurationError) or status in US_REFUSED or status == TOO_MANY_REQUESTS:
        return Outcome(Fate.SERVER_AWAY, words)
    is_no_mail = isinstance(error, AnymailSerializationError | AnymailUnsupportedFeature | AnymailInvalidAddress)
    is_answered = isinstance(error, AnymailRecipientsRefused) or (status is not None and status in REQUEST_REFUSED)
    if is_no_mail or is_answered:
        return Outcome(Fate.REFUSED, words)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, NEVER_CONNECTED):
            return Outcome(Fate.SERVER_AWAY, words)
        cause = cause.__cause__ or cause.__context__
    return Outcome(Fate.UNKNOWN, words)


def is_verdict(code: int) -> bool:
    """Tell whether an answer to a whole message says what became of it."""
    return OK <= code < FIRST_INTERMEDIATE or code >= FIRST_TEMPORARY


def prepared(letter: Letter) -> bytes:
    """Return the content as it goes over the wire: every line ended by CRLF, dots doubled, its end marked."""
    content = letter.content
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        content = _LONE_ENDS.sub(b"\r\n", content)
    if content.startswith(b"."):
        content = b"." + content
    if b"\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def prepared_address(address: str) -> str:
    """Return the address as it stands in an envelope; raise Refused for what can be no address."""
    if not _ADDRESS.fullmatch(address):
        raise Refused("This is no mail address.")
    if address.isascii():
        return address
    name, _, domain = address.rpartition("@")
    with contextlib.suppress(UnicodeError):
        return f"{name}@{domain.encode('idna').decode()}"
    raise Refused("This is no mail address.")
