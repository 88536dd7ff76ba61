"""Queues are set up in the browser; what makes no sense is refused, and nothing booked is touched."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core.errors import Conflict, Invalid, NotAllowed
from queues.actions.bookings import cancel_booking
from queues.actions.setup import add_host, create_queue, set_windows, update_host, update_queue
from queues.models import HostWindow, Queue, QueueHost
from queues.queries.setup import queues_set_up
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue, monday

SENT: dict[str, Any] = {
    "name": "Ask an expert",
    "description": "Bring one question.",
    "topics": "Reports\nOnboarding\n\nReports",
    "is_open": "on",
    "tiers": ["low", "tech"],
    "languages": "English, German",
    "hours_per_customer": "1",
    "period": "quarter",
    "slot_minutes": "1 h",
    "step_minutes": "30 min",
    "buffer_before_minutes": "0 min",
    "buffer_after_minutes": "15 min",
    "notice_minutes": "1 day",
    "horizon_days": "30",
    "change_until_minutes": "2 h",
    "offer_minutes": "4h",
    "reminders": "1 d, 1 h",
    "meeting_text": "",
}


@pytest.fixture
def browser(cast: SimpleNamespace, login: Any) -> Client:
    return login(cast.manager)


@pytest.fixture
def queue(db: None) -> Queue:
    return create_queue(actor=None, name="Ask an expert", topics=["Reports", "Onboarding"])


def test_a_queue_is_made_from_what_people_write(browser: Client) -> None:
    answer = browser.post(reverse("queue_new"), SENT)
    assert answer.url == reverse("queue_hosts", args=["ask-an-expert"])
    queue = Queue.objects.get()
    assert (queue.tiers, queue.languages, queue.period) == (["low", "tech"], ["en", "de"], "quarter")
    assert (queue.slot_minutes, queue.step_minutes, queue.notice_minutes) == (60, 30, 1440)
    assert (queue.change_until_minutes, queue.reminders) == (120, [1440, 60])
    assert [topic.name for topic in queue.topics.all()] == ["Reports", "Onboarding"]
    assert "Ask an expert" in browser.get(reverse("queue_settings")).text


def test_hosts_do_not_multiply_the_hours_to_come(cast: SimpleNamespace) -> None:
    queue = make_queue()
    make_queue("idle")
    for person in (cast.specialist, cast.csm):
        make_hours(person, (9, 12))
        make_host(queue, person)
    make_host(queue, cast.other_csm, is_active=False)
    hours = [book_hour(queue, cast.acme, at(monday(), hour)) for hour in (9, 10, 11)]
    cancel_booking(actor=cast.specialist, booking=hours[0])
    counted = {queue.slug: (queue.host_count, queue.coming_count) for queue in queues_set_up()}
    assert counted == {"experts": (2, 2), "idle": (0, 0)}


def test_what_the_form_shows_is_what_it_saves(browser: Client, queue: Queue) -> None:
    page = browser.get(reverse("queue_edit", args=[queue.slug]))
    shown = {
        name: page.context["form"][name].value() for name in page.context["form"].fields if name not in ("is_open",)
    }
    kept = {name: value for name, value in shown.items() if value not in (None, "")}
    assert browser.post(reverse("queue_edit", args=[queue.slug]), {**kept, "is_open": "on"}).status_code == 302
    again = Queue.objects.get()
    facts = [field.name for field in Queue._meta.fields]
    assert {name: getattr(again, name) for name in facts} == {name: getattr(queue, name) for name in facts}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"slot_minutes": "an hour"}, "Write it as 4 h, 30 min or 2 days."),
        ({"slot_minutes": "5 min"}, "greater than or equal to 15"),
        ({"slot_minutes": "9999 d"}, "less than or equal to 480"),
        ({"tiers": []}, "This field is required."),
        ({"notice_minutes": "30 d"}, "nothing could be booked"),
        ({"reminders": "1 d, 2 d, 3 d, 4 d, 5 d, 6 d"}, "At most 5 reminders."),
        ({"reminders": "90 d"}, "between 5 minutes and 14 days"),
        ({"languages": "Klingonish"}, "Klingonish"),
        ({"topics": "\n".join(f"Topic {n}" for n in range(50))}, "At most 40 topics"),
    ],
)
def test_what_makes_no_sense_is_refused_in_place(browser: Client, changes: dict[str, Any], sentence: str) -> None:
    answer = browser.post(reverse("queue_new"), SENT | changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Queue.objects.exists()


def test_two_queues_do_not_share_a_name(browser: Client, queue: Queue) -> None:
    assert "Another queue has this name." in browser.post(reverse("queue_new"), SENT | {"name": "ask an EXPERT"}).text
    with pytest.raises(Conflict):
        create_queue(actor=None, name="Ask an Expert")


def test_names_alike_in_an_address_get_addresses_of_their_own(db: None) -> None:
    slugs = [create_queue(actor=None, name=name).slug for name in ("Ask us", "Ask us!", "询问")]
    assert slugs == ["ask-us", "ask-us-2", "queue"]


def test_a_renamed_queue_keeps_its_address(queue: Queue) -> None:
    assert update_queue(actor=None, queue=queue, name="Our experts").slug == "ask-an-expert"


def test_a_topic_left_out_is_offered_no_longer_but_kept(queue: Queue) -> None:
    update_queue(actor=None, queue=queue, topics=["Integrations", "Reports"])
    assert [(topic.name, topic.is_active) for topic in queue.topics.order_by("-is_active", "position")] == [
        ("Integrations", True),
        ("Reports", True),
        ("Onboarding", False),
    ]


def test_a_host_is_added_and_changed(browser: Client, cast: SimpleNamespace, queue: Queue) -> None:
    sent = {"person": cast.specialist.pk, "weekly_minutes": "6 h", "weight": "100", "meeting_url": "meet.example/s"}
    assert browser.post(reverse("queue_hosts", args=[queue.slug]), sent).status_code == 302
    host = QueueHost.objects.get()
    assert (host.person, host.weekly_minutes, host.meeting_url) == (cast.specialist, 360, "https://meet.example/s")
    sent = {"weekly_minutes": "8 h", "weight": "50", "meeting_url": ""}
    assert browser.post(reverse("queue_host", args=[host.pk]), sent).status_code == 302
    host.refresh_from_db()
    assert (host.weekly_minutes, host.weight, host.is_active) == (480, 50, False)
    assert "Gives no hours now" in browser.get(reverse("queue_hosts", args=[queue.slug])).text
    assert add_host(actor=cast.manager, queue=queue, person=cast.specialist).is_active


def test_only_experts_host(cast: SimpleNamespace, queue: Queue) -> None:
    with pytest.raises(Invalid, match="neither an active CSM nor"):
        add_host(actor=cast.manager, queue=queue, person=cast.sdr)
    host = add_host(actor=cast.manager, queue=queue, person=cast.csm)
    User.objects.filter(pk=cast.csm.pk).update(is_active=False)
    with pytest.raises(Invalid, match="neither an active CSM nor"):
        update_host(actor=cast.manager, host=host, is_active=True)


def test_windows_are_set_whole(cast: SimpleNamespace, queue: Queue) -> None:
    host = add_host(actor=None, queue=queue, person=cast.csm)
    set_windows(actor=None, host=host, windows=[(0, 540, 720), (0, 780, 1020), (4, 540, 720)])
    with pytest.raises(Invalid, match="overlap"):
        set_windows(actor=None, host=host, windows=[(0, 540, 720), (0, 700, 800)])
    with pytest.raises(Invalid, match="within one day"):
        set_windows(actor=None, host=host, windows=[(0, 1400, 1500)])
    assert HostWindow.objects.filter(host=host).count() == 3
    set_windows(actor=None, host=host, windows=[])
    assert not HostWindow.objects.exists()


def test_who_does_not_manage_queues_changes_nothing(cast: SimpleNamespace, queue: Queue) -> None:
    for change in (
        lambda: create_queue(actor=cast.csm, name="Mine"),
        lambda: update_queue(actor=cast.specialist, queue=queue, name="Mine"),
        lambda: add_host(actor=cast.csm, queue=queue, person=cast.csm),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert Queue.objects.get().name == "Ask an expert"


def test_windows_are_edited_row_by_row(browser: Client, cast: SimpleNamespace, queue: Queue) -> None:
    host = add_host(actor=None, queue=queue, person=cast.csm)
    address = reverse("queue_windows", args=[host.pk])
    typed = {"monday-from": ["09:00"], "monday-to": ["12:00"]}
    more = browser.post(address, {**typed, "step": "add:monday"})
    assert more.text.count('name="monday-from"') == 2
    assert "09:00" in more.text
    assert not HostWindow.objects.exists()
    assert "is no time of day" in browser.post(address, {**typed, "tuesday-from": "9", "tuesday-to": "x"}).text
    overlapping = {"monday-from": ["09:00", "11:00"], "monday-to": ["12:00", "13:00"]}
    refused = browser.post(address, overlapping)
    assert refused.status_code == 422
    assert "overlap" in refused.text
    assert browser.post(address, typed).status_code == 302
    assert list(HostWindow.objects.values_list("weekday", "starts", "ends")) == [(0, 540, 720)]
    assert "09:00" in browser.get(address).text
    assert browser.post(address, {"monday-from": "", "monday-to": ""}).status_code == 302
    assert not HostWindow.objects.exists()
