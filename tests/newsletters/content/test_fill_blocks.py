"""The registries: kinds of blocks with their forms, variables with their values, where invitations lead."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from crispy_forms.utils import render_crispy_form

from accounts.models import Assignment, CompanySettings
from core.errors import NotFound
from newsletters import blocks, invitations, variables
from newsletters.models import Block
from newsletters.rendering.edition import edition_of
from newsletters.rendering.recipients import recipients_of, sample_recipient
from newsletters.rules.phrases import LANGUAGES
from queues.links import read_book
from tests import cast as makers
from tests.newsletters.makers import make_delivery, make_issue

FILLED: dict[str, dict[str, str]] = {
    "text": {"body": "Hello {{ contact.first_name | there }}"},
    "link_card": {"title": "A card", "text": "", "url": "https://company.example/a", "label": ""},
    "product_update": {"update": "new", "title": "Exports", "body": "As a file", "url": "", "label": ""},
    "booking_invitation": {"title": "Ask us", "body": "An hour", "label": "Book"},
}


@pytest.mark.parametrize("key", ["text", "picture", "link_card", "product_update", "booking_invitation"])
def test_each_kind_has_a_form_that_reads_what_it_stored(key: str, db: None) -> None:
    issue, kind = make_issue(), blocks.kind_of(key)
    html = render_crispy_form(kind.form(issue=issue, initial=FILLED.get(key)))
    assert "<form" not in html
    assert " style=" not in html
    assert not re.search(r"<[^>]* on[a-z]+=", html)
    named = set(re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', html.replace('type="hidden"', "hidden")))
    assert named <= set(re.findall(r'<label[^>]* for="([^"]+)"', html)) | {"id_picture"}
    if key in FILLED:
        form = kind.form(FILLED[key], issue=issue)
        assert form.is_valid(), form.errors
        assert form.data_to_store(actor=None) == FILLED[key]
        empty = kind.form({}, issue=issue)
        assert not empty.is_valid()
        assert kind.texts(FILLED[key])
    assert kind in blocks.kinds()


def test_what_is_too_long_or_holds_nul_is_refused(db: None) -> None:
    issue = make_issue()
    for body in ("x" * 20_001, "a\0b", "   "):
        assert "body" in blocks.kind_of("text").form({"body": body}, issue=issue).errors
    with pytest.raises(NotFound):
        blocks.kind_of("webinar_of_tomorrow")


def test_variables_know_the_contact_its_company_and_who_looks_after_it(cast: SimpleNamespace) -> None:
    CompanySettings.objects.update_or_create(pk=1, defaults={"name": "Example Inc"})
    cast.acme_contact.last_name = "Miller"
    cast.acme_contact.save()
    makers.make_contact(cast.acme, "other@acme.example")
    values = variables.values_of([cast.acme_contact.pk, cast.globex_contact.pk], variables.names())
    assert values[cast.acme_contact.pk] == {
        "contact.first_name": "Ann",
        "contact.last_name": "Miller",
        "contact.name": "Ann Miller",
        "customer.name": "Acme",
        "csm.name": cast.csm.name,
        "csm.email": cast.csm.email,
        "team.name": "Team North",
        "company.name": "Example Inc",
    }
    assert values[cast.globex_contact.pk]["csm.name"] == cast.other_csm.name
    # Who looks after nobody any more is no longer named.
    Assignment.objects.filter(customer=cast.acme).update(ends_at=Assignment.objects.first().starts_at)  # type: ignore[union-attr]
    cast.other_csm.is_active = False
    cast.other_csm.save()
    values = variables.values_of([cast.acme_contact.pk, cast.globex_contact.pk], ["csm.name"])
    assert values == {cast.acme_contact.pk: {}, cast.globex_contact.pk: {}}


def test_another_app_adds_a_variable_and_a_kind(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variables, "_variables", dict(variables._variables))
    monkeypatch.setattr(blocks, "_kinds", dict(blocks._kinds))
    variables.register(
        variables.Variable("webinar.next", "Next", "Soon", lambda ids: {**dict.fromkeys(ids, "Reports & more"), 0: "x"})
    )
    blocks.register(
        blocks.BlockKind(
            "webinar",
            "Webinar",
            "video",
            blocks.kind_of("text").form,
            lambda data, sheet: f"<mj-text>{sheet.words(data['body'])}</mj-text>",
            lambda data, sheet: sheet.title(data["body"]),
            lambda data: [],
        )
    )
    issue = make_issue(text="Come to {{ webinar.next | something }}")
    Block.objects.create(issue=issue, position=2, kind="webinar", data={"body": "<{{ webinar.next }}>"})
    edition, recipient = edition_of(issue), sample_recipient(cast.acme_contact)
    assert "&lt;Reports &amp; more&gt;" in edition.html(recipient)
    assert "Come to Reports & more\n\n<Reports & more>\n--------\n" in edition.text(recipient)


def test_an_invitation_leads_each_contact_to_its_own_hour(cast: SimpleNamespace) -> None:
    issue = make_issue()
    Block.objects.create(issue=issue, position=2, kind="booking_invitation", data=FILLED["booking_invitation"])
    edition = edition_of(issue)
    contacts = [cast.acme_contact, cast.globex_contact]
    rows = [(make_delivery(issue, one).pk, one.pk, one.email, "") for one in contacts]
    for contact, recipient in zip(contacts, recipients_of(rows, edition.variables), strict=True):
        [address] = re.findall(r"Book: (\S+)", edition.text(recipient))
        assert f'href="{address}"' in edition.html(recipient)
        assert read_book(address.rstrip("/").rpartition("/")[2]).contact == contact
    # A preview books nothing, whoever looks at it.
    assert "/h/book/" not in edition.html(sample_recipient(cast.acme_contact))


def test_without_hours_to_book_the_portal_is_offered(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "_addresses", [])
    assert invitations.invitation_url(cast.acme_contact).endswith("/portal/")


@pytest.mark.parametrize("language", [*LANGUAGES, "pl", "pt-BR", "", 'x"><script>'])
def test_a_mail_speaks_the_language_of_its_issue(language: str, cast: SimpleNamespace) -> None:
    issue = make_issue(language=language[:12])
    blocks_of: list[tuple[str, Any]] = list(FILLED.items())
    for position, (kind, data) in enumerate(blocks_of, 2):
        Block.objects.create(issue=issue, position=position, kind=kind, data=data | {"label": ""})
    html = edition_of(issue).html(sample_recipient(cast.acme_contact))
    own = LANGUAGES.get(language[:2], LANGUAGES["en"])
    for words in (own.unsubscribe, own.read_more, own.choose_hour, own.updates[0], f'lang="{own.language}" dir="ltr"'):
        assert words.replace("'", "&#x27;") in html
    assert "{company}" not in html
    assert "<script" not in html
    assert f'<html lang="{language if language.replace("-", "").isalpha() else "en"}"' in html
