"""Contacts read what was sent, vote once on coming topics, and choose what they get; all without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from newsletters import links
from newsletters.models import Delivery, Issue, NewsletterSettings, Preference, Proposal, ProposalVote, Suppression
from newsletters.queries.portal import news_of
from newsletters.queries.preferences import choices_of
from tests.newsletters.makers import make_delivery, make_issue, make_topic

Login = Callable[..., Client]
AT = "/portal/newsletters/"


@pytest.fixture
def browser(cast: SimpleNamespace, login: Login) -> Client:
    """Return the browser of Acme's contact."""
    return login(cast.acme_contact.user)


def finished(title: str, *, reached: int = 1, **fields: bool) -> Issue:
    """Return an issue that was sent to so many others."""
    issue, now = make_issue(title, **fields), timezone.now()
    for number in range(reached):
        address = f"r{number}@reader.example"
        Delivery.objects.create(issue=issue, channel="mail", address=address, state="sent", sent_at=now, due_at=now)
    counts = dict.fromkeys(("failed", "unknown", "suppressed", "cancelled"), 0) | {"total": reached, "sent": reached}
    Issue.objects.filter(pk=issue.pk).update(state="finished", ended_at=timezone.now(), **counts)
    return issue


def received(cast: SimpleNamespace, issue: Issue, **fields: object) -> Delivery:
    """Return the delivery that reached Acme's contact."""
    return make_delivery(issue, cast.acme_contact, **{"state": "sent", "sent_at": timezone.now(), **fields})


def test_that_own_mails_and_the_archive_stand_there_once(cast: SimpleNamespace, browser: Client) -> None:
    mine = finished("Mine")
    delivery = received(cast, mine)
    finished("From the archive")
    finished("Not shown", in_archive=False)
    # It does not stand in the archive, so a link to it would lead nowhere.
    finished("Reached nobody", reached=0)
    make_issue("Draft")
    page = browser.get(AT).content.decode()
    assert page.count("Mine</a>") == 1
    assert f"/n/{links.token_of(delivery.pk)}/" in page
    assert "From the archive</a>" in page
    assert "Not shown" not in page
    assert "Reached nobody" not in page
    assert "Draft" not in page


def test_that_a_closed_archive_shows_own_mails_alone(cast: SimpleNamespace) -> None:
    received(cast, finished("Mine", in_archive=False))
    finished("Another")
    NewsletterSettings.current()
    NewsletterSettings.objects.update(archive="nobody")
    assert [one.title for one in news_of(cast.acme_contact)] == ["Mine"]
    assert news_of(cast.globex_contact) == []


def test_that_mails_that_did_not_arrive_are_not_shown(cast: SimpleNamespace) -> None:
    NewsletterSettings.current()
    NewsletterSettings.objects.update(archive="nobody")
    received(cast, finished("Bounced"), bounced_at=timezone.now())
    received(cast, finished("Refused"), state="failed")
    assert news_of(cast.acme_contact) == []


def test_that_a_contact_votes_once_and_takes_it_back(cast: SimpleNamespace, browser: Client) -> None:
    proposal = Proposal.objects.create(title="Exports", customers_may_vote=True)
    for _ in range(2):
        answer = browser.post(f"{AT}coming/{proposal.pk}/vote/", {"wants": "1"}, follow=True)
    assert "You want this" in answer.content.decode()
    assert list(ProposalVote.objects.values_list("contact", "user")) == [(cast.acme_contact.pk, None)]
    browser.post(f"{AT}coming/{proposal.pk}/vote/", {"wants": "0"})
    assert not ProposalVote.objects.exists()


@pytest.mark.parametrize("fields", [{"customers_may_vote": False}, {"state": "declined"}, {"state": "planned"}])
def test_that_what_is_not_up_for_votes_is_not_there(
    cast: SimpleNamespace, browser: Client, fields: dict[str, object]
) -> None:
    proposal = Proposal.objects.create(**{"title": "Secret plan", "customers_may_vote": True, **fields})
    assert "Secret plan" not in browser.get(AT).content.decode()
    assert browser.post(f"{AT}coming/{proposal.pk}/vote/", {"wants": "1"}).status_code == 404
    assert not ProposalVote.objects.exists()


