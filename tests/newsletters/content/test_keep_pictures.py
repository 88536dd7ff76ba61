"""Pictures: what is taken as one, and how it is given to whoever opens a mail."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from core.errors import Conflict
from newsletters.forms.blocks import PictureForm
from newsletters.models import Block, Issue, Picture
from newsletters.rendering.edition import edition_of
from newsletters.rendering.recipients import sample_recipient
from newsletters.rules.images import MOST_BYTES
from tests.newsletters.content import images
from tests.newsletters.makers import make_issue, make_topic

KINDS = {"image/png": images.png, "image/gif": images.gif, "image/jpeg": images.jpeg, "image/webp": images.webp}


def upload(issue: Issue, data: bytes, name: str = "chart.png", **fields: str) -> PictureForm:
    file = SimpleUploadedFile(name, data, content_type="image/png")
    return PictureForm({"alt": "A rising line", **fields}, {"upload": file}, issue=issue)


@pytest.mark.parametrize("content_type", KINDS)
def test_a_picture_is_stored_shown_and_kept_for_a_year(content_type: str, cast: SimpleNamespace) -> None:
    issue = make_issue()
    data = KINDS[content_type](1200, 300)
    # Whatever it is called: its own bytes say what it is.
    form = upload(issue, data, "chart.exe", caption="In November", url="https://company.example/chart")
    assert form.is_valid(), form.errors
    stored = form.data_to_store(actor=cast.specialist)
    picture = Picture.objects.get()
    assert (picture.content_type, picture.width, picture.height) == (content_type, 1200, 300)
    assert stored["picture"] == str(picture.uid)
    answer = Client().get(f"/n/pictures/{picture.uid}/")
    assert answer.status_code == 200
    assert answer.content == data
    assert answer["Content-Type"] == content_type
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert not answer.cookies
    again = Client().get(f"/n/pictures/{picture.uid}/", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Block.objects.create(issue=issue, position=2, kind="picture", data=stored)
    edition, recipient = edition_of(issue), sample_recipient(cast.acme_contact)
    html = edition.html(recipient)
    assert f'/n/pictures/{picture.uid}/" ' in html
    assert 'alt="A rising line"' in html
    assert 'width="536"' in html
    assert "[A rising line]\nIn November\nhttps://company.example/chart" in edition.text(recipient)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>alert(1)</script>",
        b"BM" + bytes(60),
        images.png()[:-20],
        images.png()[:18],
        images.jpeg()[:25],
        images.jpeg()[:-2],
        b"\xff\xd8\xff\xe0\0\0\xff\xd9",
        images.webp()[:-4],
        images.gif()[:9],
        images.png(0, 3),
        images.png(3, 4001),
        images.jpeg(20000, 20000),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        images.png() + bytes(MOST_BYTES),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(data: bytes, db: None) -> None:
    form = upload(make_issue(), data)
    assert not form.is_valid()
    assert form.errors["upload"]
    assert not Picture.objects.exists()


def test_what_telephones_write_behind_a_picture_does_no_harm(db: None) -> None:
    for data in (images.jpeg() + bytes(500), images.png() + b"more" * 100):
        assert upload(make_issue(topic=make_topic(f"Topic {len(data)}")), data).is_valid()


def test_an_issue_on_its_way_takes_no_picture(db: None) -> None:
    issue = make_issue(state="sending", send_at=timezone.now())
    form = upload(issue, images.png())
    assert form.is_valid()
    with pytest.raises(Conflict):
        form.data_to_store(actor=None)
    assert not Picture.objects.exists()


def test_a_picture_needs_its_words_and_be_of_this_issue(cast: SimpleNamespace) -> None:
    issue = make_issue()
    assert "alt" in upload(issue, images.png(), alt=" ").errors
    assert "upload" in PictureForm({"alt": "A line"}, {}, issue=issue).errors
    form = upload(make_issue("Other", topic=make_topic("Other")), images.png())
    assert form.is_valid()
    other = form.data_to_store(actor=None)["picture"]
    for uid in (other, str(uuid4()), "x", "'; drop table"):
        assert "picture" in PictureForm({"alt": "A line", "picture": uid}, {}, issue=issue).errors
    Block.objects.create(issue=issue, position=2, kind="picture", data={"picture": other, "alt": "Theirs"})
    assert other not in edition_of(issue).html(sample_recipient(cast.acme_contact))
    assert Client().get(f"/n/pictures/{uuid4()}/").status_code == 404
