"""Whatever stands in names, subjects, topics and blocks: the mail that comes out is one mail, and runs nothing."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newsletters import variables
from newsletters.forms.blocks import BookingInvitationForm, LinkCardForm, ProductUpdateForm, TextForm
from newsletters.models import Block, Issue, NewsletterSettings, Topic
from newsletters.rendering.edition import Edition, edition_of
from newsletters.rendering.recipients import Recipient, sample_recipient
from newsletters.rules.templates import parse, problems
from newsletters.rules.words import one_line
from tests.newsletters.content.attacks import BLOCKS, LINES, MARKDOWN, TEMPLATES, VALUES
from tests.newsletters.content.conftest import name_of, read_back, text_of
from tests.newsletters.content.test_write_mails import HEADERS
from tests.newsletters.makers import make_issue, make_topic

# What an element of a mail may be; of them only links lead somewhere, only pictures load something.
TAGS = {"html", "head", "title", "meta", "style", "body", "div", "table", "tbody", "tr", "td", "p", "a", "img", "br"}
TAGS |= {"h1", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "em", "strong"}


class Reader(HTMLParser):
    """Notes each element that the HTML really has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    """Fail where the HTML could run something, or lead or load from where it should not."""
    for tag, attrs in Reader(html).elements:
        assert tag in TAGS, tag
        assert not [name for name in attrs if name.startswith("on") or name in ("srcdoc", "formaction", "action")]
        for name in ("href", "src"):
            if name in attrs:
                assert urlsplit(attrs[name] or "").scheme in ("http", "https", "mailto"), attrs[name]
        style = attrs.get("style") or ""
        assert not re.search(r"url\(|expression|javascript|@import|behavior", style, re.IGNORECASE), style


def assert_one_mail(data: bytes) -> None:
    """Fail unless the bytes are one message with the expected headers once each, in lines that every server takes."""
    mail = read_back(data)
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    for part in list(mail.walk())[1:]:
        assert sorted(part.keys()) == ["Content-Transfer-Encoding", "Content-Type"]
    data.decode("ascii")
    lines = data.split(b"\r\n")
    assert not [line for line in lines if b"\r" in line or b"\n" in line or b"\0" in line]
    assert max(map(len, lines)) <= 998
    assert not [line for line in lines if line.startswith((b".", b"From "))]


def _issue(subject: str, **fields: str) -> Issue:
    """Return an issue with this subject, however long."""
    issue = make_issue("Attack", **fields)
    issue.subject = subject
    return issue


def written(issue: Issue, recipient: Recipient) -> tuple[Edition, bytes]:
    edition = edition_of(issue)
    return edition, edition.mail(recipient)


PLACES = ("name", "subject", "sender", "topic", "value", "preheader")


def test_nothing_in_a_line_makes_another_header(cast: SimpleNamespace, subtests: pytest.Subtests) -> None:
    for place in PLACES:
        for evil in LINES:
            with subtests.test(place=place, evil=evil):
                _put_into_a_line(evil, place, cast)


def _put_into_a_line(evil: str, place: str, cast: SimpleNamespace) -> None:
    issue = _issue("Hello {{ contact.first_name | you }}")
    recipient = sample_recipient(cast.acme_contact)
    if place == "name":
        recipient.name = evil
    elif place == "value":
        recipient.values["contact.first_name"] = evil
    elif place == "subject":
        issue.subject = evil
    elif place == "sender":
        issue.sender_name = evil
    elif place == "preheader":
        issue.preheader = evil
    else:
        issue.topic = Topic(pk=issue.topic_id, slug="news", name=evil)
    edition, data = written(issue, recipient)
    assert_one_mail(data)
    mail = read_back(data)
    # It arrives, as one line, where it belongs.
    if place == "name" and one_line(evil):
        assert name_of(data, "To") == one_line(evil)
    if place == "subject":
        assert str(mail["Subject"]) == one_line(evil)
    if place == "sender":
        assert name_of(data, "From") == (one_line(evil) or "My company")
    assert [one.addr_spec for one in mail["To"].addresses] == ["ann@acme.example"]
    assert [one.addr_spec for one in mail["From"].addresses] == ["no-reply@localhost"]
    assert_harmless(text_of(mail, "html"))
    slow = read_back(edition.message(recipient).message().as_bytes())
    assert len(slow.keys()) == len(set(slow.keys())) == len(HEADERS)


