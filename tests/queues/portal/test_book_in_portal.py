"""A contact books in the portal: picks an hour, which is held, and says what it is about."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calendars.models import Commitment
from queues.models import Booking, Hold, Queue, QueueTopic
from tests.queues.making import at, book_hour, make_host, make_hours, make_queue


@pytest.fixture
def ann(cast: SimpleNamespace, login) -> Client:
    """Return the browser of Acme's contact."""
    return login(cast.acme_contact.user)


def pick_path(queue: Queue) -> str:
    return reverse("portal_hours_pick", args=[queue.slug])


def hold(browser: Client, queue: Queue, start, **more) -> str:
    """Return the address of the form for the hour that is now held."""
    answer = browser.post(pick_path(queue), {"start": start.isoformat(), "zone": "UTC", **more})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def test_week_says_each_day_and_its_number_of_hours(queue: Queue, ann: Client, day: date) -> None:
    page = ann.get(pick_path(queue)).content.decode()
    assert f"{day:%A, %B}\u00a0{day.day}<span" in page
    assert "3 free hours</span>" in page
    assert "no free hours</span>" in page
    assert page.count('name="start"') == 3
    assert "Times are in UTC" in page


def test_hours_are_on_the_wall_of_the_chosen_zone(queue: Queue, ann: Client, day: date) -> None:
    page = ann.get(pick_path(queue), {"zone": "Asia/Kathmandu"}).content.decode()
    assert "2:45\u202fPM<span" in page
    assert "Times are in Kathmandu" in page
    assert "data-guess-zone" not in page
    assert "data-guess-zone" in ann.get(pick_path(queue)).content.decode()
    unknown = ann.get(pick_path(queue), {"zone": "Mars/Olympus"})
    assert unknown.status_code == 200
    assert "Times are in UTC" in unknown.content.decode()


def test_picks_says_and_has_it(queue: Queue, ann: Client, cast: SimpleNamespace, day: date) -> None:
    path = hold(ann, queue, at(day, 10))
    form = ann.get(path).content.decode()
    assert "Held for you until" in form
    assert "With any expert" in form
    assert Commitment.objects.get(active=True).kind == "held"
    topic = QueueTopic.objects.get()
    said = {"confirm": "yes", "topic": topic.pk, "situation": "Figures are late.", "zone": "Europe/Berlin"}
    answer = ann.post(path, said, follow=True)
    page = answer.content.decode()
    booking = Booking.objects.get()
    assert (booking.starts_at, booking.contact, booking.source) == (at(day, 10), cast.acme_contact, "portal")
    assert (booking.topic, booking.topic_text, booking.situation) == (topic, "Reports", "Figures are late.")
    assert (booking.time_zone, booking.booked_by) == ("Europe/Berlin", cast.acme_contact.user)
    assert "Your hour is booked" in page
    assert "We call you." in page
    # The same form sent once more leads to the same hour.
    again = ann.post(path, said)
    assert again.headers["Location"] == reverse("portal_hour", args=[booking.uid]) + "?booked=1"
    assert Booking.objects.count() == 1


def test_own_words_are_a_topic_and_none_is_refused(queue: Queue, ann: Client, day: date) -> None:
    path = hold(ann, queue, at(day, 9))
    refused = ann.post(path, {"confirm": "yes", "topic": "other", "situation": "All that I typed"})
    assert refused.status_code == 422
    assert "Say in a few words" in refused.content.decode()
    assert "All that I typed" in refused.content.decode()
    ann.post(path, {"confirm": "yes", "topic": "other", "topic_text": " Churn ", "situation": ""})
    assert Booking.objects.get().topic_text == "Churn"


def test_hour_that_is_gone_loses_nothing_typed_and_three_others_are_offered(
    queue: Queue, ann: Client, cast: SimpleNamespace, day: date
) -> None:
    path = hold(ann, queue, at(day, 10))
    Commitment.objects.filter(kind="held").update(expires_at=timezone.now() - timedelta(seconds=1))
    book_hour(queue, cast.globex, at(day, 10))
    said = {"confirm": "yes", "topic": "other", "topic_text": "My own topic", "situation": "A long story"}
    answer = ann.post(path, said)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "just taken this hour" in page
    assert "My own topic" in page
    assert "A long story" in page
    assert page.count('name="take"') == 2
    taken = ann.post(path, {**said, "confirm": "", "take": at(day, 9).isoformat()})
    page = taken.content.decode()
    assert "My own topic" in page
    assert "A long story" in page
    held = Hold.objects.get(commitment__active=True)
    assert held.commitment.starts_at == at(day, 9)
    following = reverse("portal_hours_details", args=[queue.slug, held.uid])
    assert f'action="{following}"' in page
    ann.post(following, said)
    assert Booking.objects.get(customer=cast.acme).starts_at == at(day, 9)


