"""Notices are written, previewed, published, changed, withdrawn, copied and deleted on their pages."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import outbox
from core.models import OutboxEntry
from newsletters import notice_tasks
from newsletters.models import Audience, Channel, Delivery, Notice
from newsletters.queries.notices import feed_of
from tests.cast import make_contact, make_customer
from tests.newsletters.makers import make_notice, make_topic
from tests.newsletters.notices.making import deliver, give_notice

pytestmark = pytest.mark.django_db
Login = Callable[[Any], Client]


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a good form sends, with the changes."""
    return {
        "title": "Reports are quick",
        "body": "They load in **a second**.",
        "link_url": "https://help.company.example/reports",
        "link_text": "",
        "kind": "new",
        "topic": "",
        "starts": "2026-03-29T01:30",
        "ends": "",
        "zone": "Europe/Berlin",
        "shows": "until_dismissed",
        "priority": "50",
        **changes,
    }


def key_in(page: Any) -> str:
    """Return the key that the page's form carries."""
    found = re.search(r'name="request_key" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function that does what waits for a worker."""
    monkeypatch.setattr(notice_tasks.reach_audience, "delay", notice_tasks.reach_audience)
    return lambda: outbox.drain() and None


def test_a_notice_is_written_and_published_to_its_audience(cast: SimpleNamespace, login: Login, worker) -> None:
    writer = login(cast.csm)
    answer = writer.post("/newsletters/notices/new/", typed(**{"audience-tiers": ["high"]}))
    notice = Notice.objects.get()
    assert answer["Location"] == f"/newsletters/notices/{notice.pk}/"
    assert (notice.state, notice.created_by, notice.audience.tiers) == ("draft", cast.csm, ["high"])
    # The clock in Berlin jumps from 2 to 3 on that night.
    assert (notice.starts_at, notice.ends_at) == (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), None)
    page = writer.get(answer["Location"])
    assert "<strong>a second</strong>" in page.content.decode()
    assert "1 contact" in page.content.decode()
    assert "Publish</button>" not in page.content.decode()
    assert writer.post(f"/newsletters/notices/{notice.pk}/publish/").status_code == 403
    publisher = login(cast.specialist)
    publisher.post(f"/newsletters/notices/{notice.pk}/publish/")
    notice.refresh_from_db()
    assert (notice.state, notice.published_by) == ("published", cast.specialist)
    assert not Delivery.objects.exists()
    worker()
    given = Delivery.objects.get()
    assert (given.contact, given.state, given.channel) == (cast.acme_contact, "sent", Channel.NOTICE)
    assert [one.title for one in feed_of(cast.acme_contact.pk, now=timezone.now())] == ["Reports are quick"]


def test_a_form_that_is_sent_twice_writes_one_notice(cast: SimpleNamespace, login: Login) -> None:
    writer, path = login(cast.csm), "/newsletters/notices/new/"
    sent = typed(request_key=key_in(writer.get(path)))
    answers = [writer.post(path, sent) for _ in range(2)]
    assert [answer.headers.get("Location") for answer in answers] == [
        f"/newsletters/notices/{Notice.objects.get().pk}/"
    ] * 2
    # Changed after the way back it is another one, once it is sent with the key that the refusal brings.
    answer = writer.post(path, {**sent, "title": "Exports are quick"})
    assert (answer.status_code, Notice.objects.count()) == (422, 1)
    assert "This form was sent already" in answer.content.decode()
    assert writer.post(path, typed(request_key=key_in(answer), title="Exports are quick")).status_code == 302
    assert Notice.objects.count() == 2


def test_who_joins_the_audience_later_gets_it_too(cast: SimpleNamespace) -> None:
    make_notice("For all", state="published", published_at=timezone.now())
    make_notice("Not yet")
    over = timezone.now() - timedelta(days=1)
    make_notice("Over", state="published", published_at=over, starts_at=over - timedelta(days=1), ends_at=over)
    assert notice_tasks.freshen_notices() == 2
    late = make_contact(make_customer("Initech"), "late@initech.example")
    assert notice_tasks.freshen_notices() == 1
    assert notice_tasks.freshen_notices() == 0
    assert [one.title for one in feed_of(late.pk, now=timezone.now())] == ["For all"]


