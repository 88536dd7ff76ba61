"""Staff books for a customer: finds it, chooses its contact, and goes the customers' own two steps."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import TimelineEntry, User
from queues.actions.bookings import reschedule_booking
from queues.models import AllowancePlace, Booking, Queue
from tests.cast import make_contact
from tests.queues.making import at, book_hour


def pick_path(queue: Queue, cast: SimpleNamespace) -> str:
    return reverse("staff_book_pick", args=[cast.acme.pk, cast.acme_contact.pk, queue.slug])


def hold(browser: Client, queue: Queue, cast: SimpleNamespace, start) -> str:
    """Return the address of the form for the hour that is now held."""
    answer = browser.post(pick_path(queue, cast), {"start": start.isoformat(), "zone": "UTC"})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def test_finds_the_customer_and_its_contact(queue: Queue, cast: SimpleNamespace, login) -> None:
    browser = login(cast.csm)
    assert "Acme" in browser.get(reverse("staff_book"), {"q": "acm"}).content.decode()
    assert "No customer found" in browser.get(reverse("staff_book"), {"q": "globex"}).content.decode()
    for_acme = reverse("staff_book_for", args=[cast.acme.pk])
    assert for_acme in browser.get(reverse("customer", args=[cast.acme.pk])).content.decode()
    assert browser.get(for_acme).headers["Location"] == pick_path(queue, cast)
    make_contact(cast.acme, "bob@acme.example")
    page = browser.get(for_acme).content.decode()
    assert "bob@acme.example" in page
    chosen = browser.get(for_acme, {"contact": cast.acme_contact.pk, "queue": queue.slug})
    assert chosen.headers["Location"] == pick_path(queue, cast)
    for nobody in (cast.globex_contact.pk, "", "x", "²", "9" * 5000):
        assert browser.get(for_acme, {"contact": nobody}).status_code == 404


def test_books_in_the_contacts_name(queue: Queue, cast: SimpleNamespace, login, day: date) -> None:
    browser = login(cast.csm)
    path = hold(browser, queue, cast, at(day, 10))
    answer = browser.post(path, {"confirm": "yes", "topic": "other", "topic_text": "Onboarding"}, follow=True)
    assert "is told by mail" in answer.content.decode()
    booking = Booking.objects.get()
    assert (booking.contact, booking.booked_by, booking.source) == (cast.acme_contact, cast.csm, "staff")


def test_contact_of_another_customer_is_not_there(queue: Queue, cast: SimpleNamespace, login) -> None:
    path = reverse("staff_book_pick", args=[cast.acme.pk, cast.globex_contact.pk, queue.slug])
    assert login(cast.administrator).get(path).status_code == 404


@pytest.fixture
def used_up(queue: Queue, cast: SimpleNamespace, day: date) -> Queue:
    """Return the queue, in which Acme has had its one hour of the year."""
    queue.hours_per_customer, queue.period = 1, "year"
    queue.save()
    book_hour(queue, cast.acme, at(day, 9), contact=cast.acme_contact)
    return queue


@pytest.mark.parametrize("role", ["specialist", "manager", "administrator"])
def test_goes_beyond_the_allowance_with_a_reason(
    used_up: Queue, cast: SimpleNamespace, login, day: date, role: str
) -> None:
    person: User = getattr(cast, role)
    browser = login(person)
    path = hold(browser, used_up, cast, at(day, 10))
    said = {"confirm": "yes", "topic": "other", "topic_text": "Trouble"}
    refused = browser.post(path, said)
    assert refused.status_code == 422
    assert "Why may it have one more?" in refused.content.decode()
    browser.post(path, {**said, "why_beyond": "Data was lost"})
    booking = Booking.objects.get(starts_at=at(day, 10))
    assert AllowancePlace.objects.filter(active=True).count() == 1
    told = TimelineEntry.objects.filter(kind="booking.made").order_by("-pk")[0]
    assert (told.why, told.actor) == ("Trouble. Beyond the allowance: Data was lost", person)
    moved = reschedule_booking(actor=person, booking=booking, starts_at=at(day, 11))
    assert moved.starts_at == at(day, 11)


@pytest.mark.parametrize("role", ["csm", "support"])
def test_others_keep_within_the_allowance(used_up: Queue, cast: SimpleNamespace, login, day: date, role: str) -> None:
    browser = login(getattr(cast, role))
    answer = browser.post(pick_path(used_up, cast), {"start": at(day, 10).isoformat(), "zone": "UTC"})
    assert answer.status_code == 422
    assert Booking.objects.count() == 1


def test_reason_does_not_stay_where_none_is_needed(queue: Queue, cast: SimpleNamespace, login, day: date) -> None:
    browser = login(cast.specialist)
    path = hold(browser, queue, cast, at(day, 10))
    browser.post(path, {"confirm": "yes", "topic": "other", "topic_text": "Plain", "why_beyond": "No matter"})
    assert AllowancePlace.objects.filter(active=True).count() == 1
    assert TimelineEntry.objects.get(kind="booking.made").why == "Plain"
