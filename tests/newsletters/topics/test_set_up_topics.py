"""Topics are made, changed, put in order and closed by who sets newsletters up; the list says who gets them."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from accounts.models import Contact
from newsletters.actions.preferences import choose
from newsletters.actions.topics import move_topic
from newsletters.models import Preference, Topic
from newsletters.queries.topics import Reach, topic_lines
from tests.cast import make_contact, make_customer
from tests.newsletters.makers import make_issue, make_topic

Login = Callable[..., Client]


def test_that_a_topic_is_made_behind_the_others(cast: SimpleNamespace, login: Login) -> None:
    make_topic("Events", position=4)
    sent = {"name": "  Product   news ", "description": "What is new, once a month.", "needs_consent": "on"}
    answer = login(cast.manager).post("/newsletters/topics/new/", sent, follow=True)
    topic = Topic.objects.get(slug="product-news")
    assert (topic.name, topic.position, topic.needs_consent, topic.is_open) == ("Product news", 5, True, True)
    assert "Product news" in answer.content.decode()


def test_that_the_one_to_many_team_makes_its_own_topics(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.specialist)
    page = browser.get("/newsletters/topics/").content.decode()
    assert "Add a topic" in page
    # The house rules stay the managers'.
    assert "/newsletters/settings/" not in page
    assert browser.get("/newsletters/settings/").status_code == 403
    browser.post("/newsletters/topics/new/", {"name": "Webinars"})
    topic = Topic.objects.get(slug="webinars")
    assert f"/newsletters/topics/{topic.pk}/edit/" in browser.get("/newsletters/topics/").content.decode()
    assert f"/newsletters/topics/{topic.pk}/edit/" in browser.get(f"/newsletters/topics/{topic.pk}/").content.decode()
    # Who looks after customers one by one proposes subjects and leaves the list of topics alone.
    reader = login(cast.csm)
    assert "Add a topic" not in reader.get("/newsletters/topics/").content.decode()
    assert reader.post("/newsletters/topics/new/", {"name": "Mine"}).status_code == 403
    assert Topic.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "EVENTS"])
def test_that_a_bad_name_comes_back_with_what_was_typed(cast: SimpleNamespace, login: Login, name: str) -> None:
    make_topic("Events")
    answer = login(cast.manager).post("/newsletters/topics/new/", {"name": name, "description": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert Topic.objects.count() == 1


def test_that_a_new_name_keeps_the_slug(cast: SimpleNamespace, login: Login) -> None:
    topic = make_topic("Events")
    login(cast.manager).post(f"/newsletters/topics/{topic.pk}/edit/", {"name": "Webinars"})
    topic.refresh_from_db()
    assert (topic.name, topic.slug) == ("Webinars", "events")


def test_that_names_alike_get_slugs_apart(cast: SimpleNamespace, login: Login) -> None:
    browser = login(cast.manager)
    for name in ("What’s new", "What's new!", "新しい"):
        browser.post("/newsletters/topics/new/", {"name": name})
    assert list(Topic.objects.values_list("slug", flat=True)) == ["whats-new", "whats-new-2", "topic"]


def test_that_topics_are_put_in_order_and_stop_at_the_ends(cast: SimpleNamespace, login: Login) -> None:
    first, second, third = make_topic("A"), make_topic("B"), make_topic("C")
    browser = login(cast.manager)
    browser.post(f"/newsletters/topics/{third.pk}/move/", {"to": "up"})
    assert list(Topic.objects.all()) == [first, third, second]
    browser.post(f"/newsletters/topics/{first.pk}/move/", {"to": "up"})
    assert list(Topic.objects.all()) == [first, third, second]
    assert move_topic(actor=None, topic=first, steps=99) == [third, second, first]


def test_that_a_topic_is_closed_and_opened(cast: SimpleNamespace, login: Login) -> None:
    topic = make_topic("Events")
    login(cast.manager).post(f"/newsletters/topics/{topic.pk}/open/", {"open": "0"})
    assert not Topic.objects.get().is_open
    login(cast.manager).post(f"/newsletters/topics/{topic.pk}/open/", {"open": "1"})
    assert Topic.objects.get().is_open


@pytest.mark.parametrize("state", ["scheduled", "freezing", "sending", "paused", "cancelling"])
def test_that_a_topic_stays_open_while_an_issue_is_on_its_way(cast: SimpleNamespace, login: Login, state: str) -> None:
    issue = make_issue("November", state=state)
    answer = login(cast.manager).post(f"/newsletters/topics/{issue.topic_id}/open/", {"open": "0"}, follow=True)
    assert "“November” of this topic is" in answer.content.decode()
    assert Topic.objects.get().is_open


@pytest.fixture
def readers(cast: SimpleNamespace) -> dict[str, Contact]:
    """Return contacts who said different things; one has left, one belongs to a merged customer."""
    gone = make_customer("Gone", merged_into=cast.acme)
    return {
        "ann": cast.acme_contact,
        "gil": cast.globex_contact,
        "eve": make_contact(cast.acme, "eve@acme.example"),
        "left": make_contact(cast.acme, "left@acme.example", is_active=False),
        "merged": make_contact(gone, "merged@gone.example"),
    }


def test_that_the_list_counts_who_gets_a_topic(cast: SimpleNamespace, readers: dict[str, Contact]) -> None:
    news, offers = make_topic("News"), make_topic("Offers", needs_consent=True)
    for who, topic, wants in (
        ("ann", news, False),
        ("left", news, False),
        ("merged", news, False),
        ("gil", None, False),
        ("gil", offers, True),
        ("eve", offers, True),
        ("eve", None, False),
        ("eve", news, True),
    ):
        choose(contact=readers[who], topic=topic, channel="mail", wants=wants, origin="portal")
    lines = {line.topic.name: line for line in topic_lines()}
    # Ann declined it, Gil everything, Eve everything but this.
    assert lines["News"].mail == Reach(subscribers=1, declined=2)
    # Eve had asked for it before she declined everything.
    assert lines["Offers"].mail == Reach(subscribers=1, declined=1)
    assert lines["News"].notice == Reach(subscribers=3, declined=0)
    assert Preference.objects.filter(contact=readers["gil"]).count() == 2


def test_that_the_list_takes_the_same_queries_for_many_topics(
    cast: SimpleNamespace, readers: dict[str, Contact], django_assert_num_queries: Callable
) -> None:
    for number in range(30):
        topic = make_topic(f"Topic {number}")
        choose(contact=readers["ann"], topic=topic, channel="mail", wants=False, origin="portal")
    with django_assert_num_queries(5):
        assert len(topic_lines()) == 30


def test_that_an_empty_list_says_how_to_begin(cast: SimpleNamespace, login: Login) -> None:
    page = login(cast.csm).get("/newsletters/topics/").content.decode()
    assert "No topic yet" in page
    assert "specialist or a manager adds the first one" in page
    assert "Add a topic" in login(cast.specialist).get("/newsletters/topics/").content.decode()
