"""Suppressed addresses: listed, entered, lifted with a reason; and what colleagues choose for a contact."""

from types import SimpleNamespace

import pytest

from accounts.models import TimelineEntry
from newsletters.models import Preference, Suppression
from tests.newsletters.makers import make_topic

pytestmark = pytest.mark.django_db
LIST, ADD = "/newsletters/suppressed/", "/newsletters/suppressed/add/"


def test_enters_and_lifts_with_a_reason(cast: SimpleNamespace, login) -> None:
    browser = login(cast.support)
    answer = browser.post(ADD, {"address": " Ann@Acme.example ", "detail": "Asked by phone"}, follow=True)
    assert "ann@acme.example" in answer.content.decode()
    made = Suppression.objects.get()
    assert (made.reason, made.origin, made.created_by, made.detail) == (
        "manual",
        "staff",
        cast.support,
        "Asked by phone",
    )
    told = TimelineEntry.objects.get(customer=cast.acme, kind="newsletter.suppression")
    assert told.actor == cast.support
    lift = f"{LIST}{made.pk}/lift/"
    assert browser.post(lift, {"why": " "}).status_code == 422
    assert Suppression.objects.exists()
    browser.post(lift, {"why": "The mailbox works again"})
    assert not Suppression.objects.exists()
    assert browser.post(lift, {"why": "Again"}).status_code == 404
    assert TimelineEntry.objects.filter(customer=cast.acme, kind="newsletter.suppression").count() == 2


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "x" * 300 + "@acme.example", "a b@acme.example"])
def test_refuses_what_is_no_address(cast: SimpleNamespace, login, address: str) -> None:
    answer = login(cast.specialist).post(ADD, {"address": address, "detail": "Why"})
    assert answer.status_code == 422
    assert not Suppression.objects.exists()


def test_says_that_it_is_there_already(cast: SimpleNamespace, login) -> None:
    Suppression.objects.create(address="ann@acme.example", reason="complained", origin="provider")
    answer = login(cast.specialist).post(ADD, {"address": "ann@acme.example", "detail": "Why"})
    assert answer.status_code == 422
    assert "suppressed already" in answer.content.decode()
    assert Suppression.objects.get().reason == "complained"


def test_is_found_by_words_and_reason_and_goes_page_by_page(
    cast: SimpleNamespace, login, django_assert_max_num_queries
) -> None:
    Suppression.objects.bulk_create(
        Suppression(address=f"person{n}@acme.example", reason="bounced", origin="smtp") for n in range(60)
    )
    Suppression.objects.create(address="100%_real@acme.example", reason="manual", origin="staff")
    browser = login(cast.specialist)
    with django_assert_max_num_queries(14):
        page = browser.get(LIST)
    assert len(page.context["rows"]) == 50
    second = browser.get(LIST, {"after": page.context["page"]["next"]})
    assert len(second.context["rows"]) == 11
    assert [one.address for one in browser.get(LIST, {"q": "%_R"}).context["rows"]] == ["100%_real@acme.example"]
    assert len(browser.get(LIST, {"reason": "manual"}).context["rows"]) == 1
    assert "No such address" in browser.get(LIST, {"q": "zebra"}).content.decode()
    assert browser.get(LIST, {"after": "nonsense"}).status_code == 422


def test_a_colleague_chooses_for_a_contact(cast: SimpleNamespace, login) -> None:
    topic = make_topic()
    url = f"/newsletters/contacts/{cast.acme_contact.pk}/preferences/"
    browser = login(cast.csm)
    assert "What a contact gets" in browser.get(url).content.decode()
    assert "dialog-title" in browser.get(url, headers={"hx-request": "true"}).content.decode()
    assert browser.post(url, {f"shown-{topic.pk}": "1", f"notice-{topic.pk}": "on"}).status_code == 302
    said = Preference.objects.get()
    assert (said.topic, said.channel, said.wants, said.origin) == (topic, "mail", False, "staff")
    assert TimelineEntry.objects.get(kind="newsletter.preference").actor == cast.csm
    assert browser.get(url.replace(str(cast.acme_contact.pk), str(cast.globex_contact.pk))).status_code == 404
