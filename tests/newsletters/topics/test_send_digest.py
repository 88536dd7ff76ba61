"""The team's digest: every Monday by the company's clock, once to each editor, only where there is something to say."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import CompanySettings
from core import outbox
from core.models import OutboxEntry
from newsletters.actions.digest import readers, send_digests
from newsletters.actions.proposals import propose
from newsletters.models import Delivery, Issue, NewsletterSettings, Proposal
from newsletters.queries.digest import digest_of
from tests.cast import make_person
from tests.newsletters.makers import make_delivery, make_issue

# A Monday in Auckland (UTC+13 at that time), where 7 in the morning is 18 o'clock of Sunday in UTC.
MONDAY = date(2026, 11, 23)
SEVEN = datetime(2026, 11, 22, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def auckland(cast: SimpleNamespace) -> None:
    """Let the company be in Auckland, with one proposal to tell of."""
    CompanySettings.current()
    CompanySettings.objects.update(time_zone="Pacific/Auckland")
    NewsletterSettings.current()
    propose(actor=cast.csm, title="Exports, explained")


def end(issue: Issue, at: datetime) -> Issue:
    """End the issue at this moment, with what its deliveries are."""
    counts = {state: issue.deliveries.filter(state=state).count() for state in Delivery.FINAL}
    Issue.objects.filter(pk=issue.pk).update(state="finished", ended_at=at, total=sum(counts.values()), **counts)
    return issue


@pytest.mark.parametrize(
    ("after", "is_sent"),
    [(-1, False), (0, True), (60 * 9, True), (60 * 47, True), (60 * 48, False), (60 * 24 * 6, False)],
)
def test_that_it_is_sent_on_monday_by_the_company_s_clock(after: int, is_sent: bool) -> None:
    assert bool(send_digests(now=SEVEN + timedelta(minutes=after))) is is_sent


def test_that_each_editor_gets_it_once(cast: SimpleNamespace) -> None:
    make_person("left@company.example", "csm", is_active=False)
    people = {person.email for person in readers()}
    assert {cast.csm.email, cast.specialist.email, cast.manager.email} <= people
    assert not {cast.support.email, cast.nobody.email, "left@company.example"} & people
    assert send_digests(now=SEVEN) == len(people)
    assert send_digests(now=SEVEN) == 0
    outbox.drain()
    assert sorted(one.to[0] for one in mail.outbox) == sorted(people)
    assert send_digests(now=SEVEN + timedelta(hours=5)) == 0
    assert send_digests(now=SEVEN + timedelta(days=7)) == len(people)


def test_that_a_mail_that_could_not_be_sent_is_not_promised_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    sent = send_digests(now=SEVEN)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    outbox.drain()
    assert send_digests(now=SEVEN + timedelta(hours=1)) == 0
    assert OutboxEntry.objects.filter(payload__about__startswith="newsletter-digest").count() == sent


def test_that_the_setting_turns_it_off() -> None:
    NewsletterSettings.objects.update(sends_digest=False)
    assert send_digests(now=SEVEN) == 0


def test_that_nothing_to_say_is_not_said() -> None:
    Proposal.objects.all().delete()
    assert send_digests(now=SEVEN) == 0


def test_that_of_many_to_come_it_tells_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletters.queries.digest.MOST_ISSUES", 2)
    for days in (9, 3, 6):
        make_issue(f"In {days} days", planned_on=MONDAY + timedelta(days=days))
    digest = digest_of(MONDAY, "Pacific/Auckland")
    assert [one.issue.title for one in digest.ahead] == ["In 3 days", "In 6 days"]


def test_that_it_tells_of_last_week_and_of_the_next_two(cast: SimpleNamespace) -> None:
    midnight = datetime(2026, 11, 22, 11, tzinfo=UTC)
    sent = make_issue("Last week", tracking="individual")
    make_delivery(sent, cast.acme_contact, state="sent", sent_at=midnight, clicked_at=midnight)
    end(sent, midnight - timedelta(seconds=1))
    end(make_issue("This week"), midnight)
    end(make_issue("Long ago"), midnight - timedelta(days=7, seconds=1))
    make_issue("Planned", planned_on=MONDAY + timedelta(days=13))
    make_issue("Far away", planned_on=MONDAY + timedelta(days=14))
    make_issue("Scheduled", state="scheduled", send_at=SEVEN + timedelta(days=1))
    digest = digest_of(MONDAY, "Pacific/Auckland")
    assert [issue.title for issue, _ in digest.sent] == ["Last week"]
    assert [one.issue.title for one in digest.ahead] == ["Scheduled", "Planned"]
    assert [one.title for one in digest.best] == ["Exports, explained"]
    send_digests(now=SEVEN)
    OutboxEntry.objects.update(run_after=timezone.now())
    outbox.drain()
    body = next(one.body for one in mail.outbox if one.to == [cast.csm.email])
    assert "1 delivered, 0 bounced" in body
    assert "1 clicked (100%)" in body
    assert f"/newsletters/{sent.pk}/figures/" in body
    assert "Exports, explained: 0 customers and 1 colleague voted" in body
    assert "Planned: Dec 6, 2026, draft" in body
