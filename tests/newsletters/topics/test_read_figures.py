"""The figures of an issue and of a topic: counted once, told honestly, and the same queries for many deliveries."""

import csv
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.models import Click, Delivery, Issue, Link, NewsletterSettings, OpenTally
from newsletters.queries.figures import figures_of
from newsletters.queries.topic_figures import issue_lines
from tests.newsletters.makers import make_delivery, make_issue, make_topic

Login = Callable[..., Client]
NOW = timezone.now()


@pytest.fixture
def finished(cast: SimpleNamespace, send_many: Callable) -> Issue:
    """Return an issue of whose deliveries every kind of end is there."""
    issue = make_issue("October", tracking="individual")
    send_many(issue, 6, "read", tier="tech")
    send_many(issue, 2, "click", tier="tech", clicked_at=NOW, opened_at=NOW)
    send_many(issue, 1, "gone", tier="low", unsubscribed_at=NOW)
    send_many(issue, 1, "spam", tier="low", complained_at=NOW)
    send_many(issue, 2, "later", tier="low", bounced_at=NOW)
    send_many(issue, 1, "refused", tier=None, state="failed", bounced_at=NOW)
    send_many(issue, 1, "perhaps", tier="tech", state="unknown")
    send_many(issue, 1, "unwanted", tier="tech", state="suppressed")
    send_many(issue, 1, "never", tier="tech", state="cancelled")
    return issue


def end(issue: Issue) -> Issue:
    """End the issue with the counts of its deliveries."""
    found = {state: issue.deliveries.filter(state=state).count() for state in Delivery.FINAL}
    for state, count in found.items():
        setattr(issue, state, count)
    issue.total, issue.ended_at, issue.state = sum(found.values()), timezone.now(), Issue.State.FINISHED
    issue.save()
    return issue


def test_that_every_delivery_counts_once(finished: Issue) -> None:
    total = figures_of(finished).total
    parts = (total.delivered, total.bounced, total.unknown, total.suppressed, total.cancelled, total.under_way)
    assert parts == (10, 3, 1, 1, 1, 0)
    assert total.total == sum(parts) == 16
    assert (total.opened, total.clicked, total.unsubscribed, total.complained) == (2, 2, 1, 1)
    assert total.rates["bounced"] == pytest.approx(3 / 13)
    assert total.rates["clicked"] == pytest.approx(2 / 10)


def test_that_tiers_add_up_to_all(finished: Issue) -> None:
    by_tier = dict(figures_of(finished).by_tier)
    assert {tier: counts.total for tier, counts in by_tier.items()} == {"low": 4, "tech": 11, "": 1}
    assert (by_tier["low"].delivered, by_tier["low"].bounced) == (2, 2)


def test_that_people_and_machines_are_told_apart(finished: Issue, cast: SimpleNamespace, login: Login) -> None:
    link = Link.objects.create(issue=finished, url="https://larkspur.example/new", clicks=7, machine_clicks=40)
    for delivery in finished.deliveries.filter(clicked_at__isnull=False):
        Click.objects.create(delivery=delivery, link=link, first_at=NOW)
    OpenTally.objects.create(issue=finished, people=9, machines=31)
    figures = figures_of(finished)
    assert [(one.clicks, one.machine_clicks, one.people) for one in figures.links] == [(7, 40, 2)]
    page = login(cast.csm).get(f"/newsletters/{finished.pk}/figures/").content.decode()
    assert "Take opens as a hint" in page
    assert "https://larkspur.example/new" in page


def test_that_untracked_issues_say_that_nothing_was_counted(
    finished: Issue, cast: SimpleNamespace, login: Login
) -> None:
    Issue.objects.filter(pk=finished.pk).update(tracking="off")
    page = login(cast.csm).get(f"/newsletters/{finished.pk}/figures/").content.decode()
    assert "Tracking was off for this issue" in page
    assert "Take opens as a hint" not in page


def test_that_the_file_holds_the_same_figures(cast: SimpleNamespace, login: Login, finished: Issue) -> None:
    Issue.objects.filter(pk=finished.pk).update(title="=1+1", subject_b="")
    answer = login(cast.csm).get(f"/newsletters/{finished.pk}/figures.csv")
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert rows[0][:4] == ["part", "of", "total", "under_way"]
    assert rows[1][:5] == ["all", "'=1+1", "16", "0", "10"]
    assert [row[1] for row in rows if row and row[0] == "tier"] == ["Low touch", "Tech touch", "No tier"]


def test_that_more_deliveries_take_no_more_queries(finished: Issue, send_many: Callable) -> None:
    NewsletterSettings.current()
    with CaptureQueriesContext(connection) as few:
        figures_of(finished)
    send_many(finished, 300, "more", tier="high")
    with CaptureQueriesContext(connection) as many:
        assert figures_of(finished).total.total == 316
    assert len(few) == len(many)


def test_that_an_empty_issue_says_so(cast: SimpleNamespace, login: Login) -> None:
    page = login(cast.csm).get(f"/newsletters/{make_issue().pk}/figures/").content.decode()
    assert "Nothing to count yet" in page


def test_that_a_topic_shows_its_issues_the_newest_first(
    cast: SimpleNamespace, login: Login, send_many: Callable
) -> None:
    topic = make_topic("News")
    issues = [make_issue(f"Issue {n}", topic=topic, tracking="individual") for n in range(14)]
    for n, issue in enumerate(issues):
        send_many(issue, n + 1)
        end(issue)
        Issue.objects.filter(pk=issue.pk).update(ended_at=NOW - timedelta(days=30 - n))
    NewsletterSettings.current()
    with CaptureQueriesContext(connection) as queries:
        lines = issue_lines(topic)
    assert [line.counts.delivered for line in lines] == list(range(14, 2, -1))
    assert len(queries) <= 5
    page = login(cast.csm).get(f"/newsletters/topics/{topic.pk}/").content.decode()
    assert "Issue 13" in page
    assert "Issue 0" not in page


def test_that_a_topic_without_issues_says_so(cast: SimpleNamespace, login: Login) -> None:
    page = login(cast.csm).get(f"/newsletters/topics/{make_topic().pk}/").content.decode()
    assert "No issue of it has been sent yet" in page


def test_that_only_what_was_sent_stands_with_a_topic(cast: SimpleNamespace) -> None:
    issue = make_issue()
    make_delivery(issue, cast.acme_contact, state="cancelled")
    end(issue)
    assert issue_lines(issue.topic) == []
