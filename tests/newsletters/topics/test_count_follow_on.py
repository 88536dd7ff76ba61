"""Hours booked after a mail: by the customer of who got it, within the days set, each counted once."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Contact, Customer
from calendars import ledger
from calendars.rules.spans import Span
from newsletters import follow_on, sources
from newsletters.models import Delivery, Issue
from newsletters.queries.figures import figures_of
from queues.models import Booking, Queue
from tests.cast import make_contact
from tests.newsletters.makers import make_delivery, make_issue
from workspace.newsletter_sources import hours_booked_after

NOW = timezone.now()
SENT = NOW - timedelta(days=20)


@pytest.fixture
def issue(cast: SimpleNamespace) -> Issue:
    """Return an issue sent twenty days ago to Acme's contact and to Globex'."""
    issue = make_issue(started_at=SENT)
    reach(issue, cast.acme_contact, tier="high", variant="a")
    reach(issue, cast.globex_contact, tier="low", variant="b")
    return issue


def reach(issue: Issue, contact: Contact, **fields: str) -> Delivery:
    """Return the delivery that reached the contact."""
    return make_delivery(issue, contact, **{"state": "sent", "sent_at": SENT, **fields})


def book(cast: SimpleNamespace, customer: Customer, at: datetime, contact: Contact | None = None) -> Booking:
    """Return an hour that the customer booked at this moment."""
    queue = Queue.objects.get_or_create(slug="experts", name="Experts")[0]
    starts = NOW + timedelta(days=1 + Booking.objects.count())
    span = Span(starts, starts + timedelta(hours=1))
    booking = Booking.objects.create(
        queue=queue,
        host=cast.specialist,
        customer=customer,
        contact=contact,
        commitment=ledger.take(host=cast.specialist, span=span, kind="hour"),
        starts_at=span.starts,
        ends_at=span.ends,
        topic_text="Reports",
        source="portal",
    )
    Booking.objects.filter(pk=booking.pk).update(created_at=at)
    return booking


def counted(issue: Issue, days: int = 14) -> dict[tuple[str, str], tuple[int, int]]:
    """Return (hours, recipients) by subject and tier."""
    found = hours_booked_after([issue], days)
    return {(one.variant, one.tier): (one.things, one.recipients) for one in found}


def test_that_hours_count_from_the_mail_on_for_the_days_set(cast: SimpleNamespace, issue: Issue) -> None:
    for at in (SENT - timedelta(seconds=1), SENT + timedelta(days=14, seconds=1)):
        book(cast, cast.acme, at, cast.acme_contact)
    assert counted(issue) == {}
    book(cast, cast.acme, SENT + timedelta(seconds=1), cast.acme_contact)
    book(cast, cast.acme, SENT + timedelta(days=14), cast.acme_contact)
    assert counted(issue) == {("a", "high"): (2, 1)}
    assert counted(issue, days=15) == {("a", "high"): (3, 1)}


def test_that_an_hour_counts_once_for_who_booked_it(cast: SimpleNamespace, issue: Issue) -> None:
    eve = make_contact(cast.acme, "eve@acme.example")
    reach(issue, eve, tier="high", variant="b")
    book(cast, cast.acme, SENT + timedelta(days=1), eve)
    assert counted(issue) == {("b", "high"): (1, 1)}
    book(cast, cast.acme, SENT + timedelta(days=1))
    assert counted(issue) == {("b", "high"): (1, 1), ("a", "high"): (1, 1)}


def test_that_cancelled_hours_and_mails_that_did_not_go_out_count_nothing(cast: SimpleNamespace, issue: Issue) -> None:
    booking = book(cast, cast.acme, SENT + timedelta(days=1), cast.acme_contact)
    Booking.objects.filter(pk=booking.pk).update(state="cancelled", cancelled_at=NOW)
    Delivery.objects.filter(contact=cast.globex_contact).update(state="cancelled")
    book(cast, cast.globex, SENT + timedelta(days=1), cast.globex_contact)
    assert counted(issue) == {}
    assert hours_booked_after([make_issue("Never sent")], 14) == []


def test_that_the_figures_show_them(cast: SimpleNamespace, issue: Issue) -> None:
    book(cast, cast.acme, SENT + timedelta(days=1), cast.acme_contact)
    book(cast, cast.globex, SENT + timedelta(days=2))
    figures = figures_of(issue)
    assert figures.follow_on == [("Hours booked", 2)]
    assert {tier: counts.followed for tier, counts in figures.by_tier} == {"high": 1, "low": 1}


def test_that_the_queue_is_wired() -> None:
    assert "hours" in {kind.name for kind in follow_on.kinds()}
    assert "hours" in {source.name for source in sources.sources()}
