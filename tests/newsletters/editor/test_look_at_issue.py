"""The preview shows what one contact gets, and a test mail reaches colleagues only."""

import html
import re

import pytest
from django.core import mail

from core import outbox
from newsletters.actions.issues import change_details
from newsletters.models import Issue, NewsletterSettings

pytestmark = pytest.mark.django_db


def test_as_a_contact_and_as_nobody(writer, issue, cast):
    path = f"/newsletters/{issue.pk}/preview/mail/"
    assert "Hello there" in writer.get(path).content.decode()
    answer = writer.get(f"{path}?contact={cast.acme_contact.pk}")
    assert f"Hello {cast.acme_contact.first_name}" in answer.content.decode()
    # Nothing runs in the frame, and nobody else may frame it.
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_only_contacts_that_the_person_sees(writer, issue, cast):
    page = writer.get(f"/newsletters/{issue.pk}/preview/contacts/?who=example").content.decode()
    assert "ann@acme.example" in page
    assert "gil@globex.example" not in page
    # By the company too, and by several words of which each fits somewhere; "_" is a sign like any other.
    for who, is_found in (
        ("acme", True),
        ("ANN acme", True),
        ("ann globex", False),
        ("globex", False),
        ("a_me", False),
    ):
        page = writer.get(f"/newsletters/{issue.pk}/preview/contacts/", {"who": who}).content.decode()
        assert ("ann@acme.example" in page, "gil@globex.example" in page) == (is_found, False), who
    assert writer.get(f"/newsletters/{issue.pk}/preview/?contact={cast.globex_contact.pk}").status_code == 404


@pytest.mark.parametrize(
    "query", ["who=' OR 1=1", "who=" + "x" * 3000, "who=a%00b", "contact=²", "way=sideways&variant=z"]
)
def test_whatever_is_asked_for(writer, issue, query):
    assert writer.get(f"/newsletters/{issue.pk}/preview/?{query}").status_code == 200


@pytest.mark.parametrize("whose", ["issue", "house"])
def test_an_address_that_no_mail_can_name_is_told_and_can_be_mended(writer, specialist, issue, whose):
    rows = Issue.objects.filter(pk=issue.pk) if whose == "issue" else NewsletterSettings.objects.all()
    rows.update(reply_to="ann@[127.0.0.1]")
    page = writer.get(f"/newsletters/{issue.pk}/content/").content.decode()
    assert "It can’t be drawn." in page
    assert "No mail can name ann@[127.0.0.1]" in writer.get(f"/newsletters/{issue.pk}/checks/").content.decode()
    assert writer.get(f"/newsletters/{issue.pk}/preview/mail/").status_code == 409
    answer = writer.post(f"/newsletters/{issue.pk}/test/", {"to": "csm@company.example"})
    assert answer.status_code == 422


def test_plain_text(writer, issue):
    page = writer.get(f"/newsletters/{issue.pk}/preview/?way=text").content.decode()
    assert "Hello there" in page
    assert "<iframe" not in page


def test_script_in_a_block_is_text(writer, issue):
    block = issue.blocks.get()
    block.data = {"body": "<script>alert(1)</script> <img src=x onerror=alert(1)>"}
    block.save()
    page = writer.get(f"/newsletters/{issue.pk}/preview/mail/").content.decode()
    assert "<script" not in page
    assert "<img src=x" not in page


def test_a_test_mail_has_the_subject_that_is_looked_at(writer, issue, cast):
    change_details(actor=cast.csm, issue=issue, subject="First", subject_b="Second")
    page = writer.get(f"/newsletters/{issue.pk}/test/?contact=&variant=b").content.decode()
    path = html.unescape(re.search(r'<form method="post" action="(/newsletters/[^"]+)"', page)[1])
    assert writer.post(path, {"to": cast.csm.email}).status_code == 302
    outbox.drain()
    assert [one.subject for one in mail.outbox] == ["[Test] Second"]


def test_a_test_mail_is_marked_and_changes_nothing(writer, issue, cast):
    path = f"/newsletters/{issue.pk}/test/?contact={cast.acme_contact.pk}"
    sent = f"{cast.csm.email}, {cast.specialist.email.upper()}"
    assert writer.post(path, {"to": sent}).status_code == 302
    outbox.drain()
    assert sorted(one.to for one in mail.outbox) == [[cast.csm.email], [cast.specialist.email]]
    message = mail.outbox[0]
    assert message.subject == f"[Test] {issue.subject}"
    assert "Hello Ann" in message.body
    assert "/n/preview/" in message.body
    assert not any(name.startswith("List-") for name in message.extra_headers)
    assert not issue.deliveries.exists()


@pytest.mark.parametrize("to", ["", "ann@acme.example", "nobody", "a@b.example\nBcc: c@d.example"])
def test_a_test_reaches_no_customer(writer, issue, to):
    answer = writer.post(f"/newsletters/{issue.pk}/test/", {"to": to})
    assert answer.status_code == 422
    outbox.drain()
    assert mail.outbox == []
