"""What the tests of content share: an issue with a recipient, and its mail read back."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from types import SimpleNamespace

import pytest

from accounts.models import Contact
from newsletters.models import Issue
from newsletters.rendering.edition import edition_of
from newsletters.rendering.recipients import recipients_of
from tests.newsletters.makers import make_delivery

ReadMail = Callable[..., EmailMessage]


def read_back(data: bytes) -> EmailMessage:
    """Return the message as the standard library reads its bytes."""
    message = message_from_bytes(data, policy=policy.SMTP)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def name_of(data: bytes, header: str) -> str:
    """Return the name before the address in a header.

    By the older of the standard library's readers: the newer one keeps the space between two encoded words of a name,
    which RFC 2047 (6.2) says is none.
    """
    name, _ = parseaddr(str(message_from_bytes(data)[header]))
    return str(make_header(decode_header(name)))


def text_of(message: EmailMessage, kind: str) -> str:
    """Return one of the two parts, decoded, with its line ends as Python's."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture
def mail_to(cast: SimpleNamespace) -> Callable[..., bytes]:
    """Return a function that gives the bytes of an issue's mail to a contact."""

    def write(issue: Issue, contact: Contact, variant: str = "") -> bytes:
        delivery = make_delivery(issue, contact, variant=variant)
        edition = edition_of(issue)
        [recipient] = recipients_of([(delivery.pk, contact.pk, delivery.address, variant)], edition.variables)
        return edition.mail(recipient)

    return write
