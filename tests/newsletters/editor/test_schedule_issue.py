"""An approved issue gets its time, by whose clock, out of quiet hours."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from newsletters.models import Issue, NewsletterSettings, Review

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(issue, cast) -> Issue:
    """Return the issue, approved by the specialist."""
    Review.objects.create(issue=issue, version=issue.version, verdict="approved", person=cast.specialist)
    Issue.objects.filter(pk=issue.pk).update(state="approved", send_at=None)
    issue.refresh_from_db()
    return issue


def post(browser, issue, **sent):
    fields = {"when": "at", "zone": "Europe/Berlin", "keeps_quiet_hours": "on", "version": issue.version, **sent}
    return browser.post(f"/newsletters/{issue.pk}/schedule/", fields)


def ahead(days: int = 3) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


def test_at_a_time_of_a_named_clock(specialist, approved, cast):
    day = (timezone.now() + timedelta(days=3)).date()
    assert post(specialist, approved, day=day.isoformat(), at="10:30").status_code == 302
    approved.refresh_from_db()
    assert approved.state == "scheduled"
    assert approved.scheduled_by == cast.specialist
    local = approved.send_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (local.date(), local.hour, local.minute) == (day, 10, 30)
    page = specialist.get(f"/newsletters/{approved.pk}/schedule/").content.decode()
    assert "Take it off the schedule" in page


def test_at_an_hour_of_each_recipients_clock(specialist, approved):
    assert post(specialist, approved, when="local", day=ahead(), at="09:00").status_code == 302
    approved.refresh_from_db()
    assert (approved.timing, approved.local_minute, approved.local_date.isoformat()) == ("local", 540, ahead())


def test_now(specialist, approved):
    assert post(specialist, approved, when="now").status_code == 302
    approved.refresh_from_db()
    assert approved.send_at <= timezone.now()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"day": "2020-01-01", "at": "10:00"}, "This moment is past."),
        ({"when": "local", "day": "2020-01-01", "at": "10:00"}, "This hour is past everywhere."),
        ({"day": "", "at": "10:00"}, "Choose a day."),
        ({"day": "9999-12-31", "at": "23:59", "zone": "America/New_York"}, "Choose a day between"),
        ({"day": "0001-01-01", "at": "00:00", "zone": "Asia/Tokyo"}, "Choose a day between"),
        ({"when": "local", "day": "9999-12-31", "at": "23:59"}, "Choose a day between"),
        ({"day": "2026-12-24", "at": "25:00"}, "Enter a valid time."),
        ({"when": "never"}, "Select a valid choice."),
        ({"day": "2099-12-24", "at": "10:00", "zone": "Moon/Base"}, "Select a valid choice."),
        ({"day": "2099-12-24", "at": "10:00"}, "within a year"),
    ],
)
def test_a_time_that_is_none(specialist, approved, sent, words):
    answer = post(specialist, approved, **sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    approved.refresh_from_db()
    assert approved.state == "approved"


def test_what_is_not_approved_is_not_scheduled(specialist, issue):
    answer = post(specialist, issue, day=ahead(), at="10:00")
    assert answer.status_code == 422
    assert "A second person approves it first." in answer.content.decode()
    NewsletterSettings.objects.update(needs_approval=False)
    assert post(specialist, issue, day=ahead(), at="10:00").status_code == 302


def test_what_must_be_mended_is_not_scheduled(specialist, approved):
    block = approved.blocks.get()
    block.kind = "link_card"
    block.data = {"title": "Card", "text": "", "url": "javascript:alert(1)", "label": ""}
    block.save()
    answer = post(specialist, approved, day=ahead(), at="10:00")
    assert answer.status_code == 422
    assert "must be mended first" in answer.content.decode()


def test_taken_off_it_is_approved_as_before(specialist, writer, approved):
    post(specialist, approved, day=ahead(), at="10:00")
    assert writer.post(f"/newsletters/{approved.pk}/unschedule/").status_code == 403
    assert specialist.post(f"/newsletters/{approved.pk}/unschedule/").status_code == 302
    approved.refresh_from_db()
    assert approved.state == "approved"


def test_clocks_say_who_waits_for_the_end_of_quiet_hours(writer, approved, cast):
    cast.csm.time_zone = "UTC"
    cast.csm.save()
    query = f"when=at&zone=UTC&day={ahead()}&at=03:00"
    page = writer.get(f"/newsletters/{approved.pk}/schedule/clocks/?{query}&keeps_quiet_hours=on").content.decode()
    # Night in UTC, New York and Berlin, noon in Tokyo.
    assert page.count("waits until") == 3
    assert "waits until" not in writer.get(f"/newsletters/{approved.pk}/schedule/clocks/?{query}").content.decode()
    assert writer.get(f"/newsletters/{approved.pk}/schedule/clocks/").status_code == 200
    # While a year is typed it is a strange one for a moment.
    for day in ("0001-01-01", "9999-12-31"):
        query = f"zone=America/New_York&day={day}&at=23:00&keeps_quiet_hours=on"
        for when in ("at", "local"):
            page = writer.get(f"/newsletters/{approved.pk}/schedule/clocks/?when={when}&{query}").content.decode()
            assert "Choose a day and a time" in page
