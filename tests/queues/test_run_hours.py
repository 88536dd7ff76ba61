"""The host runs an hour: reads the brief, writes notes, says what came of it, sends what was promised."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import TimelineEntry, User
from accounts.timeline import record
from calendars.ledger import as_range
from calendars.models import Commitment
from calendars.rules.spans import Span
from queues.actions.hours import close_hour, mark_no_show, reopen_hour, save_notes
from queues.capacity import minutes_of, rows_of
from queues.models import AllowancePlace, Booking, BookingMail, FollowUpItem
from segments.models import TimeEntry
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, monday

Post = Any


@pytest.fixture
def booking(cast: SimpleNamespace) -> Booking:
    """Return an hour of Acme's contact with the specialist, next Monday at nine."""
    queue = make_queue()
    make_hours(cast.specialist, (9, 12))
    make_host(queue, cast.specialist)
    return book_hour(
        queue, cast.acme, at(monday(), 9), contact=cast.acme_contact, situation="Our reports are slow.\n<b>Very</b>"
    )


@pytest.fixture
def begun(booking: Booking) -> Booking:
    """Return the same hour, two hours ago."""
    return shifted(booking, timezone.now() - timedelta(hours=2))


@pytest.fixture
def host(cast: SimpleNamespace, login: Any) -> Client:
    return login(cast.specialist)


def shifted(booking: Booking, starts: Any) -> Booking:
    span = Span(starts, starts + timedelta(hours=1))
    times = {"starts_at": span.starts, "ends_at": span.ends}
    Commitment.objects.filter(pk=booking.commitment_id).update(busy=as_range(span), **times)
    Booking.objects.filter(pk=booking.pk).update(**times)
    booking.refresh_from_db()
    return booking


def page(client: Client, booking: Booking) -> str:
    answer = client.get(reverse("queue_hour", args=[booking.uid]))
    assert answer.status_code == 200
    return answer.text


def test_the_brief_tells_of_a_customer_never_met(host: Client, cast: SimpleNamespace, begun: Booking) -> None:
    earlier = book_hour(begun.queue, cast.acme, at(monday(2), 10), topic_text="Dashboards")
    shifted(earlier, timezone.now() - timedelta(days=30))
    close_hour(actor=cast.specialist, booking=earlier, outcome="open")
    save_notes(actor=cast.specialist, booking=earlier, notes="They use two.", open_questions="Who owns the data?")
    text = page(host, begun)
    for told in ("Our reports are slow.", "Acme", "Ann", "Dashboards", "They use two.", "Who owns the data?", "Csm"):
        assert told in text
    assert "<b>Very</b>" not in text


def test_an_hour_before_its_start_waits(host: Client, booking: Booking) -> None:
    assert "Afterwards you say here what came of it." in page(host, booking)
    for name in ("queue_hour_close", "queue_hour_no_show"):
        answer = host.post(reverse(name, args=[booking.uid]), {"outcome": "answered"})
        assert answer.status_code == 422
        assert "has not begun yet" in answer.text
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_closing_logs_the_hosts_time_once(host: Client, cast: SimpleNamespace, begun: Booking) -> None:
    for outcome in ("answered", "handed_on"):
        assert host.post(reverse("queue_hour_close", args=[begun.uid]), {"outcome": outcome}).status_code == 302
    begun.refresh_from_db()
    entry = TimeEntry.objects.get()
    assert (begun.state, begun.outcome, begun.time_entry) == ("done", "handed_on", entry)
    assert (entry.person, entry.customer, entry.minutes, entry.activity) == (cast.specialist, cast.acme, 60, "call")
    assert TimelineEntry.objects.filter(customer=cast.acme, kind="booking.done").count() == 1


def test_a_tech_touch_customers_hour_is_given_beside_its_allowance(cast: SimpleNamespace, begun: Booking) -> None:
    type(cast.acme).objects.filter(pk=cast.acme.pk).update(tier="tech")
    close_hour(actor=cast.specialist, booking=begun, outcome="answered")
    assert TimeEntry.objects.get().over_allowance_reason == "One-to-many hour"


