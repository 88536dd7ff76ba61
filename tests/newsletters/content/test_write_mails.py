"""The mail as a whole: headers by their standards, both parts, and what differs between recipients."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.test import override_settings
from django.utils import timezone

from newsletters import links
from newsletters.models import Block, Delivery, Issue, Link, NewsletterSettings
from newsletters.rendering.edition import edition_key, edition_of
from newsletters.rendering.recipients import recipients_of, sample_recipient
from newsletters.rendering.tracking import store_links
from newsletters.rules.wire import BadAddress
from tests.newsletters.content.conftest import read_back, text_of
from tests.newsletters.makers import make_delivery, make_issue, make_topic

Write = Callable[..., bytes]
# Once each, in every mail, and no others.
HEADERS = {
    "To",
    "Subject",
    "Date",
    "From",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Post",
    "Precedence",
    "Auto-Submitted",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
}


@pytest.fixture
def house(db: None) -> NewsletterSettings:
    settings = NewsletterSettings.current()
    settings.sender_name = "Example & Söhne"
    settings.sender_address = "news@mail.company.example"
    settings.reply_to = "answers@company.example"
    settings.postal_address = "1 Main Street\nSpringfield"
    settings.save()
    return settings


def test_headers_follow_their_standards(cast: SimpleNamespace, house: NewsletterSettings, mail_to: Write) -> None:
    issue = make_issue("Reports, {{ contact.first_name | there }}", topic=make_topic("Größere Neuigkeiten", slug="big"))
    with override_settings(PUBLIC_URL="https://cs.company.example"):
        mail = read_back(mail_to(issue, cast.acme_contact))
    delivery = Delivery.objects.get()
    token = links.token_of(delivery.pk)
    assert set(mail.keys()) == HEADERS | {"Reply-To"}
    assert len(mail.keys()) == len(set(mail.keys()))
    # RFC 5322
    assert mail["From"].addresses[0].display_name == "Example & Söhne"
    assert mail["From"].addresses[0].addr_spec == "news@mail.company.example"
    assert mail["To"].addresses[0].addr_spec == "ann@acme.example"
    assert mail["To"].addresses[0].display_name == "Ann"
    assert mail["Reply-To"].addresses[0].addr_spec == "answers@company.example"
    assert mail["Subject"] == "Reports, Ann"
    assert abs((mail["Date"].datetime - timezone.now()).total_seconds()) < 600
    assert mail["Message-ID"] == f"<{links.message_name_of(token)}@mail.company.example>"
    # What travels on with answers opens nothing.
    assert token not in mail["Message-ID"]
    assert links.token_behind(links.message_name_of(token)) == token
    # RFC 2919: a phrase, then the identifier in angle brackets, in domain-like form
    phrase, _, identifier = str(mail["List-Id"]).rpartition(" ")
    assert identifier == "<big.newsletters.mail.company.example>"
    assert "Größere" in phrase or phrase.startswith("=?utf-8?b?")
    # RFC 2369: addresses in angle brackets, commas between; best first; nobody may post
    ways = re.findall(r"<([^<>\s]+)>", str(mail["List-Unsubscribe"]))
    assert str(mail["List-Unsubscribe"]) == ", ".join(f"<{way}>" for way in ways)
    assert [urlsplit(way).scheme for way in ways] == ["https", "mailto"]
    assert ways[1] == f"mailto:answers@company.example?subject=unsubscribe%20{token}"
    assert mail["List-Post"] == "NO"
    # RFC 8058: one https address that is opaque, and the post's own words
    assert ways[0] == f"https://cs.company.example/n/{token}/unsubscribe/"
    assert "@" not in ways[0]
    assert links.delivery_id_of(token) == delivery.pk
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # RFC 3834, and what older mail programs ask
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] == "bulk"
    assert re.fullmatch(r"\d+:big:newsletter:[a-z0-9]{5,15}", mail["Feedback-ID"])


def test_without_an_address_for_answers_only_the_click_is_offered(cast: SimpleNamespace, mail_to: Write) -> None:
    mail = read_back(mail_to(make_issue(), cast.acme_contact))
    assert set(mail.keys()) == HEADERS
    assert str(mail["List-Unsubscribe"]).count("<") == 1


def test_both_parts_say_the_same_and_end_with_the_foot(
    cast: SimpleNamespace, house: NewsletterSettings, mail_to: Write
) -> None:
    issue = make_issue(text="Hello {{ contact.first_name | there }} of {{ customer.name }},\n\n- one\n- *two*")
    mail = read_back(mail_to(issue, cast.acme_contact))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, html = text_of(mail, "plain"), text_of(mail, "html")
    assert "Hello Ann of Acme,\n\n- one\n- two" in plain
    assert "Hello Ann of Acme,</p>" in html
    token = links.token_of(Delivery.objects.get().pk)
    for part in (plain, html):
        assert "1 Main Street" in part
        assert "because" in part or "have not declined" in part
        for url in (links.unsubscribe_url(token), links.preferences_url(token), links.view_url(token)):
            assert url in part


def test_message_for_providers_is_the_same_mail(
    cast: SimpleNamespace, house: NewsletterSettings, mail_to: Write
) -> None:
    issue = make_issue("Für {{ contact.first_name }}", topic=make_topic("Größe", slug="big"), text="Hello **you**")
    data = mail_to(issue, cast.acme_contact)
    edition = edition_of(issue)
    [recipient] = recipients_of([(Delivery.objects.get().pk, cast.acme_contact.pk, "ann@acme.example", "")], set())
    recipient.values["contact.first_name"] = "Ann"
    fast, slow = read_back(data), read_back(edition.message(recipient).message().as_bytes())
    for name in {*fast.keys()} - {"Date", "Content-Type", "Message-ID"}:
        assert str(fast[name]).strip() == str(slow[name]).strip(), name
    assert fast["Message-ID"] == slow["Message-ID"]
    for kind in ("plain", "html"):
        assert text_of(fast, kind) == text_of(slow, kind)


def test_who_has_no_value_gets_the_fallback(cast: SimpleNamespace, mail_to: Write) -> None:
    cast.acme_contact.first_name = "  "
    cast.acme_contact.save()
    issue = make_issue("Dear {{ contact.first_name | reader }}", text="{{ webinar.next | soon }}, {{ csm.name }}!")
    mail = read_back(mail_to(issue, cast.acme_contact))
    assert mail["Subject"] == "Dear reader"
    assert f"soon, {cast.csm.name}!" in text_of(mail, "plain")


def test_each_variant_has_its_subject_and_the_winner_is_for_the_rest(cast: SimpleNamespace, mail_to: Write) -> None:
    issue = make_issue("First", subject_b="Second {{ contact.first_name }}")
    assert read_back(mail_to(issue, cast.acme_contact, "b"))["Subject"] == "Second Ann"
    recipient = sample_recipient(cast.acme_contact)
    assert edition_of(issue).subject(recipient) == "First"
    before = edition_key(issue)
    issue.winner = "b"
    assert edition_of(issue).subject(recipient) == "Second Ann"
    assert edition_key(issue) != before
    before = edition_key(issue)
    NewsletterSettings.objects.update_or_create(pk=1, defaults={"postal_address": "1 New Street"})
    assert edition_key(issue) != before


def test_links_are_counted_only_where_tracking_is_on(cast: SimpleNamespace, mail_to: Write) -> None:
    issue = make_issue(text="[Read](https://company.example/a?b=1&c=2)")
    mail = read_back(mail_to(issue, cast.acme_contact))
    assert 'href="https://company.example/a?b=1&amp;c=2"' in text_of(mail, "html")
    assert "Read (https://company.example/a?b=1&c=2)" in text_of(mail, "plain")
    assert "seen.gif" not in text_of(mail, "html")
    Issue.objects.update(tracking="individual")
    issue.refresh_from_db()
    assert store_links(issue) == store_links(issue) == 1
    link = Link.objects.get()
    mail = read_back(mail_to(issue, cast.globex_contact))
    token = links.token_of(Delivery.objects.get(contact=cast.globex_contact).pk)
    assert f'href="{links.click_url(token, link.pk)}"' in text_of(mail, "html")
    assert f"Read ({links.click_url(token, link.pk)})" in text_of(mail, "plain")
    assert links.pixel_url(token) in text_of(mail, "html")
    assert "company.example/a" not in text_of(mail, "html")


def test_recipients_take_as_many_queries_for_many_as_for_one(
    cast: SimpleNamespace, django_assert_num_queries: Callable
) -> None:
    issue = make_issue(text="{{ contact.name }} {{ csm.name }} {{ customer.name }}")
    Block.objects.create(issue=issue, position=2, kind="booking_invitation", data={"title": "Book", "body": "Now"})
    names = edition_of(issue).variables
    assert names == {"contact.name", "csm.name", "customer.name", "booking_url"}
    rows = [
        (make_delivery(issue, contact).pk, contact.pk, contact.email, "")
        for contact in (cast.acme_contact, cast.globex_contact)
    ]
    for some in (rows[:1], rows):
        with django_assert_num_queries(3):
            found = recipients_of(some, names)
    assert [one.values["customer.name"] for one in found] == ["Acme", "Globex"]
    assert [one.name for one in recipients_of([(9, None, "gone@acme.example", "")], names)] == [""]


@pytest.mark.parametrize(
    "address", ["a\r\nBcc: b@x.example", "a b@x.example", "<a@x.example>", "ü@x.example", "a@x,b@x"]
)
def test_no_mail_is_written_to_what_is_no_address(address: str, cast: SimpleNamespace) -> None:
    recipient = sample_recipient(cast.acme_contact)
    recipient.address = address
    with pytest.raises(BadAddress):
        edition_of(make_issue()).mail(recipient)


def test_an_international_domain_is_written_in_ascii(cast: SimpleNamespace) -> None:
    recipient = sample_recipient(cast.acme_contact)
    recipient.address = "ann@bücher.example"
    assert read_back(edition_of(make_issue()).mail(recipient))["To"].addresses[0].domain == "xn--bcher-kva.example"