def test_one_audience_that_fails_keeps_no_other_from_its_notice(cast: SimpleNamespace, monkeypatch, caplog) -> None:
    broken = make_notice("Broken", state="published", published_at=timezone.now())
    make_notice("Good", state="published", published_at=timezone.now())
    freeze = notice_tasks.freeze_notice

    def fail(pk: int) -> int:
        if pk == broken.pk:
            raise ValueError("no such field")
        return freeze(pk)

    monkeypatch.setattr(notice_tasks, "freeze_notice", fail)
    assert notice_tasks.freshen_notices() == 2
    assert f"Notice {broken.pk}" in caplog.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "This field is required"),
        ({"title": "x" * 121}, "at most 120"),
        ({"body": "# Big"}, "no headings"),
        ({"body": "![a](https://a.example/a.png)"}, "no pictures"),
        ({"body": "<b>x</b>"}, "HTML is not understood"),
        ({"body": "[x](javascript:alert(1))"}, "Links lead to full addresses"),
        ({"body": "x" * 2001}, "at most 2000"),
        ({"link_url": "javascript:alert(1)"}, "Write the whole address"),
        ({"link_url": "", "link_text": "Read"}, "Say where the link leads"),
        ({"starts": ""}, "This field is required"),
        ({"starts": "soon"}, "Write it as"),
        ({"starts": "2026-01-01T00:00+02:00"}, "Write a day and a time"),
        ({"starts": "9999-12-31T23:59"}, "Write a day and a time"),
        ({"ends": "2026-03-29T01:30"}, "ends before it begins"),
        ({"priority": "0"}, "greater than or equal to 1"),
        ({"zone": "Mars/Base"}, "Select a valid choice"),
        ({"topic": "99"}, "Select a valid choice"),
        ({"kind": "loud"}, "Select a valid choice"),
        ({"title": "a\0b"}, "Null characters"),
        ({"audience-conditions": "{"}, "could not be read"),
    ],
    ids=str,
)
def test_what_a_notice_cannot_be_is_told_and_nothing_is_lost(cast, login, changes, words) -> None:
    answer = login(cast.csm).post("/newsletters/notices/new/", typed(**changes))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "help.company.example/reports" in page or "link_url" in changes
    assert not Notice.objects.exists()
    assert not Audience.objects.exists()


def test_the_preview_shows_what_is_typed_and_saves_nothing(cast, login) -> None:
    sent = typed(title="<i>Big</i>", body="**bold** <script>x</script> [bad](javascript:x)", kind="warning")
    page = login(cast.csm).post("/newsletters/notices/preview/", sent).content.decode()
    assert "<strong>bold</strong>" in page
    assert "&lt;i&gt;Big&lt;/i&gt;" in page
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert "HTML is not understood" in page
    assert "Warning" in page
    assert not Notice.objects.exists()
    assert login(cast.csm).post("/newsletters/notices/preview/", {}).status_code == 200


def test_a_published_notice_is_changed_by_who_may_publish_and_keeps_its_audience(cast, login) -> None:
    notice = give_notice(cast.acme_contact)
    assert login(cast.csm).get(f"/newsletters/notices/{notice.pk}/edit/").status_code == 403
    answer = login(cast.manager).post(
        f"/newsletters/notices/{notice.pk}/edit/", typed(**{"title": "Better", "audience-tiers": ["low"]})
    )
    assert answer.status_code == 302
    notice.refresh_from_db()
    notice.audience.refresh_from_db()
    assert (notice.title, notice.audience.tiers) == ("Better", [])


def test_a_withdrawn_notice_shows_no_more_and_stays_as_it_was(cast, login) -> None:
    notice = give_notice(cast.acme_contact)
    manager = login(cast.manager)
    manager.post(f"/newsletters/notices/{notice.pk}/withdraw/")
    assert feed_of(cast.acme_contact.pk, now=timezone.now()) == []
    answer = manager.post(f"/newsletters/notices/{notice.pk}/edit/", typed(title="Again"))
    assert answer.status_code == 422
    assert "was withdrawn" in answer.content.decode()
    for step in ("publish", "withdraw", "delete"):
        manager.post(f"/newsletters/notices/{notice.pk}/{step}/")
    notice.refresh_from_db()
    assert (notice.state, notice.title) == ("withdrawn", "New report")


def test_a_notice_whose_time_is_over_is_not_published(cast, login) -> None:
    now = timezone.now()
    notice = make_notice(starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1))
    answer = login(cast.manager).post(f"/newsletters/notices/{notice.pk}/publish/", follow=True)
    assert "already over" in answer.content.decode()
    assert not OutboxEntry.objects.exists()