def test_who_does_not_come_has_used_the_hour(host: Client, cast: SimpleNamespace, begun: Booking) -> None:
    close_hour(actor=cast.specialist, booking=begun, outcome="answered")
    assert host.post(reverse("queue_hour_no_show", args=[begun.uid])).status_code == 302
    begun.refresh_from_db()
    assert (begun.state, begun.outcome, begun.time_entry) == ("no_show", "", None)
    assert not TimeEntry.objects.exists()
    assert AllowancePlace.objects.get(booking=begun).active


def test_what_was_said_can_be_taken_back_for_a_while(cast: SimpleNamespace, host: Client, begun: Booking) -> None:
    mark_no_show(actor=cast.specialist, booking=begun)
    assert reopen_hour(actor=cast.specialist, booking=begun).state == "booked"
    close_hour(actor=cast.specialist, booking=begun, outcome="answered")
    Booking.objects.update(closed_at=timezone.now() - timedelta(days=20))
    answer = host.post(reverse("queue_hour_reopen", args=[begun.uid]))
    assert "more than 14 days ago" in answer.text
    assert TimeEntry.objects.count() == 1


@pytest.mark.parametrize("address", ["queue_hour_reopen", "queue_hour_no_show"])
def test_the_manager_who_takes_back_the_hosts_time_is_named(
    cast: SimpleNamespace, login: Any, begun: Booking, address: str
) -> None:
    User.objects.filter(pk=cast.specialist.pk).update(team=cast.csm.team)
    close_hour(actor=cast.specialist, booking=begun, outcome="answered")
    assert login(cast.manager).post(reverse(address, args=[begun.uid])).status_code == 302
    assert not TimeEntry.objects.exists()
    told = TimelineEntry.objects.get(customer=cast.acme, kind="time.deleted")
    assert (told.actor, told.data["person"]) == (cast.manager, cast.specialist.pk)
    deleted = apps.get_model("segments", "TimeEntryEvent").objects.get(pgh_label="delete")
    assert deleted.pgh_context.metadata["who"] == cast.manager.email


def test_notes_are_kept_and_an_overlong_text_loses_nothing(host: Client, begun: Booking) -> None:
    address = reverse("queue_hour_notes", args=[begun.uid])
    assert host.post(address, {"notes": "Slow joins.", "open_questions": "Indexes?"}).status_code == 302
    answer = host.post(address, {"notes": "x" * 30_000, "open_questions": "Kept as typed"})
    assert answer.status_code == 422
    assert "Kept as typed" in answer.text
    begun.refresh_from_db()
    assert (begun.notes, begun.open_questions) == ("Slow joins.", "Indexes?")