def test_no_trick_of_templates_is_saved_or_runs(cast: SimpleNamespace, subtests: pytest.Subtests) -> None:
    for evil in TEMPLATES:
        with subtests.test(evil=evil):
            _no_trick_of_templates_is_saved_or_runs(evil, cast)


def _no_trick_of_templates_is_saved_or_runs(evil: str, cast: SimpleNamespace) -> None:
    recipient = sample_recipient(cast.acme_contact)
    issue = _issue(evil, text=evil)
    Block.objects.create(issue=issue, position=2, kind="link_card", data={"title": evil, "text": evil, "label": evil})
    _, data = written(issue, recipient)
    mail = read_back(data)
    assert str(mail["Subject"]) == one_line(evil)
    # As it was written, in plain sight; Markdown may take its own signs away.
    assert one_line(evil) in text_of(mail, "plain")
    assert_one_mail(data)
    assert_harmless(text_of(mail, "html"))
    if "{{" in evil:
        assert problems(evil, {"contact.first_name"})
        assert "body" in TextForm({"body": evil}, issue=issue).errors
        assert "title" in LinkCardForm({"title": evil, "url": "https://a.example"}, issue=issue).errors
        assert "title" in ProductUpdateForm({"title": evil}, issue=issue).errors
        assert "title" in BookingInvitationForm({"title": evil}, issue=issue).errors


def test_a_value_is_never_read_again(cast: SimpleNamespace, subtests: pytest.Subtests) -> None:
    for evil in VALUES:
        with subtests.test(evil=evil):
            _a_value_is_never_read_again(evil, cast)


def _a_value_is_never_read_again(evil: str, cast: SimpleNamespace) -> None:
    issue = _issue(
        "Hi {{ contact.first_name }}", text="**{{ contact.first_name }}** [x](https://a.example) `{{ customer.name }}`"
    )
    recipient = sample_recipient(cast.acme_contact)
    recipient.values |= {"contact.first_name": evil, "customer.name": evil}
    edition, data = written(issue, recipient)
    assert_one_mail(data)
    mail = read_back(data)
    assert str(mail["Subject"]) == one_line(f"Hi {evil}")
    assert f"{one_line(evil)} x (https://a.example) {one_line(evil)}" in text_of(mail, "plain")
    html = text_of(mail, "html")
    assert_harmless(html)
    expected = Reader(edition.html(sample_recipient(cast.globex_contact))).elements
    assert [tag for tag, _ in Reader(html).elements] == [tag for tag, _ in expected]


def test_no_text_brings_a_script_a_style_or_a_bad_link(cast: SimpleNamespace, subtests: pytest.Subtests) -> None:
    for evil in MARKDOWN:
        with subtests.test(evil=evil):
            _no_text_brings_a_script_a_style_or_a_bad_link(evil, cast)


def _no_text_brings_a_script_a_style_or_a_bad_link(evil: str, cast: SimpleNamespace) -> None:
    issue = _issue("Subject", text=evil)
    Block.objects.create(issue=issue, position=2, kind="product_update", data={"title": evil, "body": evil})
    Block.objects.create(issue=issue, position=3, kind="booking_invitation", data={"title": evil, "body": evil})
    _, data = written(issue, sample_recipient(cast.acme_contact))
    assert_one_mail(data)
    mail = read_back(data)
    assert_harmless(text_of(mail, "html"))
    # The layout around it is whole.
    assert text_of(mail, "html").rstrip().endswith("</html>")
    assert "/n/preview/unsubscribe/" in text_of(mail, "html")
    assert "/n/preview/unsubscribe/" in text_of(mail, "plain")


def test_no_data_of_a_block_brings_one_either(cast: SimpleNamespace, subtests: pytest.Subtests) -> None:
    for data in BLOCKS:
        with subtests.test(data=data):
            _no_data_of_a_block_brings_one_either(data, cast)