def test_a_copy_is_a_draft_for_a_like_audience_of_its_own(cast, login) -> None:
    notice = give_notice(cast.acme_contact, body="Hello", topic=make_topic(), priority=70)
    notice.audience.tiers = ["high"]
    notice.audience.save()
    notice.audience.picks.create(contact=cast.globex_contact)
    login(cast.csm).post(f"/newsletters/notices/{notice.pk}/copy/")
    copy = Notice.objects.get(state="draft")
    assert (copy.title, copy.body, copy.priority, copy.topic) == ("Copy of New report", "Hello", 70, notice.topic)
    assert copy.audience_id != notice.audience_id
    assert (copy.audience.tiers, copy.audience.picks.get().contact) == (["high"], cast.globex_contact)


def test_a_draft_is_deleted_with_its_audience(cast, login) -> None:
    notice = make_notice()
    login(cast.csm).post(f"/newsletters/notices/{notice.pk}/delete/")
    assert not Notice.objects.exists()
    assert not Audience.objects.exists()


def test_the_list_shows_each_phase_with_its_figures(cast, login) -> None:
    now = timezone.now()
    published = {"state": "published", "published_at": now}
    make_notice("A draft")
    shown = give_notice(cast.acme_contact, "Shown now")
    deliver(shown, cast.globex_contact, seen_at=now, read_at=now, dismissed_at=now)
    make_notice("Coming", **published | {"starts_at": now + timedelta(days=1)})
    make_notice("Over", **published | {"ends_at": now - timedelta(hours=1), "starts_at": now - timedelta(days=1)})
    make_notice("Gone", state="withdrawn", published_at=now)
    reader = login(cast.csm)
    titles = {"showing": "Shown now", "draft": "A draft", "coming": "Coming", "ended": "Over", "withdrawn": "Gone"}
    for phase, title in titles.items():
        page = reader.get(f"/newsletters/notices/?phase={phase}").content.decode()
        assert title in page
        assert not [other for other in titles.values() if other != title and f">{other}</a>" in page]
    page = reader.get("/newsletters/notices/").content.decode()
    assert "Shown now" in page
    assert "50%" in page


def test_the_list_costs_the_same_for_one_and_for_many(cast, login, django_assert_max_num_queries) -> None:
    reader = login(cast.csm)
    give_notice(cast.acme_contact)
    reader.get("/newsletters/notices/")
    with django_assert_max_num_queries(12) as few:
        reader.get("/newsletters/notices/")
    for number in range(24):
        give_notice(cast.acme_contact, f"Notice {number}", topic=make_topic(f"Topic {number}"), created_by=cast.csm)
    with django_assert_max_num_queries(len(few.captured_queries)):
        reader.get("/newsletters/notices/")


def test_the_empty_list_says_how_to_begin(cast, login) -> None:
    page = login(cast.csm).get(reverse("notices")).content.decode()
    assert "Write the first one" in page


def test_two_tabs_do_not_overwrite_each_other(cast: SimpleNamespace, login: Login) -> None:
    notice = make_notice("First", body="As it was")
    path = f"/newsletters/notices/{notice.pk}/edit/"
    writer = login(cast.csm)
    mark = writer.get(path).context["mark"]
    assert f'name="mark" value="{mark}"' in writer.get(path).content.decode()
    writer.post(path, typed(title="Theirs", mark=mark))
    refused = writer.post(path, typed(title="Mine", mark=mark))
    assert refused.status_code == 422
    assert "Somebody else has changed this notice" in refused.content.decode()
    assert 'value="Mine"' in refused.content.decode()
    assert Notice.objects.get().title == "Theirs"
    assert writer.post(path, typed(title="Mine", mark=refused.context["mark"])).status_code == 302
    assert Notice.objects.get().title == "Mine"


def test_only_what_was_read_is_published(cast: SimpleNamespace, login: Login) -> None:
    notice = make_notice("First")
    path = f"/newsletters/notices/{notice.pk}/"
    publisher = login(cast.specialist)
    mark = publisher.get(path).context["mark"]
    login(cast.csm).post(f"{path}edit/", typed(**{"audience-tiers": ["high"]}))
    publisher = login(cast.specialist)
    answer = publisher.post(f"{path}publish/", {"mark": mark}, follow=True)
    assert "It has changed since you read it" in answer.content.decode()
    assert Notice.objects.get().state == "draft"
    publisher.post(f"{path}publish/", {"mark": answer.context["mark"]})
    assert Notice.objects.get().state == "published"
