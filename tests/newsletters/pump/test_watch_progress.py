"""What a page shows of an issue on its way: counted by the database, whatever the size."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from newsletters.models import Delivery, DeliveryTally, Pace
from newsletters.queries.progress import progress_of
from newsletters.sending import ending
from tests.newsletters.pump.making import make_sending

pytestmark = pytest.mark.django_db


def test_progress_tells_counts_speed_and_what_is_left(cast: SimpleNamespace, django_assert_max_num_queries) -> None:
    issue = make_sending(200)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:50]).update(state="sent")
    now = timezone.now()
    DeliveryTally.objects.filter(sent=50).update(minute=now - timedelta(minutes=1))
    issue.started_at = now - timedelta(minutes=1)
    with django_assert_max_num_queries(3):
        found = progress_of(issue, now=now)
    assert (found.total, found.done, found.left, found.percent) == (200, 50, 150, 25)
    assert found.counts["waiting"] == 150
    assert found.per_minute == 50
    assert found.remaining_seconds == 180


def test_what_waits_for_its_hour_is_part_of_how_long_it_takes(cast: SimpleNamespace) -> None:
    issue = make_sending(10)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:5]).update(state="sent")
    now = timezone.now()
    issue.started_at = now - timedelta(minutes=1)
    DeliveryTally.objects.filter(sent=5).update(minute=issue.started_at)
    assert progress_of(issue, now=now).remaining_seconds == 60
    last = Delivery.objects.filter(state="waiting").order_by("pk").last()
    Delivery.objects.filter(pk=last.pk).update(due_at=now + timedelta(hours=5))
    found = progress_of(issue, now=now)
    assert (found.remaining_seconds, found.next_at) == (5 * 60 * 60, None)


def test_a_paused_issue_has_no_speed(cast: SimpleNamespace) -> None:
    issue = make_sending(10)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:5]).update(state="sent")
    issue.state = "paused"
    found = progress_of(issue)
    assert (found.percent, found.per_minute, found.remaining_seconds) == (50, 0, None)


def test_progress_tells_why_mail_waits_and_when_the_next_is_due(cast: SimpleNamespace) -> None:
    issue = make_sending(2)
    later = timezone.now() + timedelta(hours=3)
    Delivery.objects.update(due_at=later)
    assert progress_of(issue).next_at == later
    Pace.objects.create(domain="", held_until=later, last_answer="The mail server did not answer in time.")
    found = progress_of(issue)
    assert (found.held_until, found.held_because) == (later, "The mail server did not answer in time.")


def test_those_who_wait_for_the_better_subject_are_due_at_no_moment(cast: SimpleNamespace) -> None:
    from django.db import connection

    issue = make_sending(2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE newsletters_delivery SET due_at = 'infinity'")
    assert progress_of(issue).next_at is None


def test_an_ended_issue_shows_its_own_counts(cast: SimpleNamespace) -> None:
    issue = make_sending(4)
    Delivery.objects.update(state="failed", answer="550 no")
    assert ending.end_issues() == 1
    issue.refresh_from_db()
    found = progress_of(issue)
    assert (found.total, found.done, found.percent, found.counts["failed"]) == (4, 4, 100, 4)
