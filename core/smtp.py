"""Django's own mail connection, which also says whether a mail that failed may have arrived all the same."""

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend

# How long one step of the conversation may take where the settings set no bound.
TIMEOUT_SECONDS = 20
FIRST_TEMPORARY = 400
FIRST_PERMANENT = 500
END_OF_MESSAGE = b"\r\n.\r\n"


class Fate(Enum):
    """What became of a mail that was handed to the server."""

    SENT = "sent"
    # Nobody has it: it may be tried again. SERVER_AWAY: nor would any other mail fare better now.
    NOT_YET = "not_yet"
    SERVER_AWAY = "server_away"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, and in the server's words why.

    `code` is that of its answer (0 without one); `of_reader` tells that it answered the reader's address.
    """

    fate: Fate
    reason: str = ""
    code: int = 0
    of_reader: bool = False


class _Watching:
    """Notes when the end of a message has been handed over: from then until the answer nobody knows whose it is."""

    is_handed_over = False

    def send(self, s: Any) -> None:
        """Send bytes or a command."""
        self.is_handed_over = False
        super().send(s)  # type: ignore[misc]
        self.is_handed_over = isinstance(s, bytes) and s.endswith(END_OF_MESSAGE)


class WatchingSMTP(_Watching, smtplib.SMTP):
    """A plain or STARTTLS conversation that is watched."""


class WatchingSMTPOverTLS(_Watching, smtplib.SMTP_SSL):
    """An encrypted conversation that is watched."""


class WatchingBackend(EmailBackend):
    """Django's SMTP backend with its conversation watched."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"timeout": settings.EMAIL_TIMEOUT or TIMEOUT_SECONDS, **options})
        self._partial_connection: smtplib.SMTP | None = None

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """Return the class of the conversation."""
        return WatchingSMTPOverTLS if self.use_ssl else WatchingSMTP

    @property
    def is_handed_over(self) -> bool:
        """Tell whether a message went out whole and has no answer yet."""
        return bool(getattr(self.connection, "is_handed_over", False))

    def hang_up(self) -> None:
        """Forget the connection without a word: a polite end may wait for a server that says nothing."""
        for connection in (self._partial_connection, self.connection):
            if connection is not None:
                connection.close()
        self._partial_connection = self.connection = None


class Postbox:
    """One connection for many mails, opened at the first and again after a failure."""

    def __init__(self) -> None:
        connection: BaseEmailBackend = get_connection()
        self._watched = WatchingBackend() if type(connection) is EmailBackend else None
        self._connection = self._watched or connection
        self._has_served = False

    def __enter__(self) -> "Postbox":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._connection.close()

    def post(self, message: EmailMessage) -> Outcome:
        """Hand the mail over and return what became of it; expected failures raise nothing."""
        is_used = self._has_served
        outcome = self._try(message)
        if is_used and outcome.fate == Fate.SERVER_AWAY:
            # Servers end a conversation after a while or a number of mails; a new one tells whether it is away.
            outcome = self._try(message)
        return outcome

    def _try(self, message: EmailMessage) -> Outcome:
        try:
            self._connection.open()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Outcome(Fate.SERVER_AWAY, words_of(error))
        try:
            self._connection.send_messages([message])
        except (smtplib.SMTPException, OSError) as error:
            outcome = self._judge(error)
            self._hang_up()
            return outcome
        self._has_served = True
        return Outcome(Fate.SENT)

    def _judge(self, error: Exception) -> Outcome:
        """Return what the failure of a mail means: the server's own answer is final, silence is not."""
        return Outcome(_fate_by_answer(error) or self._fate_by_silence(error), words_of(error))

    def _fate_by_silence(self, error: Exception) -> Fate:
        if self._watched is not None:
            return Fate.UNKNOWN if self._watched.is_handed_over else Fate.SERVER_AWAY
        # Of another kind of backend nothing is known but that a refused connection carried no mail.
        is_nowhere = isinstance(error, ConnectionRefusedError | socket.gaierror)
        return Fate.SERVER_AWAY if is_nowhere else Fate.UNKNOWN

    def _hang_up(self) -> None:
        self._has_served = False
        if self._watched is not None:
            self._watched.hang_up()


def _fate_by_answer(error: Exception) -> Fate | None:
    """Return what the server's answer to this very mail means, or None where it gave none."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Fate.REFUSED
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((int(code) for code, _ in error.recipients.values()), default=-1)
    elif isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        code = int(error.smtp_code)
    else:
        return None
    if code >= FIRST_PERMANENT:
        return Fate.REFUSED
    # What is no answer at all may follow upon a message that was taken.
    is_garbled = code < FIRST_TEMPORARY and isinstance(error, smtplib.SMTPDataError)
    return Fate.UNKNOWN if is_garbled else Fate.NOT_YET


def words_of(error: Exception) -> str:
    """Return why a mail failed, in the server's words where it said any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_text(answer)}" for code, answer in error.recipients.values()]
        return "; ".join(answers)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, ssl.SSLError):
        return f"The encrypted connection to the mail server failed: {error}"
    return f"{type(error).__name__}: {error}"


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
