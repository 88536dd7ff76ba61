"""Caught mail can be read in the browser, and what it brings along can do nothing there."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def caught(settings: Settings, tmp_path: Path) -> mailbox.Maildir:
    settings.MAIL_CATCHER_DIR = tmp_path
    return mailbox.Maildir(tmp_path / "caught", create=True)


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "no-reply@company.example"
    message["To"] = "ann@acme.example"
    message["Subject"] = "Your code — <b>2468</b>"
    message.set_content("The code is 2468.\nhttps://company.example/in")
    message.add_alternative("<p>The code is <b>2468</b></p><script>alert(1)</script>", subtype="html")
    message.add_attachment("name,arr\nAcme,1\n", subtype="csv", filename="plän.csv")
    return message


def test_an_empty_box_says_so(client: Client, caught: mailbox.Maildir) -> None:
    assert "No mail yet" in client.get("/mail/").content.decode()


def test_a_box_that_was_never_made_is_empty(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.MAIL_CATCHER_DIR = tmp_path / "nothing"
    assert "No mail yet" in client.get("/mail/").content.decode()


def test_a_message_is_listed_and_read(client: Client, caught: mailbox.Maildir) -> None:
    key = caught.add(letter())
    listed = client.get("/mail/").content.decode()
    assert "Your code — &lt;b&gt;2468&lt;/b&gt;" in listed
    assert f'href="/mail/{key}/"' in listed

    page = client.get(f"/mail/{key}/").content.decode()
    assert "The code is 2468." in page
    assert "ann@acme.example" in page
    assert "plän.csv" in page
    assert "alert(1)" not in page


def test_html_is_shown_in_a_frame_that_runs_nothing(client: Client, caught: mailbox.Maildir) -> None:
    key = caught.add(letter())
    answer = client.get(f"/mail/{key}/html/")
    assert "<b>2468</b>" in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_a_file_is_saved_and_never_shown(client: Client, caught: mailbox.Maildir) -> None:
    key = caught.add(letter())
    answer = client.get(f"/mail/{key}/files/0/")
    assert answer.content == b"name,arr\nAcme,1\n"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.get(f"/mail/{key}/files/1/").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00 not a mail at all",
        b"Subject: =?utf-8?b?broken\nContent-Type: text/plain; charset=klingon\n\n\xe9\xff",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Transfer-Encoding: base64\n\n%%",
    ],
)
def test_broken_mail_is_shown_as_far_as_it_goes(client: Client, caught: mailbox.Maildir, raw: bytes) -> None:
    key = caught.add(raw)
    assert client.get("/mail/").status_code == 200
    assert client.get(f"/mail/{key}/").status_code == 200


@pytest.mark.parametrize("key", ["nothing", "..", "%2e%2e%2fsecret", "1.M2P3.host"])
def test_an_unknown_message_is_not_found(client: Client, caught: mailbox.Maildir, key: str) -> None:
    assert client.get(f"/mail/{key}/").status_code == 404
    assert client.get(f"/mail/{key}/html/").status_code == 404


def test_pages_of_fifty(client: Client, caught: mailbox.Maildir) -> None:
    for number in range(51):
        message = EmailMessage()
        message["Subject"] = f"Number {number}"
        caught.add(message)
    first, second = (client.get(f"/mail/?page={page}").content.decode() for page in (1, 2))
    assert first.count("Number ") == 50
    assert "?page=2" in first
    assert second.count("Number ") == 1
    assert client.get("/mail/?page=nonsense").status_code == 200
    assert client.get("/mail/?page=99999999999").status_code == 200


def test_another_machine_sees_nothing(client: Client, caught: mailbox.Maildir) -> None:
    key = caught.add(letter())
    for path in ("/mail/", f"/mail/{key}/", f"/mail/{key}/html/", f"/mail/{key}/files/0/"):
        assert client.get(path).status_code == 200
        assert client.get(path, REMOTE_ADDR="192.0.2.7").status_code == 404


def test_a_real_installation_has_no_such_pages(client: Client, settings: Settings) -> None:
    settings.MAIL_CATCHER_DIR = None
    assert client.get("/mail/").status_code == 404