def test_that_customers_do_not_see_who_else_voted(cast: SimpleNamespace, browser: Client) -> None:
    proposal = Proposal.objects.create(title="Exports", customers_may_vote=True, asked_by=77, proposed_by=cast.csm)
    ProposalVote.objects.create(proposal=proposal, contact=cast.globex_contact)
    page = browser.get(AT).content.decode()
    assert "77" not in page
    assert cast.csm.name not in page
    assert "Globex" not in page


def test_that_boxes_change_only_what_differs(cast: SimpleNamespace, browser: Client) -> None:
    news, offers = make_topic("News"), make_topic("Offers", needs_consent=True)
    shown = {f"shown-{news.pk}": "1", f"shown-{offers.pk}": "1"}
    browser.post(f"{AT}choose/", {**shown, f"mail-{offers.pk}": "on", f"notice-{news.pk}": "on"})
    said = set(Preference.objects.values_list("topic__name", "channel", "wants", "origin"))
    assert said == {("News", "mail", False, "portal"), ("Offers", "mail", True, "portal")}
    answer = browser.post(f"{AT}choose/", {**shown, f"mail-{offers.pk}": "on", f"notice-{news.pk}": "on"}, follow=True)
    assert "Nothing was changed" in answer.content.decode()


def test_that_a_topic_opened_meanwhile_is_not_declined(cast: SimpleNamespace, browser: Client) -> None:
    news = make_topic("News")
    browser.post(f"{AT}choose/", {f"shown-{news.pk}": "1", f"mail-{news.pk}": "on", f"notice-{news.pk}": "on"})
    make_topic("New one")
    browser.post(f"{AT}choose/", {f"shown-{news.pk}": "1"})
    got = {one.topic.name: (one.mail, one.notice) for one in choices_of(cast.acme_contact).topics}
    assert got == {"News": (False, False), "New one": (True, True)}


def test_that_everything_is_declined_at_once(cast: SimpleNamespace, browser: Client) -> None:
    make_topic("News")
    browser.post(f"{AT}choose/", {"nothing": "1"})
    assert [(one.mail, one.notice) for one in choices_of(cast.acme_contact).topics] == [(False, False)]


def test_that_a_suppressed_address_is_told(cast: SimpleNamespace, browser: Client) -> None:
    make_topic()
    Suppression.objects.create(address=cast.acme_contact.email, reason="bounced", origin="smtp")
    assert "We send no newsletter to this address" in browser.get(f"{AT}choose/").content.decode()


def test_that_the_first_page_says_what_is_new(cast: SimpleNamespace, browser: Client) -> None:
    assert "newsletters" not in browser.get("/portal/").content.decode().split("<main")[1]
    received(cast, finished("Fresh news"))
    received(cast, make_issue("Old news"), sent_at=timezone.now() - timedelta(days=15), address="ann2@acme.example")
    Proposal.objects.create(title="Exports", customers_may_vote=True)
    page = browser.get("/portal/").content.decode()
    assert "Fresh news</a>" in page
    assert "1 topic waits for your vote" in page


def test_that_who_declined_everything_ticks_a_topic_to_get_it_again(cast: SimpleNamespace, browser: Client) -> None:
    topic = make_topic("News")
    Suppression.objects.create(address=cast.acme_contact.email, reason="unsubscribed", origin="provider")
    assert [one.mail for one in choices_of(cast.acme_contact).topics] == [False]
    ticked = {f"mail-{topic.pk}": "on", f"notice-{topic.pk}": "on"}
    browser.post(f"{AT}choose/", {f"shown-{topic.pk}": "1", **ticked})
    assert not Suppression.objects.exists()
    assert [one.mail for one in choices_of(cast.acme_contact).topics] == [True]
