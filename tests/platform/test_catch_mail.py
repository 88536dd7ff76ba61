"""The mail catcher of `make run`: it keeps what it is sent, and stops in order in the middle of a conversation."""

import mailbox
import smtplib
import sys
from pathlib import Path

from tests import programs


def test_it_keeps_a_mail_and_stops_in_the_middle_of_a_conversation(tmp_path: Path) -> None:
    port, log = programs.free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "cs_platform.launch.mail_server", str(port), str(tmp_path / "mail")]
    with programs.started(command, env=programs.environment(), log=log) as catcher:
        programs.wait_until(lambda: _answers(port), "the mail catcher", log=log)
        sender = smtplib.SMTP("127.0.0.1", port)
        sender.sendmail("news@example.com", "ann@acme.example", b"Subject: Hello\r\n\r\nText\r\n")
        catcher.terminate()
        assert catcher.wait(30) == 0
        sender.close()
    assert [mail["Subject"] for mail in mailbox.Maildir(tmp_path / "mail" / "caught", create=False)] == ["Hello"]
    assert log.read_text() == ""


def _answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port).quit()
    except OSError:
        return False
    return True
