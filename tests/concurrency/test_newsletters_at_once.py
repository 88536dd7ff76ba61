"""Newsletters frozen, declined, clicked and reported several times at the same moment: each counts once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import CompanySettings, Contact, TimelineEntry
from newsletters import freezing, links
from newsletters.actions.provider_events import Report, note_report
from newsletters.freezing import freeze_issue
from newsletters.models import Click, Delivery, Issue, Link, NewsletterSettings, Preference, ProviderEvent, Suppression
from tests.cast import make_customer
from tests.newsletters.makers import make_delivery, make_issue
from tests.processes import Together, run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PROCESSES = 4
CONTACTS = 300
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def issue(transactional_db: None) -> Issue:
    """Return an issue to three hundred contacts that is being frozen."""
    # Made on first use, where two first users would wait for one another.
    NewsletterSettings.current()
    CompanySettings.current()
    customer = make_customer("Acme", tier="high")
    Contact.objects.bulk_create(
        Contact(customer=customer, email=f"person{n}@acme.example", first_name="Ann") for n in range(CONTACTS)
    )
    return make_issue(state="freezing", keeps_quiet_hours=False)


@pytest.fixture
def mail(issue: Issue) -> Delivery:
    """Return a mail of the issue that was sent an hour ago."""
    Issue.objects.filter(pk=issue.pk).update(state="sending", tracking="individual", frozen_at=timezone.now())
    hour_ago = timezone.now() - timedelta(hours=1)
    return make_delivery(issue, Contact.objects.all()[0], state="sent", sent_at=hour_ago)


@pytest.fixture
def without_constraint() -> Iterator[None]:
    """Take away what keeps an address from being listed twice."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE newsletters_delivery DROP CONSTRAINT delivery_once")
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE newsletters_delivery CASCADE")
        cursor.execute(
            "ALTER TABLE newsletters_delivery ADD CONSTRAINT delivery_once UNIQUE (issue_id, channel, address)"
        )


# --- freezing ---------------------------------------------------------------------------------------
def test_frozen_at_once_each_address_is_listed_once(issue: Issue) -> None:
    answers = run_at_once([partial(freeze_issue, issue.pk)] * PROCESSES)
    assert sorted(answers) == [0] * (PROCESSES - 1) + [CONTACTS]
    assert _listed(issue) == CONTACTS
    issue.refresh_from_db()
    assert issue.state == "sending"


def test_the_constraint_alone_lists_each_once(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "_decide", lambda *args: None)
    assert sum(run_at_once([partial(freeze_issue, issue.pk)] * PROCESSES)) == CONTACTS
    assert _listed(issue) == CONTACTS


def test_control_without_the_constraint_each_is_listed_twice(
    issue: Issue, without_constraint: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_have_listed = Together(2)
    monkeypatch.setattr(freezing, "_decide", lambda *args: both_have_listed.wait())
    assert run_at_once([partial(freeze_issue, issue.pk)] * 2) == [CONTACTS, CONTACTS]
    assert _listed(issue) == 2 * CONTACTS


def test_a_cancellation_at_the_same_moment_leaves_all_or_nothing(issue: Issue) -> None:
    def cancel() -> str:
        with transaction.atomic():
            found = Issue.objects.select_for_update().get(pk=issue.pk)
            Issue.objects.filter(pk=issue.pk).update(state="cancelling")
            return found.state

    added, was = run_at_once([partial(freeze_issue, issue.pk), cancel])
    assert (added, was) in {(0, "freezing"), (CONTACTS, "sending")}
    assert _listed(issue) == added
    assert Issue.objects.get(pk=issue.pk).state == "cancelling"


# --- links ------------------------------------------------------------------------------------------
def test_declined_at_once_it_is_said_once(mail: Delivery) -> None:
    path = f"/n/{links.token_of(mail.pk)}/unsubscribe/"
    answers = run_at_once([_poster(path)] * PROCESSES)
    assert answers == [200] * PROCESSES
    assert Preference.objects.count() == 1
    assert TimelineEntry.objects.filter(kind="newsletter.preference").count() == 1


def test_declined_and_stopped_at_once_both_hold(mail: Delivery) -> None:
    start = f"/n/{links.token_of(mail.pk)}/"
    answers = run_at_once([_poster(f"{start}unsubscribe/"), _poster(f"{start}stop/")] * 2)
    assert answers == [200] * 4
    assert set(Preference.objects.values_list("topic", "wants")) == {(None, False), (mail.issue.topic_id, False)}
    assert Suppression.objects.count() == 1


def test_declined_at_once_for_a_contact_who_is_gone(mail: Delivery) -> None:
    Contact.objects.all().delete()
    path = f"/n/{links.token_of(mail.pk)}/unsubscribe/"
    assert run_at_once([_poster(path)] * PROCESSES) == [200] * PROCESSES
    assert Suppression.objects.count() == 1


def test_clicks_at_once_are_all_counted(mail: Delivery) -> None:
    link = Link.objects.create(issue=mail.issue, url="https://docs.example/")
    path = f"/n/{links.token_of(mail.pk)}/to/{link.pk}/"

    def follow() -> int:
        return Client().get(path, headers={"user-agent": BROWSER}).status_code

    assert run_at_once([follow] * PROCESSES) == [302] * PROCESSES
    link.refresh_from_db()
    assert (link.clicks, Click.objects.get().times) == (PROCESSES, PROCESSES)


def test_a_report_sent_several_times_at_once_acts_once(mail: Delivery) -> None:
    report = Report(
        provider="Postmark",
        event_id="42",
        kind="bounced",
        address=mail.address,
        reject_reason="bounced",
        token=links.token_of(mail.pk),
        detail="No such mailbox",
        happened_at=timezone.now(),
    )
    answers = run_at_once([partial(note_report, report=report)] * PROCESSES)
    assert sorted(answers) == [False] * (PROCESSES - 1) + [True]
    assert ProviderEvent.objects.count() == Suppression.objects.count() == 1


def _poster(path: str) -> Callable[[], Any]:
    def post() -> int:
        return Client(enforce_csrf_checks=True).post(path, {"List-Unsubscribe": "One-Click"}).status_code

    return post


def _listed(issue: Issue) -> int:
    return Delivery.objects.filter(issue=issue).count()
