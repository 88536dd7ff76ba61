"""Topics, proposals, figures and the portal's news, full of what a team has after some weeks."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from newsletters.actions.preferences import choose
from newsletters.models import Click, Delivery, Issue, Link, OpenTally, Pace, Proposal, ProposalVote
from tests.browser.conftest import FaultsInEveryLook, OpenPage
from tests.newsletters.makers import make_issue, make_topic

NOW = timezone.now()
TIERS = ("high", "low", "tech")


def sent(topic, title: str, weeks: int, **fields) -> Issue:  # type: ignore[no-untyped-def]
    """Return an issue that went out so many weeks ago to two hundred readers."""
    at = NOW - timedelta(weeks=weeks)
    issue = make_issue(title, topic=topic, tracking="individual", frozen_at=at, started_at=at, **fields)
    Delivery.objects.bulk_create(
        Delivery(
            issue=issue,
            channel="mail",
            address=f"reader{n}@readers.example",
            tier=TIERS[n % 3],
            variant="ab"[n % 2] if issue.subject_b else "",
            state="failed" if n % 40 == 0 else "sent",
            due_at=at,
            sent_at=None if n % 40 == 0 else at,
            bounced_at=at if n % 40 == 0 else None,
            opened_at=at if n % 3 else None,
            clicked_at=at if n % (5 + weeks) == 0 else None,
            unsubscribed_at=at if n % 67 == 1 else None,
        )
        for n in range(200)
    )
    link = Link.objects.create(
        issue=issue, url=f"https://larkspur.example/{title.lower()}", clicks=31, machine_clicks=9
    )
    for delivery in issue.deliveries.filter(clicked_at__isnull=False):
        Click.objects.create(delivery=delivery, link=link, first_at=at)
    OpenTally.objects.create(issue=issue, people=0, machines=44)
    counts = {state: issue.deliveries.filter(state=state).count() for state in Delivery.FINAL}
    Issue.objects.filter(pk=issue.pk).update(state="finished", ended_at=at, total=200, **counts)
    return issue


@pytest.fixture
def press(cast: SimpleNamespace) -> SimpleNamespace:
    """Return what a team has: topics, issues that went out, proposals with votes, slowed receivers."""
    news = make_topic("Product news", description="What is new and how to use it, once a month.")
    offers = make_topic("Offers", description="Rarely: editions and add-ons.", needs_consent=True, position=1)
    make_topic("Old events", is_open=False, position=2)
    issues = [sent(news, title, weeks) for weeks, title in ((9, "September"), (5, "October"))]
    issues.append(sent(news, "November", 1, subject_b="Three things that save you an hour", winner="b"))
    Delivery.objects.filter(issue=issues[-1], address="reader1@readers.example").update(contact=cast.acme_contact)
    choose(contact=cast.acme_contact, topic=offers, channel="mail", wants=False, origin="portal")
    proposal = Proposal.objects.create(
        title="Exports to spreadsheets", body="How to keep columns in order.", customers_may_vote=True, asked_by=7,
        source="hours", key="hours:exports", topic=news,
    )  # fmt: skip
    ProposalVote.objects.create(proposal=proposal, contact=cast.globex_contact)
    Proposal.objects.create(title="Keyboard shortcuts", proposed_by=cast.am)
    make_issue("December", topic=news)
    Pace.objects.create(domain="", per_minute=6000)
    Pace.objects.create(domain="slow.example", slowed_to=30, last_answer="421 4.7.0 Too many connections, slow down")
    return SimpleNamespace(issue=issues[-1], topic=news, proposal=proposal)


def test_that_full_pages_are_usable(
    cast: SimpleNamespace, press: SimpleNamespace, faults_in_every_look: FaultsInEveryLook
) -> None:
    at = "/newsletters"
    staff = [
        f"{at}/topics/",
        f"{at}/topics/{press.topic.pk}/",
        f"{at}/proposals/",
        f"{at}/proposals/{press.proposal.pk}/",
        f"{at}/{press.issue.pk}/figures/",
        f"{at}/settings/",
        f"/customers/{cast.acme.pk}/",
    ]
    faults = faults_in_every_look(staff, cast.manager)
    faults += faults_in_every_look(
        ["/portal/", "/portal/newsletters/", "/portal/newsletters/choose/"], cast.acme_contact.user
    )
    assert not faults, "\n".join(faults)


def test_that_a_vote_counts_without_leaving_the_list(
    cast: SimpleNamespace, press: SimpleNamespace, open_page: OpenPage
) -> None:
    page = open_page("/newsletters/proposals/", cast.csm)
    button = page.get_by_role("button", name="Vote for Exports to spreadsheets")
    button.click()
    expect(page.get_by_role("button", name="Voted for Exports to spreadsheets")).to_be_visible()
    expect(page.locator(f"#vote-{press.proposal.pk}")).to_contain_text("1 customer, 1 colleague, 7 asked in hours")
    page.get_by_role("button", name="Voted for Exports to spreadsheets").click()
    expect(page.locator(f"#vote-{press.proposal.pk}")).to_contain_text("1 customer, 7 asked in hours")


def test_that_customers_vote_and_choose_without_scripts(
    cast: SimpleNamespace, press: SimpleNamespace, open_page: OpenPage
) -> None:
    page = open_page("/portal/newsletters/", cast.acme_contact.user, javascript=False)
    expect(page.get_by_role("link", name="November")).to_have_attribute("href", re.compile("^/n/"))
    page.get_by_role("button", name="I want this").click()
    expect(page.get_by_text("You want this")).to_be_visible()
    page.get_by_role("link", name="Choose what you get").first.click()
    page.get_by_label("Product news by mail").uncheck()
    page.get_by_role("button", name="Save my choice").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()
    expect(page.get_by_label("Product news by mail")).not_to_be_checked()
    expect(page.get_by_label("Product news in the product")).to_be_checked()