def test_the_follow_up_goes_out_once_with_links_and_files(host: Client, cast: SimpleNamespace, begun: Booking) -> None:
    def post(name: str, data: dict[str, Any]) -> Any:
        return host.post(reverse(name, args=[begun.uid]), data)

    assert post("queue_hour_link", {"title": "Guide", "url": "docs.example/guide"}).status_code == 302
    upload = SimpleUploadedFile("plan <1>.pdf", b"%PDF-1.4 plan", "application/pdf")
    assert post("queue_hour_file", {"title": "", "file": upload}).status_code == 302
    assert post("queue_hour_follow_up", {"follow_up": "Here it is.", "next": "send"}).status_code == 302
    again = post("queue_hour_follow_up", {"follow_up": "Once more", "next": "send"})
    assert again.status_code == 422
    assert [item.title for item in FollowUpItem.objects.order_by("pk")] == ["Guide", "plan <1>.pdf"]
    mail = BookingMail.objects.get(kind="follow_up")
    assert mail.address == cast.acme_contact.email
    begun.refresh_from_db()
    assert begun.follow_up == "Here it is."
    item = FollowUpItem.objects.get(url="")
    got = host.get(reverse("queue_hour_item_file", args=[begun.uid, item.pk]))
    assert b"".join(got.streaming_content) == b"%PDF-1.4 plan"
    assert got["Content-Disposition"].startswith("attachment;")
    assert post("queue_hour_link", {"title": "Late", "url": "https://late.example"}).status_code == 422


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("queue_hour_link", {"url": "javascript:alert(1)"}, "Enter a valid URL"),
        ("queue_hour_link", {"url": ""}, "This field is required."),
        ("queue_hour_file", {}, "This field is required."),
        ("queue_hour_follow_up", {"follow_up": "", "next": "send"}, "Write a message, or add a link or a file."),
        ("queue_hour_close", {"outcome": "great"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_sent_is_refused_in_place(
    host: Client, begun: Booking, name: str, data: dict[str, Any], said: str
) -> None:
    answer = host.post(reverse(name, args=[begun.uid]), data)
    assert answer.status_code == 422
    assert said in answer.text
    assert not FollowUpItem.objects.exists()
    assert not BookingMail.objects.filter(kind="follow_up").exists()


def test_an_item_is_taken_out_again(host: Client, begun: Booking) -> None:
    host.post(reverse("queue_hour_link", args=[begun.uid]), {"title": "Guide", "url": "https://docs.example"})
    item = FollowUpItem.objects.get()
    for _ in range(2):
        host.post(reverse("queue_hour_item_remove", args=[begun.uid, item.pk]))
    assert not FollowUpItem.objects.exists()


def test_a_colleague_reads_and_does_not_write(cast: SimpleNamespace, login: Any, begun: Booking) -> None:
    save_notes(actor=cast.specialist, booking=begun, notes="Slow joins.")
    text = page(login(cast.csm), begun)
    assert "Slow joins." in text
    assert "Save the notes" not in text
    assert login(cast.csm).post(reverse("queue_hour_notes", args=[begun.uid]), {"notes": "Mine"}).status_code == 403


def test_who_does_not_see_the_customer_reads_no_more_than_the_board_says(
    cast: SimpleNamespace, login: Any, begun: Booking
) -> None:
    save_notes(actor=cast.specialist, booking=begun, notes="Slow joins.")
    record(cast.acme, "note", "Signed a secret deal", actor=cast.csm)
    text = page(login(cast.other_csm), begun)
    assert "Reports" in text
    for kept in ("Our reports are slow.", "Slow joins.", "Signed a secret deal", "Who comes", "Looked after by"):
        assert kept not in text
    assert "Signed a secret deal" in page(login(cast.csm), begun)
    assert "Signed a secret deal" in page(login(cast.manager), begun)


def test_the_company_moves_and_cancels_an_hour(cast: SimpleNamespace, login: Any, booking: Booking) -> None:
    client = login(cast.csm)
    address = reverse("queue_hour_move", args=[booking.uid])
    assert client.get(address).status_code == 200
    assert client.post(address, {"starts_at": "tomorrow"}).status_code == 422
    assert client.post(address, {"starts_at": at(monday(), 10).isoformat(), "reason": "Clash"}).status_code == 302
    booking.refresh_from_db()
    assert (booking.starts_at, booking.sequence) == (at(monday(), 10), 1)
    assert client.post(reverse("queue_hour_cancel", args=[booking.uid])).status_code == 302
    booking.refresh_from_db()
    assert booking.state == "cancelled"
    assert "This hour is cancelled." in page(login(cast.specialist), booking)


def test_hosts_see_what_waits_for_them(host: Client, begun: Booking) -> None:
    assert "To close" in host.get(reverse("queue_hours")).text
    close_hour(actor=begun.host, booking=begun, outcome="answered")
    assert "No hours booked with you" in host.get(reverse("queue_hours")).text


def test_booked_hours_count_as_demand_in_the_week_they_are_in(cast: SimpleNamespace, booking: Booking) -> None:
    weeks = [monday(0), monday(1), monday(2)]
    found = minutes_of([cast.specialist.pk, cast.csm.pk], weeks)
    assert dict(found) == {(cast.specialist.pk, monday(1)): 60}
    assert [(row.customer_id, row.minutes) for row in rows_of(cast.specialist.pk, monday(1))] == [(cast.acme.pk, 60)]
    assert rows_of(cast.specialist.pk, monday(2)) == []


def test_the_customers_page_shows_its_hours(cast: SimpleNamespace, login: Any, booking: Booking) -> None:
    assert "Hours with experts" in login(cast.csm).get(reverse("customer", args=[cast.acme.pk])).text
