"""The database counts what notices reach and what their contacts do, whatever statement writes it."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from newsletters.actions.notices import create_notice, publish_notice
from newsletters.actions.portal_notices import show_notices
from newsletters.actions.widget import note_step
from newsletters.freezing import freeze_notice
from newsletters.models import Delivery, Notice, NoticeTally
from newsletters.queries.notices import NoticeFigures, figures_for
from tests.newsletters.makers import make_delivery, make_issue, make_notice
from tests.newsletters.notices.making import deliver, give_notice

pytestmark = pytest.mark.django_db


def figures(notice: Notice) -> NoticeFigures:
    """Return the figures, which are those that the rows themselves say."""
    found = figures_for([notice])[notice.pk]
    rows = Delivery.objects.filter(notice=notice).aggregate(
        reached=Count("pk"), seen=Count("seen_at"), read=Count("read_at"), dismissed=Count("dismissed_at")
    )
    assert found == NoticeFigures(**rows)
    return found


def test_who_is_reached_is_counted_once(cast: SimpleNamespace) -> None:
    notice = publish_notice(actor=None, notice=create_notice(actor=None, title="New report"))
    reached = freeze_notice(notice.pk)
    assert reached == 2
    assert freeze_notice(notice.pk) == 0
    assert figures(notice) == NoticeFigures(reached=2)


def test_each_step_counts_once(cast: SimpleNamespace) -> None:
    notice, other = give_notice(cast.acme_contact), give_notice(cast.acme_contact, "Other")
    deliver(notice, cast.globex_contact, seen_at=timezone.now())
    mine = {"contact_id": cast.acme_contact.pk, "notice": notice.uid}
    for step in ("seen", "seen", "read", "read"):
        note_step(**mine, step=step)
    assert figures(notice) == NoticeFigures(reached=2, seen=2, read=1)
    note_step(**mine, step="dismissed")
    assert figures(notice) == NoticeFigures(reached=2, seen=2, read=1, dismissed=1)
    assert figures(other) == NoticeFigures(reached=1)
    show_notices(contact_id=cast.acme_contact.pk)
    assert figures(other) == NoticeFigures(reached=1, seen=1)


def test_steps_of_many_at_once_and_taken_back_are_counted(cast: SimpleNamespace) -> None:
    notice = give_notice(cast.acme_contact)
    deliver(notice, cast.globex_contact)
    rows = Delivery.objects.filter(notice=notice)
    rows.update(seen_at=timezone.now(), read_at=timezone.now())
    assert figures(notice) == NoticeFigures(reached=2, seen=2, read=2)
    # As the undoing of a merge does.
    rows.filter(contact=cast.acme_contact).update(seen_at=None, read_at=None)
    assert figures(notice) == NoticeFigures(reached=2, seen=1, read=1)


def test_mails_count_for_no_notice(cast: SimpleNamespace) -> None:
    delivery = make_delivery(make_issue(), cast.acme_contact)
    Delivery.objects.filter(pk=delivery.pk).update(seen_at=timezone.now(), state="sent")
    assert not NoticeTally.objects.exists()


def test_the_figures_read_no_delivery(cast: SimpleNamespace, django_assert_num_queries) -> None:
    notices = [give_notice(cast.acme_contact, f"Notice {number}") for number in range(3)]
    never = make_notice("Never given")
    with django_assert_num_queries(1) as asked:
        found = figures_for([*notices, never])
    assert "newsletters_delivery" not in asked.captured_queries[0]["sql"]
    assert [found[one.pk].reached for one in (*notices, never)] == [1, 1, 1, 0]


def test_the_tally_of_another_connection_is_added(cast: SimpleNamespace) -> None:
    notice = give_notice(cast.acme_contact)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid() % 64")
        mine = cursor.fetchone()[0]
    assert NoticeTally.objects.get().shard == mine
    NoticeTally.objects.create(notice=notice, shard=(mine + 1) % 64, reached=4, seen=3, read=2, dismissed=1)
    assert figures_for([notice])[notice.pk] == NoticeFigures(reached=5, seen=3, read=2, dismissed=1)


def test_the_migration_counts_what_was_there_before(cast: SimpleNamespace) -> None:
    notice = give_notice(cast.acme_contact)
    deliver(notice, cast.globex_contact, seen_at=timezone.now(), read_at=timezone.now())
    make_delivery(make_issue(), cast.acme_contact)
    NoticeTally.objects.all().delete()
    migration = import_module("newsletters.migrations.0006_count_what_notices_reach")
    with connection.cursor() as cursor:
        cursor.execute(migration.COUNT_WHAT_IS_THERE)
    assert figures(notice) == NoticeFigures(reached=2, seen=1, read=1)
    assert NoticeTally.objects.count() == 1
