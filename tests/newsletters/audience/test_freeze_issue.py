"""Freezing: who is listed, when each is due, and what a pause or a cancellation meanwhile leaves."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import CompanySettings, Contact
from newsletters import freezing
from newsletters.freezing import freeze_issue, freeze_notice, release_rest
from newsletters.models import Block, Delivery, DeliveryTally, Issue, Link, NewsletterSettings, Preference, Suppression
from tests import cast as makers
from tests.newsletters.makers import make_issue, make_notice

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def issue(cast: SimpleNamespace) -> Issue:
    """Return an issue to everybody that is being frozen, without quiet hours."""
    return make_issue(state="freezing", send_at=NOON, keeps_quiet_hours=False)


def test_lists_every_contact_once_and_sends(issue: Issue, cast: SimpleNamespace) -> None:
    assert freeze_issue(issue.pk, now=NOON) == 2
    rows = Delivery.objects.filter(issue=issue).order_by("address")
    assert [(row.address, row.tier, row.contact, row.state, row.due_at) for row in rows] == [
        ("ann@acme.example", "high", cast.acme_contact, "waiting", NOON),
        ("gil@globex.example", "low", cast.globex_contact, "waiting", NOON),
    ]
    issue.refresh_from_db()
    assert (issue.state, issue.frozen_at, issue.tracking) == ("sending", NOON, "off")
    assert sum(tally.waiting or 0 for tally in DeliveryTally.objects.filter(issue=issue)) == 2


def test_a_repeated_freeze_adds_nothing(issue: Issue) -> None:
    freeze_issue(issue.pk)
    Issue.objects.filter(pk=issue.pk).update(state="freezing", frozen_at=None)
    assert freeze_issue(issue.pk) == 0
    assert Delivery.objects.filter(issue=issue).count() == 2


def test_a_person_at_two_customers_gets_it_once(issue: Issue, cast: SimpleNamespace) -> None:
    makers.make_contact(cast.globex, "ann@acme.example")
    assert freeze_issue(issue.pk) == 2


def test_leaves_out_who_is_gone_or_unwilling(issue: Issue, cast: SimpleNamespace) -> None:
    now = timezone.now()
    people = [makers.make_contact(cast.acme, f"{name}@acme.example") for name in ("gone", "said.no", "no.mail")]
    Contact.objects.filter(pk=people[0].pk).update(is_active=False)
    Preference.objects.create(contact=people[1], topic=issue.topic, wants=False, origin="link", changed_at=now)
    Suppression.objects.create(address=people[2].email, reason="bounced", origin="smtp")
    lost = makers.make_customer("Lost", merged_into=cast.globex)
    makers.make_contact(lost, "lost@lost.example")
    assert freeze_issue(issue.pk) == 2


@pytest.mark.parametrize("state", ["cancelling", "cancelled", "draft", "finished"])
def test_lists_nobody_where_it_is_not_to_be_sent(cast: SimpleNamespace, state: str) -> None:
    counts = dict.fromkeys(("total", "sent", "failed", "unknown", "suppressed", "cancelled"), 0)
    issue = make_issue(state=state, ended_at=NOON, **counts)
    assert freeze_issue(issue.pk) == 0
    assert not Delivery.objects.exists()


def test_a_cancellation_meanwhile_leaves_nothing(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    _meanwhile(monkeypatch, issue, state="cancelling")
    assert freeze_issue(issue.pk) == 0
    assert not Delivery.objects.exists()
    assert not DeliveryTally.objects.exists()
    assert Issue.objects.get(pk=issue.pk).state == "freezing"  # the transaction's own change is undone with the rest


def test_a_pause_meanwhile_stays(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    _meanwhile(monkeypatch, issue, state="paused")
    assert freeze_issue(issue.pk, now=NOON) == 2
    issue.refresh_from_db()
    assert (issue.state, issue.frozen_at) == ("paused", NOON)
    assert freeze_issue(issue.pk) == 0


def test_each_gets_it_at_the_hour_of_its_own_clock(issue: Issue, cast: SimpleNamespace) -> None:
    CompanySettings.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    _zone(cast.acme, "Europe/Berlin")
    _zone(cast.globex, "Mars/Olympus")
    makers.make_contact(cast.acme, "ned@acme.example", time_zone="America/New_York")
    makers.make_contact(cast.acme, "odd@acme.example", time_zone="No'where; %s %%")
    _by_local_hour(issue, date(2026, 11, 25), 9 * 60)
    freeze_issue(issue.pk, now=NOON)
    due = dict(Delivery.objects.values_list("address", "due_at"))
    assert {address: moment.strftime("%d %H:%M") for address, moment in due.items()} == {
        "ann@acme.example": "25 08:00",
        "odd@acme.example": "25 08:00",
        "ned@acme.example": "25 14:00",
        "gil@globex.example": "25 00:00",
    }


def test_nobody_is_woken(issue: Issue, cast: SimpleNamespace) -> None:
    _zone(cast.acme, "Asia/Tokyo")
    _zone(cast.globex, "Europe/Berlin")
    Issue.objects.filter(pk=issue.pk).update(keeps_quiet_hours=True, send_at=NOON)
    freeze_issue(issue.pk, now=NOON)
    due = dict(Delivery.objects.values_list("address", "due_at"))
    # Noon in UTC is 21:00 in Tokyo, where quiet begins at that minute and ends at 7 the next morning.
    assert due["ann@acme.example"] == datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
    assert due["gil@globex.example"] == NOON


def test_two_subjects_are_tried_on_a_share_that_stays_the_same(issue: Issue, cast: SimpleNamespace) -> None:
    _many_contacts(cast, 400)
    Issue.objects.filter(pk=issue.pk).update(subject_b="Other", ab_percent=50)
    freeze_issue(issue.pk, now=NOON)
    variants = dict(Delivery.objects.values_list("address", "variant"))
    counted = {one: list(variants.values()).count(one) for one in ("a", "b", "")}
    assert counted["a"] in range(70, 132)
    assert counted["b"] in range(70, 132)
    rest = Delivery.objects.filter(variant="")
    assert rest.count() == rest.extra(where=["due_at = 'infinity'"]).count() == counted[""]
    assert set(Delivery.objects.exclude(variant="").values_list("due_at", flat=True)) == {NOON}
    Delivery.objects.all().delete()
    Issue.objects.filter(pk=issue.pk).update(state="freezing", frozen_at=None)
    freeze_issue(issue.pk, now=NOON)
    assert dict(Delivery.objects.values_list("address", "variant")) == variants


def test_infinity_reads_as_the_last_moment_that_python_knows(issue: Issue, cast: SimpleNamespace) -> None:
    _many_contacts(cast, 20)
    Issue.objects.filter(pk=issue.pk).update(subject_b="Other", ab_percent=2)
    freeze_issue(issue.pk, now=NOON)
    row = Delivery.objects.filter(variant="").first()
    assert row is not None
    assert row.due_at.year == 9999
    assert not Delivery.objects.filter(variant="", due_at__lte=timezone.now() + timedelta(days=36_500)).exists()


def test_the_rest_gets_the_better_subject_out_of_quiet_hours(issue: Issue, cast: SimpleNamespace) -> None:
    _many_contacts(cast, 20)
    _zone(cast.acme, "Asia/Tokyo")
    Issue.objects.filter(pk=issue.pk).update(subject_b="Other", ab_percent=2, keeps_quiet_hours=True)
    freeze_issue(issue.pk, now=NOON)
    waiting = Delivery.objects.filter(variant="").count()
    issue.refresh_from_db()
    later = NOON + timedelta(hours=4)
    assert release_rest(issue=issue, variant="b", now=later) == waiting
    due = set(Delivery.objects.filter(variant="b", contact__customer=cast.acme).values_list("due_at", flat=True))
    assert datetime(2026, 11, 22, 22, 0, tzinfo=UTC) in due
    assert release_rest(issue=issue, variant="a", now=later) == 0


def test_asks_for_no_more_than_a_few_statements(
    issue: Issue, cast: SimpleNamespace, django_assert_max_num_queries
) -> None:
    _many_contacts(cast, 50)
    with django_assert_max_num_queries(16):
        assert freeze_issue(issue.pk) == 52


def test_a_notice_reaches_who_joins_later(cast: SimpleNamespace) -> None:
    notice = make_notice(state="published", published_at=NOON, starts_at=NOON)
    assert freeze_notice(notice.pk, now=NOON) == 2
    makers.make_contact(cast.acme, "new@acme.example")
    assert freeze_notice(notice.pk, now=NOON + timedelta(hours=1)) == 1
    states = set(Delivery.objects.filter(notice=notice).values_list("state", "channel"))
    assert states == {("sent", "notice")}
    notice.refresh_from_db()
    assert notice.freshened_at == NOON + timedelta(hours=1)


def test_looking_for_who_joined_makes_no_row_for_who_has_it(cast: SimpleNamespace) -> None:
    notice = make_notice(state="published", published_at=NOON, starts_at=NOON)
    assert freeze_notice(notice.pk) == 2
    last = Delivery.objects.order_by("pk").last()
    assert last is not None
    for _ in range(3):
        assert freeze_notice(notice.pk) == 0
    makers.make_contact(cast.acme, "new@acme.example")
    assert freeze_notice(notice.pk) == 1
    # Each row that is made takes a number, whether it stays or not.
    assert Delivery.objects.filter(pk=last.pk + 1).exists()


def test_a_draft_of_a_notice_reaches_nobody(cast: SimpleNamespace) -> None:
    assert freeze_notice(make_notice().pk) == 0


def test_tracking_stays_as_it_was_when_frozen(issue: Issue) -> None:
    settings = NewsletterSettings.current()
    settings.tracking = "off"
    settings.save()
    freeze_issue(issue.pk)
    NewsletterSettings.objects.update(tracking="individual")
    issue.refresh_from_db()
    assert issue.tracking == "off"


def test_links_are_stored_where_clicks_are_counted(issue: Issue) -> None:
    NewsletterSettings.current()
    NewsletterSettings.objects.update(tracking="anonymous")
    Block.objects.filter(issue=issue).update(
        data={"body": "See [the guide](https://docs.example/guide) and [it](https://docs.example/guide)."}
    )
    freeze_issue(issue.pk)
    assert list(Link.objects.filter(issue=issue).values_list("url", flat=True)) == ["https://docs.example/guide"]


def _meanwhile(monkeypatch: pytest.MonkeyPatch, issue: Issue, **changes: object) -> None:
    """Change the issue after its rows went in and before it is decided about."""
    decide = freezing._decide

    def changed(*args: object) -> None:
        Issue.objects.filter(pk=issue.pk).update(**changes)
        decide(*args)

    monkeypatch.setattr(freezing, "_decide", changed)


def _zone(customer, name: str) -> None:
    customer.time_zone = name
    customer.save()


def _by_local_hour(issue: Issue, day: date, minute: int) -> None:
    Issue.objects.filter(pk=issue.pk).update(timing="local", send_at=None, local_date=day, local_minute=minute)


def _many_contacts(cast: SimpleNamespace, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_contact (customer_id, first_name, last_name, email, phone, job_title, language,"
            " time_zone, is_decision_maker, is_active, created_at, updated_at)"
            " SELECT %s, '', '', 'person' || n || '@acme.example', '', '', '', '', false, true, now(), now()"
            " FROM generate_series(1, %s) AS n",
            [cast.acme.pk, number],
        )
