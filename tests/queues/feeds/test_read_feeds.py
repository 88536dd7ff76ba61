"""Private feeds: made and ended by their owner, read by the address alone, and never older than they say."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import ics
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import http_date, parse_http_date

from calendars.models import Absence
from queues.actions.feeds import create_feed, revoke_feed
from queues.feeds import address_of
from queues.models import Booking, CalendarFeed
from tests.queues.mails.making import cancel_booking, days_from_now, make_booking, make_host, move_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    make_host(cast.specialist)
    return make_booking(cast.specialist, cast.globex_contact, topic_text="Reports, exports")


def address(token: str) -> str:
    return address_of(token).removeprefix(settings.PUBLIC_URL)


def read(token: str, **headers: str):
    """Return the answer to a calendar program, which has no session."""
    return Client().get(address(token), headers=headers)


def events(answer) -> list[tuple[str, datetime]]:
    calendar = ics.Calendar(answer.content.decode())
    return sorted((event.name, event.begin.datetime) for event in calendar.events)


def test_a_host_reads_its_hours_with_customers(booking: Booking, cast: SimpleNamespace) -> None:
    make_booking(cast.csm, cast.acme_contact)
    _, token = create_feed(person=cast.specialist, name="Phone")
    answer = read(token)
    assert events(answer) == [("Reports, exports: Globex", booking.starts_at)]
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "X-WR-CALNAME:Phone\r\n" in answer.content.decode()
    assert "LOCATION:https://meet.example/room\r\n" in answer.content.decode()
    assert not answer.cookies


def test_a_contact_reads_its_own_hours_and_no_colleagues(booking: Booking, cast: SimpleNamespace) -> None:
    make_booking(cast.csm, None, customer=cast.globex)
    Booking.objects.filter(pk=booking.pk).update(notes="The host's own")
    _, token = create_feed(contact=cast.globex_contact)
    answer = read(token)
    assert events(answer) == [(f"Reports, exports: {cast.specialist.name}", booking.starts_at)]
    assert b"own" not in answer.content.replace(b"down", b"")


def test_what_is_cancelled_or_long_past_is_not_shown(booking: Booking, cast: SimpleNamespace) -> None:
    _, token = create_feed(person=cast.specialist)
    cancel_booking(booking)
    make_booking(cast.specialist, cast.globex_contact, starts=days_from_now(-91), state="done")
    recent = make_booking(cast.specialist, cast.globex_contact, starts=days_from_now(-89), state="done")
    assert [starts for _, starts in events(read(token))] == [recent.starts_at]


@pytest.mark.parametrize("with_absences", [True, False])
def test_absences_are_shown_where_asked_and_without_their_kind(
    booking: Booking, cast: SimpleNamespace, with_absences: bool
) -> None:
    Absence.objects.create(
        person=cast.specialist,
        kind="sick",
        starts_at=datetime(2030, 12, 23, 23, tzinfo=UTC),
        ends_at=datetime(2030, 12, 26, 23, tzinfo=UTC),
        time_zone="Europe/Berlin",
    )
    _, token = create_feed(person=cast.specialist, with_absences=with_absences)
    text = read(token).content.decode()
    assert ("SUMMARY:Away\r\nDTSTART;VALUE=DATE:20301224\r\nDTEND;VALUE=DATE:20301227" in text) == with_absences
    assert "Sick" not in text


def test_an_unchanged_feed_is_not_sent_again(booking: Booking, cast: SimpleNamespace) -> None:
    _, token = create_feed(person=cast.specialist)
    first = read(token)
    assert read(token, if_none_match=first["ETag"]).status_code == 304
    assert read(token, if_modified_since=first["Last-Modified"]).status_code == 304
    assert read(token, if_none_match='"another"').status_code == 200
    head = Client().head(address(token))
    assert (head.status_code, head["ETag"]) == (200, first["ETag"])


@pytest.mark.parametrize("change", ["move", "cancel", "another host"])
def test_a_change_is_seen_whatever_the_program_asks_by(booking: Booking, cast: SimpleNamespace, change: str) -> None:
    """Also by the date alone, and when it leaves an older feed behind: an hour less, no date of its own."""
    _, token = create_feed(person=cast.specialist)
    first = read(token)
    if change == "cancel":
        cancel_booking(booking)
    else:
        move_booking(booking, host=cast.csm if change == "another host" else None)
    by_date = read(token, if_modified_since=first["Last-Modified"])
    assert by_date.status_code == 200
    assert events(by_date) != events(first)
    assert read(token, if_none_match=first["ETag"]).status_code == 200
    assert parse_http_date(by_date["Last-Modified"]) > parse_http_date(first["Last-Modified"])


def test_a_revoked_address_is_gone_at_once_like_one_that_never_was(booking: Booking, cast: SimpleNamespace) -> None:
    feed, token = create_feed(person=cast.specialist)
    first = read(token)
    revoke_feed(feed_id=feed.pk, person=cast.specialist)
    revoked, unknown = read(token, if_none_match=first["ETag"]), read("x" * 43)
    assert (revoked.status_code, unknown.status_code) == (404, 404)
    assert (revoked.content, revoked.headers) == (unknown.content, unknown.headers)
    assert not revoked.cookies
    assert read("y" * 5000).status_code == 404


def test_who_has_left_is_read_no_more(booking: Booking, cast: SimpleNamespace) -> None:
    _, of_host = create_feed(person=cast.specialist)
    _, of_contact = create_feed(contact=cast.globex_contact)
    cast.specialist.is_active = cast.globex_contact.is_active = False
    cast.specialist.save()
    cast.globex_contact.save()
    assert [read(token).status_code for token in (of_host, of_contact)] == [404, 404]


def test_a_contact_of_a_merged_customer_is_read_no_more(booking: Booking, cast: SimpleNamespace) -> None:
    _, token = create_feed(contact=cast.globex_contact)
    cast.globex.merged_into = cast.acme
    cast.globex.save()
    assert read(token).status_code == 404


def test_the_database_knows_the_address_by_its_digest_alone(booking: Booking, cast: SimpleNamespace) -> None:
    feed, token = create_feed(person=cast.specialist)
    assert len(token) >= 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM queues_calendarfeed f WHERE f::text LIKE %s", [f"%{token}%"])
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM queues_calendarfeedevent f WHERE f::text LIKE %s", [f"%{feed.token_digest}%"]
        )
        assert cursor.fetchone() == (0,)


def test_last_use_is_written_at_most_once_an_hour(booking: Booking, cast: SimpleNamespace) -> None:
    feed, token = create_feed(person=cast.specialist)
    read(token)
    feed.refresh_from_db()
    assert feed.last_used_at is not None
    noted = feed.last_used_at
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read(token)
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]
    CalendarFeed.objects.update(last_used_at=noted - timedelta(minutes=61))
    read(token)
    feed.refresh_from_db()
    assert feed.last_used_at >= noted


def test_many_hours_cost_no_more_queries(booking: Booking, cast: SimpleNamespace) -> None:
    _, token = create_feed(person=cast.specialist, with_absences=True)
    read(token)
    with CaptureQueriesContext(connection) as few:
        read(token)
    for day in range(4, 24):
        make_booking(cast.specialist, cast.acme_contact, starts=days_from_now(day))
    read(token)
    with CaptureQueriesContext(connection) as many:
        assert len(events(read(token))) == 21
    assert len(many) == len(few)


def test_the_date_never_goes_back(booking: Booking, cast: SimpleNamespace) -> None:
    """Even where a clock was ahead when the feed changed last."""
    _, token = create_feed(person=cast.specialist)
    read(token)
    ahead = timezone.now().replace(microsecond=0) + timedelta(minutes=5)
    CalendarFeed.objects.update(content_changed_at=ahead)
    move_booking(booking)
    answer = read(token, if_modified_since=http_date(ahead.timestamp()))
    assert answer.status_code == 200
    assert parse_http_date(answer["Last-Modified"]) == int(ahead.timestamp()) + 1
