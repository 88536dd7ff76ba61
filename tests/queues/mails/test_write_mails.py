"""What the mails about hours say, in words and to calendars."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.utils import timezone

from accounts.models import CompanySettings
from core.files import store
from queues.mails import promises, rendering
from queues.mails.promises import promise_booked, promise_cancelled, promise_moved, promise_offer
from queues.models import BookingMail, FollowUpItem
from tests.calendars.client import CalendarClient
from tests.queues.mails.making import (
    calendar_part,
    cancel_booking,
    mail_to,
    make_booking,
    make_host,
    make_offer,
    move_booking,
    parsed,
    sent_mails,
)

pytestmark = pytest.mark.django_db

TUESDAY_NINE = datetime(2030, 7, 2, 9, tzinfo=UTC)


@pytest.fixture
def host(cast: SimpleNamespace):
    cast.specialist.name, cast.specialist.time_zone, cast.specialist.country = "Zoë Åkesson", "America/New_York", "US"
    cast.specialist.save()
    CompanySettings.current()
    CompanySettings.objects.update(name="Example Ltd")
    make_host(cast.specialist)
    return cast.specialist


@pytest.fixture
def contact(cast: SimpleNamespace):
    found = cast.globex_contact
    found.first_name, found.last_name, found.language = "Gil", "O'Brien, Head; of <Things>", "de"
    found.save()
    return found


def both_texts(message) -> list[str]:
    """Return the words of the mail, as text and as HTML."""
    return [message.body, message.alternatives[0][0]]


def test_a_confirmation_says_when_in_the_readers_zone_and_locale(host, contact) -> None:
    promise_booked(make_booking(host, contact, starts=TUESDAY_NINE, topic_text="Reports & exports"))
    sent_mails()
    for text in both_texts(mail_to(contact.email)):
        assert "Dienstag, 2. Juli 2030, 11:00 – 12:00 (Berlin, GMT+02:00)" in text
    for text in both_texts(mail_to(host.email)):
        assert "Tuesday, July 2, 2030, 5:00\u202fAM – 6:00\u202fAM (New York, GMT-04:00)" in text
    assert mail_to(contact.email).subject.endswith("Di., 02.07.2030, 11:00 (Berlin)")
    assert "Reports & exports" in mail_to(contact.email).body
    assert "Reports &amp; exports" in mail_to(contact.email).alternatives[0][0]
    assert mail_to(contact.email).body.startswith("Hello Gil,")
    assert "https://meet.example/room" in mail_to(contact.email).body


def test_times_around_a_change_of_clocks_name_both_offsets(host, contact) -> None:
    promise_booked(make_booking(host, contact, starts=datetime(2030, 10, 27, 0, 30, tzinfo=UTC)))
    sent_mails()
    assert "02:30 GMT+02:00 – 02:30 GMT+01:00 (Berlin)" in mail_to(contact.email).body


def test_links_work_without_login_for_the_contact_and_by_login_for_the_host(host, contact, client) -> None:
    booking = make_booking(host, contact)
    promise_booked(booking)
    sent_mails()
    ways = [line for line in mail_to(contact.email).body.splitlines() if line.startswith(settings.PUBLIC_URL)]
    assert [urlsplit(way).path.split("/")[2] for way in ways] == ["change", "cancel"]
    assert str(booking.uid) in mail_to(host.email).body
    assert "/h/" not in mail_to(host.email).body


def test_answers_go_to_the_other_person(host, contact) -> None:
    promise_booked(make_booking(host, contact))
    sent_mails()
    assert parsed(mail_to(contact.email))["Reply-To"].addresses[0].addr_spec == host.email
    assert parsed(mail_to(host.email))["Reply-To"].addresses[0].addr_spec == contact.email
    assert parsed(mail_to(host.email))["Reply-To"].addresses[0].display_name == "Gil O'Brien, Head; of <Things>"
    assert parsed(mail_to(host.email))["Auto-Submitted"] == "auto-generated"


def test_an_invitation_is_read_by_calendars_and_opened_by_people(host, contact) -> None:
    booking = make_booking(host, contact)
    promise_booked(booking)
    sent_mails()
    whole = parsed(mail_to(contact.email))
    assert [part.get_content_type() for part in whole.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    part = calendar_part(mail_to(contact.email))
    text = part.get_payload(decode=True).decode()
    [attached] = list(whole.iter_attachments())
    assert attached.get_filename() == "invite.ics"
    assert attached.get_payload(decode=True).decode() == text
    # Every server on the way takes it.
    assert mail_to(contact.email).message().as_bytes().isascii()
    assert part.get_param("method") == "REQUEST"
    assert "METHOD:REQUEST\r\n" in text
    assert part.get_content_charset() == "utf-8"
    unfolded = text.replace("\r\n ", "")
    assert f"UID:{booking.uid}@" in unfolded
    assert 'ORGANIZER;CN="Example Ltd":mailto:' in unfolded or "ORGANIZER;CN=Example Ltd:mailto:" in unfolded
    assert "Zoë Åkesson" in unfolded
    assert f"mailto:{contact.email}" in unfolded


def test_a_reschedule_moves_and_a_cancel_removes_the_event_in_both_calendars(host, contact) -> None:
    booking = make_booking(host, contact)
    promise_booked(booking)
    sent_mails()
    move_booking(booking)
    promise_moved(booking)
    sent_mails()
    calendars = {contact.email: CalendarClient(), host.email: CalendarClient()}
    for message in outbox.outbox:
        calendars[message.to[0]].apply(calendar_part(message).get_payload(decode=True).decode())
    for calendar in calendars.values():
        assert calendar.events == [(booking.starts_at, booking.ends_at)]
    cancel_booking(booking, "Ill\r\nBcc: evil@x.example")
    promise_cancelled(booking)
    for message in sent_mails()[4:]:
        part = calendar_part(message)
        text = part.get_payload(decode=True).decode()
        assert part.get_param("method") == "CANCEL"
        assert "METHOD:CANCEL\r\n" in text
        assert "Reason: Ill Bcc: evil@x.example" in message.body
        assert parsed(message)["Bcc"] is None
        calendars[message.to[0]].apply(text)
    assert [calendar.events for calendar in calendars.values()] == [[], []]
    # An older mail that comes last brings nothing back.
    for message in outbox.outbox:
        calendars[message.to[0]].apply(calendar_part(message).get_payload(decode=True).decode())
    assert [calendar.events for calendar in calendars.values()] == [[], []]


def test_another_host_gets_the_hour_and_the_former_one_loses_it(host, contact, cast) -> None:
    booking = make_booking(host, contact)
    promise_booked(booking)
    sent_mails()
    move_booking(booking, days=0, host=cast.csm)
    promise_moved(booking, previous_host=host)
    later = sent_mails()[2:]
    calendar = CalendarClient()
    to_former = [message for message in outbox.outbox if message.to == [host.email]]
    assert [calendar_part(message).get_param("method") for message in to_former] == ["REQUEST", "CANCEL"]
    for message in to_former:
        calendar.apply(calendar_part(message).get_payload(decode=True).decode())
    assert calendar.events == []
    assert "No longer yours" in to_former[1].subject
    assert {message.to[0]: calendar_part(message).get_param("method") for message in later} == {
        contact.email: "REQUEST",
        host.email: "CANCEL",
        cast.csm.email: "REQUEST",
    }


def test_words_of_customers_add_no_header_and_no_markup(host, contact) -> None:
    contact.first_name = "Eve\r\nBcc: evil@x.example\r\n\r\n<script>x</script>"
    contact.save()
    contact.customer.name = "Glo\u2028bex\r\nX-Evil: 1"
    contact.customer.save()
    promise_booked(make_booking(host, contact, topic_text="<b>Topic</b>\r\nX-Evil: 1", situation="a\r\n<img src=x>"))
    for message in sent_mails():
        whole = parsed(message)
        assert whole["Bcc"] is None
        assert whole["X-Evil"] is None
        html = message.alternatives[0][0]
        assert "<script>" not in html
        assert "<b>Topic" not in html
        assert "<img" not in html
    assert "X-Evil: 1" in mail_to(host.email).subject


def test_a_reminder_has_no_invitation_but_the_way_out(host, contact) -> None:
    promise_booked(make_booking(host, contact))
    BookingMail.objects.filter(kind="confirmed").delete()
    reminded = sent_mails(kind="reminder")
    assert sorted(message.to[0] for message in reminded) == sorted([contact.email, host.email] * 2)
    assert all(len(message.alternatives) == 1 and not message.attachments for message in reminded)
    assert all("Cancel the hour" in message.body for message in reminded if message.to == [contact.email])


def test_a_reminder_too_late_to_change_the_hour_says_what_to_do_instead(host, contact) -> None:
    soon = timezone.now() + timedelta(minutes=59)
    promise_booked(make_booking(host, contact, starts=soon))
    BookingMail.objects.filter(kind="confirmed").update(kind="reminder")
    sent_mails()
    for text in both_texts(mail_to(contact.email)):
        assert "/h/" not in text
        assert "please answer this mail" in text.replace("&#x27;", "'")


def test_an_offer_says_until_when_it_is_kept(cast, contact, host) -> None:
    promise_offer(make_offer(contact, host))
    [message] = sent_mails()
    assert message.to == [contact.email]
    assert "(Berlin" in message.body
    assert "/h/offer/" in message.body


def test_a_follow_up_carries_links_and_files_and_asks_for_a_rating(host, contact) -> None:
    booking = make_booking(host, contact, state="done", follow_up="Dear Gil,\n\nhere it is: <b>all</b>.")
    FollowUpItem.objects.create(booking=booking, title="Guide", url="https://docs.example/guide?a=1&b=2")
    file = store("Führung.pdf", "application/pdf", [b"%PDF", b"-1.7"])
    FollowUpItem.objects.create(booking=booking, title="Steps", file=file)
    promises.promise_follow_up(booking)
    [message] = sent_mails()
    assert message.body.startswith("Dear Gil,\n\nhere it is: <b>all</b>.")
    assert "Hello" not in message.alternatives[0][0]
    assert "https://docs.example/guide?a=1&b=2" in message.body
    assert "&lt;b&gt;all" in message.alternatives[0][0]
    assert "/h/rate/" in message.body
    [attached] = list(parsed(message).iter_attachments())
    assert attached.get_filename() == "Führung.pdf"
    assert attached.get_payload(decode=True) == b"%PDF-1.7"


def test_files_too_large_for_a_mail_are_left_in_the_portal(host, contact, monkeypatch) -> None:
    monkeypatch.setattr(rendering, "LARGEST_FILES_BYTES", 10)
    booking = make_booking(host, contact, state="done")
    for title, size in (("Small", 6), ("Large", 11), ("Second", 4), ("Third", 1)):
        file = store(f"{title}.bin", "nonsense", [b"x" * size])
        FollowUpItem.objects.create(booking=booking, title=title, file=file)
    promises.promise_follow_up(booking)
    [message] = sent_mails()
    assert [part.get_filename() for part in parsed(message).iter_attachments()] == ["Small.bin", "Second.bin"]
    assert f"after logging in: Large, Third\n{settings.PUBLIC_URL}/portal/hours/{booking.uid}/" in message.body
    assert "Large, Third" in message.alternatives[0][0]


@pytest.mark.parametrize("kind", [kind for kind in BookingMail.Kind if kind != "offer"])
def test_every_kind_has_words_for_its_reader(kind: str, host, contact) -> None:
    state = {"cancelled": "cancelled", "follow_up": "done", "rating": "done"}.get(kind, "booked")
    extra = {"cancelled_at": TUESDAY_NINE} if state == "cancelled" else {}
    booking = make_booking(host, contact, state=state, **extra)
    BookingMail.objects.create(booking=booking, kind=kind, address=contact.email, send_after="2026-01-01T00:00Z")
    [message] = sent_mails()
    assert message.subject
    assert "\n" not in message.subject
    assert "{{" not in message.body + message.alternatives[0][0]
    assert "{%" not in message.body + message.alternatives[0][0]