def _no_data_of_a_block_brings_one_either(data: dict, cast: SimpleNamespace) -> None:
    issue = _issue("Subject")
    for position, kind in enumerate(("text", "picture", "link_card", "product_update", "booking_invitation"), 2):
        Block.objects.create(issue=issue, position=position, kind=kind, data=data)
    _, mail = written(issue, sample_recipient(cast.acme_contact))
    assert_one_mail(mail)
    assert_harmless(text_of(read_back(mail), "html"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "https://",
        "https://good.example@evil.example/",
        "https://evil.example/\"onmouseover='alert(1)'",
        "https://evil.example/<script>",
        "https://a.example/{{ contact.first_name }}",
        "https://a.example:port/",
        "https://a.example/\u202egpj.exe",
        "mailto:a@a.example,b@b.example",
        "mailto:?bcc=all@a.example",
        "x" * 3000,
    ],
)
def test_a_bad_address_is_refused_by_the_forms(url: str, db: None) -> None:
    issue = make_issue()
    assert "url" in LinkCardForm({"title": "Look", "url": url}, issue=issue).errors
    assert "url" in ProductUpdateForm({"title": "Look", "update": "new", "body": "x", "url": url}, issue=issue).errors


def test_good_addresses_are_taken_as_people_write_them(db: None) -> None:
    issue = make_issue()
    for url, stored in (
        ("company.example/a?b=c&d=e#f", "https://company.example/a?b=c&d=e#f"),
        ("http://company.example:8080/ü", "http://company.example:8080/ü"),
        ("mailto:team@company.example", "mailto:team@company.example"),
    ):
        form = LinkCardForm({"title": "Look {{ contact.first_name | here }}", "url": url}, issue=issue)
        assert form.is_valid(), form.errors
        assert form.data_to_store(actor=None)["url"] == stored


# Any text that the database can hold; the signs that matter come often.
SIGNS = st.sampled_from(
    [*"\r\n\t<>&\"'`=?:;,.@(){}[]|*_#!-\\/ ", "{{", "}}", "\u2028", "\x85", "\u202e", "ü", "漢", "🎉"]
)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
WHOLE = st.sampled_from([*LINES, *TEMPLATES, *VALUES, *MARKDOWN])
ANY = st.lists(st.one_of(SIGNS, LETTERS, WHOLE), max_size=60).map(lambda parts: "".join(parts).replace("\0", ""))


@pytest.fixture
def ground(cast: SimpleNamespace) -> tuple[Issue, Recipient]:
    NewsletterSettings.current()
    issue = make_issue(topic=make_topic("Product news"))
    Block.objects.create(issue=issue, position=2, kind="link_card", data={})
    return issue, sample_recipient(cast.acme_contact)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=ANY, subject=ANY, value=ANY, title=ANY, body=ANY, sender=ANY, topic=ANY)
@example("a" * 300, "b " * 100, "c" * 900, "d" * 200, "e" * 3000, "f" * 120, "g" * 120)
@example("", "", "", "", "", "", "")
def test_any_text_arrives_as_one_mail(
    ground: tuple[Issue, Recipient],
    name: str,
    subject: str,
    value: str,
    title: str,
    body: str,
    sender: str,
    topic: str,
) -> None:
    issue, recipient = ground
    issue.subject, issue.sender_name = subject, sender
    issue.topic.name = topic
    Block.objects.filter(issue=issue, kind="text").update(data={"body": body})
    Block.objects.filter(issue=issue, kind="link_card").update(
        data={"title": title, "text": "{{ contact.first_name | nobody }}", "url": "https://company.example/"}
    )
    recipient.name = name
    recipient.values["contact.first_name"] = value
    edition, data = written(issue, recipient)
    assert_one_mail(data)
    mail = read_back(data)
    filled = "".join(
        piece if isinstance(piece, str) else one_line(recipient.values.get(piece.name) or "") or piece.fallback
        for piece in parse(one_line(subject), variables.names())
    )
    assert str(mail["Subject"]) == one_line(filled)
    assert name_of(data, "To") == one_line(name)
    assert name_of(data, "From") == (one_line(sender) or "My company")
    assert text_of(mail, "plain") == edition.text(recipient)
    assert text_of(mail, "html") == edition.html(recipient)
    assert f"\n{one_line(value) or 'nobody'}\nRead more: https://company.example/\n" in text_of(mail, "plain")
    assert_harmless(edition.html(recipient))