def test_another_hour_is_chosen_with_the_text_kept(queue: Queue, ann: Client, day: date) -> None:
    path = hold(ann, queue, at(day, 10))
    page = ann.post(path, {"another": "yes", "topic": "other", "topic_text": "Kept", "situation": ""}).content.decode()
    assert "Kept" in page
    assert page.count('name="take"') == 2
    assert "Say in a few words" not in page


def test_hour_that_is_taken_before_it_is_held(queue: Queue, ann: Client, cast: SimpleNamespace, day: date) -> None:
    book_hour(queue, cast.globex, at(day, 10))
    answer = ann.post(pick_path(queue), {"start": at(day, 10).isoformat(), "zone": "UTC"})
    assert answer.status_code == 409
    assert "just taken this hour" in answer.content.decode()
    assert not Hold.objects.exists()


@pytest.mark.parametrize("start", ["", "tomorrow", "2026-13-01T00:00Z", "2026-11-30T09:00", "9" * 400])
def test_start_that_is_none_is_told(queue: Queue, ann: Client, start: str) -> None:
    answer = ann.post(pick_path(queue), {"start": start})
    assert answer.status_code == 422
    assert "Pick one of the hours shown" in answer.content.decode()


def test_named_host_is_asked_for(queue: Queue, ann: Client, cast: SimpleNamespace, day: date) -> None:
    make_host(queue, cast.csm)
    make_hours(cast.csm, (14, 15), weekdays=[day.weekday()])
    page = ann.get(pick_path(queue), {"host": cast.csm.pk}).content.decode()
    assert page.count('name="start"') == 1
    path = hold(ann, queue, at(day, 14), host=cast.csm.pk)
    assert f"With {cast.csm.name}" in ann.get(path).content.decode()


def test_nothing_free_names_the_next_hour_and_the_waiting_list(
    queue: Queue, ann: Client, cast: SimpleNamespace, day: date
) -> None:
    queue.hours_per_customer = 20
    queue.save()
    for hour in (9, 10, 11):
        book_hour(queue, cast.globex, at(day, hour), contact=cast.globex_contact)
    page = ann.get(pick_path(queue)).content.decode()
    assert "is taken" in page
    assert reverse("portal_hours_wait", args=[queue.slug]) in page


def test_allowance_that_is_used_says_when_the_next_may_be(queue: Queue, ann: Client, cast, day: date) -> None:
    queue.hours_per_customer, queue.period = 1, "year"
    queue.save()
    book_hour(queue, cast.acme, at(day, 9), contact=cast.acme_contact)
    page = ann.get(pick_path(queue)).content.decode()
    assert "has its hours of this year booked already" in page
    assert page.count('name="start"') == 0


def test_queue_of_other_tiers_says_so(queue: Queue, ann: Client) -> None:
    queue.tiers = ["tech"]
    queue.save()
    page = ann.get(pick_path(queue)).content.decode()
    assert "not open to your company" in page
    assert "No hours can be booked" in ann.get(reverse("portal_hours_book")).content.decode()


def test_one_queue_is_not_chosen_several_are(queue: Queue, ann: Client) -> None:
    assert ann.get(reverse("portal_hours_book")).headers["Location"] == pick_path(queue)
    make_queue("second", description="For the second time.")
    page = ann.get(reverse("portal_hours_book")).content.decode()
    assert "For the second time." in page


def test_hold_of_another_company_is_not_there(queue: Queue, ann: Client, cast, login, day: date) -> None:
    path = hold(ann, queue, at(day, 10))
    other = login(cast.globex_contact.user)
    assert other.get(path).status_code == 404
    assert other.post(path, {"confirm": "yes", "topic": "other", "topic_text": "Mine"}).status_code == 404
    assert not Booking.objects.exists()
