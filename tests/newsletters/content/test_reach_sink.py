"""Attacks at a real mail server: each mail that is handed over arrives once, whole, and at nobody else."""

import smtplib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletters.rendering.edition import edition_of
from newsletters.rendering.recipients import sample_recipient
from tests.newsletters.content.attacks import LINES, MARKDOWN, VALUES
from tests.newsletters.content.conftest import read_back
from tests.newsletters.content.test_stay_harmless import assert_one_mail
from tests.newsletters.makers import make_issue
from tests.programs import free_port


class Kept:
    """Keeps what the server accepts."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append((list(envelope.rcpt_tos), bytes(envelope.original_content or b"")))
        return "250 Kept"


@pytest.fixture
def sink() -> Iterator[tuple[Kept, smtplib.SMTP]]:
    """Return what a mail server kept, and a conversation with it."""
    kept = Kept()
    controller = Controller(kept, hostname="127.0.0.1", port=free_port())
    controller.start()
    with smtplib.SMTP("127.0.0.1", controller.port, timeout=30) as conversation:
        yield kept, conversation
    controller.stop()


def test_each_attack_arrives_as_one_mail_to_one_reader(cast: SimpleNamespace, sink: tuple[Kept, smtplib.SMTP]) -> None:
    kept, conversation = sink
    issue = make_issue("Attack")
    sent = []
    for evil in [*LINES, *VALUES, *MARKDOWN]:
        issue.subject = issue.sender_name = issue.preheader = evil
        issue.topic.name = evil
        issue.blocks.update(data={"body": f"{{{{ contact.first_name }}}}\n.\n{evil.replace(chr(0), '')}"})
        recipient = sample_recipient(cast.acme_contact)
        recipient.name = recipient.values["contact.first_name"] = evil
        data = edition_of(issue).mail(recipient)
        # As it is: nothing is left for the transport to mend.
        conversation.sendmail("news@company.example", ["ann@acme.example"], data)
        sent.append(data)
    assert [readers for readers, _ in kept.mails] == [["ann@acme.example"]] * len(sent)
    assert [content for _, content in kept.mails] == sent
    for _, content in kept.mails:
        assert_one_mail(content)
        assert "Bcc" not in read_back(content)
