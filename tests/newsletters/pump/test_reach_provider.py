"""Mails through a provider: what its answers mean, and that one that says nothing is asked no more for now."""

import time
from typing import Any, ClassVar

import pytest
import requests
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
)
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import NewConnectionError

from core.bulk_mail import BulkPostbox, Round
from core.smtp import Fate


class Provider(BaseEmailBackend):
    """Takes mails until it has something else to say."""

    says: ClassVar[list[Exception | None]] = []
    taken: ClassVar[list[str]] = []

    def send_messages(self, email_messages: list[EmailMessage]) -> int:
        """Take one mail or raise."""
        error = self.says.pop(0) if self.says else None
        if error is not None:
            raise error
        self.taken.extend(message.to[0] for message in email_messages)
        return 1


def answer(status: int) -> Exception:
    """Return how django-anymail tells of a provider's answer."""
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError(response=response)


def unreachable() -> Exception:
    """Return how it tells of a provider that is not there."""
    error = AnymailAPIError("no connection")
    error.__cause__ = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    return error


def silent() -> Exception:
    """Return how it tells of a provider that took the mail and said nothing."""
    error = AnymailAPIError("no answer")
    error.__cause__ = requests.ReadTimeout()
    return error


def posted(settings: Any, *says: Exception | None) -> Round:
    """Return what became of three mails to a provider that says this."""
    settings.EMAIL_BACKEND = f"{__name__}.Provider"
    Provider.says[:], Provider.taken[:] = says, []
    messages = [EmailMessage("News", "Text", "news@example.com", [f"reader{n}@example.org"]) for n in range(3)]
    done, postbox = Round(), BulkPostbox()
    assert not postbox.takes_bytes
    postbox.post(messages, until=time.monotonic() + 20, done=done)
    return done


def test_mails_are_taken_one_by_one(settings: Any) -> None:
    done = posted(settings)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.SENT] * 3
    assert len(Provider.taken) == 3


@pytest.mark.parametrize("error", [answer(400), answer(422), AnymailRecipientsRefused(), AnymailInvalidAddress("no")])
def test_a_mail_that_it_refuses_fails_alone(settings: Any, error: Exception) -> None:
    done = posted(settings, None, error)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.SENT, Fate.REFUSED, Fate.SENT]
    assert not done.away


@pytest.mark.parametrize(
    "error",
    [*(answer(status) for status in (401, 402, 403, 404, 429)), AnymailConfigurationError("no key"), unreachable()],
)
def test_a_provider_that_refuses_us_or_is_away_fails_no_mail(settings: Any, error: Exception) -> None:
    done = posted(settings, None, error)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.SENT]
    assert done.away
    assert len(Provider.taken) == 1


@pytest.mark.parametrize("error", [answer(500), answer(503), silent()])
def test_a_provider_in_trouble_makes_one_mail_unknown_and_not_all(settings: Any, error: Exception) -> None:
    done = posted(settings, None, error)
    assert [outcome.fate for outcome in done.outcomes] == [Fate.SENT, Fate.UNKNOWN]
    assert done.away
    assert len(Provider.taken) == 1
