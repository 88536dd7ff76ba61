"""Owners make, see and end their calendar addresses in the browser; nobody else's."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from queues.actions import feeds as actions
from queues.actions.feeds import create_feed
from queues.models import CalendarFeed

pytestmark = pytest.mark.django_db

PAGES = [("specialist", "/profile/calendars/"), ("globex_contact", "/portal/calendars/")]


def browser(cast: SimpleNamespace, who: str, login: Callable) -> Client:
    person = getattr(cast, who)
    return login(person.user if who.endswith("contact") else person)


@pytest.mark.parametrize(("who", "page"), PAGES)
def test_the_address_is_shown_once_and_works(cast: SimpleNamespace, login: Callable, who: str, page: str) -> None:
    client = browser(cast, who, login)
    assert "No calendar address yet" in client.get(page).content.decode()
    shown = client.post(page, {"name": "Phone"}, follow=True).content.decode()
    address = shown.split('id="new-address"')[1].split('value="')[1].split('"')[0]
    assert Client().get(address).status_code == 200
    assert address.partition(":")[2] in shown.split('href="webcal:')[1]
    again = client.get(page).content.decode()
    assert address not in again
    assert "Phone" in again


@pytest.mark.parametrize(("who", "page"), PAGES)
def test_the_owner_ends_it_and_nobody_else(cast: SimpleNamespace, login: Callable, who: str, page: str) -> None:
    owner = {"contact": cast.globex_contact} if who.endswith("contact") else {"person": cast.specialist}
    feed, _ = create_feed(**owner)
    strangers = [login(cast.csm), login(cast.acme_contact.user)]
    for stranger, theirs in zip(strangers, ["/profile/calendars/end/", "/portal/calendars/end/"], strict=True):
        assert stranger.post(theirs, {"feed": feed.pk}).status_code == 404
    assert CalendarFeed.objects.get().revoked_at is None
    client = browser(cast, who, login)
    assert client.post(page + "end/", {"feed": feed.pk}).status_code == 302
    assert CalendarFeed.objects.get().revoked_at is not None
    assert client.post(page + "end/", {"feed": feed.pk}).status_code == 404
    assert client.post(page + "end/", {"feed": "x"}).status_code == 404


def test_absences_are_a_hosts_to_show(cast: SimpleNamespace, login: Callable) -> None:
    login(cast.specialist).post("/profile/calendars/", {"with_absences": "on"})
    login(cast.globex_contact.user).post("/portal/calendars/", {"with_absences": "on"})
    assert dict(CalendarFeed.objects.values_list("person", "with_absences")) == {cast.specialist.pk: True, None: False}


def test_too_many_and_too_long_are_refused_with_words(
    cast: SimpleNamespace, login: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = login(cast.specialist)
    assert client.post("/profile/calendars/", {"name": "x" * 81}).status_code == 422
    monkeypatch.setattr(actions, "MOST_FEEDS", 1)
    assert client.post("/profile/calendars/", {}).status_code == 302
    answer = client.post("/profile/calendars/", {})
    assert answer.status_code == 422
    assert "end one first" in answer.content.decode()
    assert CalendarFeed.objects.count() == 1


def test_who_hosts_nothing_has_no_page(cast: SimpleNamespace, login: Callable) -> None:
    assert login(cast.ae).get("/profile/calendars/").status_code == 403
    assert "/profile/calendars/" not in login(cast.ae).get("/profile/").content.decode()
    assert "/profile/calendars/" in login(cast.specialist).get("/profile/").content.decode()
    assert "/portal/calendars/" in login(cast.globex_contact.user).get("/portal/profile/").content.decode()
