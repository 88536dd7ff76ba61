"""What a contact chooses is kept once, told once, and a refusal outlasts everything but the contact's own wish."""

from datetime import timedelta
from random import Random
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import Contact, TimelineEntry
from newsletters.actions.preferences import choose, choose_several
from newsletters.models import Preference, Suppression, Topic
from newsletters.queries.preferences import choices_of
from newsletters.queries.wishes import refuses
from tests.cast import make_contact
from tests.newsletters.makers import make_delivery, make_issue, make_topic

WORDS = ("portal", "link", "staff")


def got(cast: SimpleNamespace) -> dict[str, tuple[bool, bool]]:
    """Return by topic whether Acme's contact gets it by mail and in the product."""
    return {one.topic.name: (one.mail, one.notice) for one in choices_of(cast.acme_contact).topics}


def test_that_nothing_said_means_all_but_what_needs_consent(cast: SimpleNamespace) -> None:
    make_topic("Product news")
    make_topic("Offers", needs_consent=True)
    make_topic("Old", is_open=False)
    assert got(cast) == {"Product news": (True, True), "Offers": (False, False)}


def test_that_a_choice_is_kept_once_and_told_on_the_timeline(cast: SimpleNamespace) -> None:
    topic = make_topic()
    word = {"contact": cast.acme_contact, "topic": topic, "channel": "mail", "origin": "portal"}
    assert choose(**word, wants=False)
    assert not choose(**word, wants=False)
    assert got(cast) == {"Product news": (False, True)}
    told = TimelineEntry.objects.get(customer=cast.acme, kind="newsletter.preference")
    assert told.summary == "Ann declined Product news (mail)"
    assert choose(**word, wants=True)
    assert Preference.objects.count() == 1
    assert got(cast) == {"Product news": (True, True)}


def test_that_declining_everything_reaches_topics_chosen_before_and_allows_one_after(cast: SimpleNamespace) -> None:
    news, offers = make_topic("News"), make_topic("Offers", needs_consent=True)
    who = {"contact": cast.acme_contact, "origin": "link"}
    choose(**who, topic=offers, channel="mail", wants=True)
    choose(**who, topic=None, channel="mail", wants=False)
    assert got(cast) == {"News": (False, True), "Offers": (False, False)}
    choose(**who, topic=news, channel="mail", wants=True)
    assert got(cast) == {"News": (True, True), "Offers": (False, False)}


def test_that_one_mailbox_of_two_contacts_has_one_last_word(cast: SimpleNamespace) -> None:
    topic = make_topic()
    twin = make_contact(cast.globex, cast.acme_contact.email)
    word = {"topic": topic, "channel": "mail", "origin": "portal"}
    choose(**word, contact=cast.acme_contact, wants=True)
    choose(**word, contact=twin, wants=False)
    assert got(cast) == {"Product news": (False, True)}
    assert refused_by(topic) == {cast.acme_contact, twin}
    assert choose(**word, contact=cast.acme_contact, wants=True)
    assert got(cast) == {"Product news": (True, True)}
    assert refused_by(topic) == set()


def test_that_to_decline_everything_once_more_ends_what_was_chosen_since(cast: SimpleNamespace) -> None:
    topic = make_topic()
    who = {"contact": cast.acme_contact, "channel": "mail", "origin": "portal"}
    assert choose(**who, topic=None, wants=False)
    assert not choose(**who, topic=None, wants=False)
    assert choose(**who, topic=topic, wants=True)
    assert choose(**who, topic=None, wants=False)
    assert got(cast) == {"Product news": (False, True)}
    told = TimelineEntry.objects.filter(customer=cast.acme, kind="newsletter.preference").order_by("-pk")
    assert [entry.summary for entry in told] == [
        "Ann declined all newsletters (mail)",
        "Ann chose Product news (mail)",
        "Ann declined all newsletters (mail)",
    ]


def test_that_a_mailbox_ends_by_either_contact_what_the_other_chose_and_chooses_again(cast: SimpleNamespace) -> None:
    topic = make_topic()
    twin = make_contact(cast.globex, cast.acme_contact.email)
    word = {"channel": "mail", "origin": "portal"}
    choose(**word, contact=cast.acme_contact, topic=None, wants=False)
    assert choose(**word, contact=twin, topic=topic, wants=True)
    assert refused_by(topic) == set()
    assert choose(**word, contact=cast.acme_contact, topic=None, wants=False)
    assert got(cast) == {"Product news": (False, True)}
    assert refused_by(topic) == {cast.acme_contact, twin}
    assert choose(**word, contact=twin, topic=topic, wants=True)
    assert got(cast) == {"Product news": (True, True)}
    assert refused_by(topic) == set()


def test_that_whatever_was_said_before_the_last_word_holds_wherever_it_is_asked(cast: SimpleNamespace) -> None:
    topics = [make_topic("News"), make_topic("Events")]
    speakers = [cast.acme_contact, make_contact(cast.globex, cast.acme_contact.email)]
    dice = Random(7)
    expected = dict.fromkeys(topics, True)
    for number in range(40):
        topic = dice.choice([*topics, None])
        # Nobody says that it wants everything; it says so of each topic.
        wants = topic is not None and dice.random() < 0.6
        now = timezone.now() + timedelta(minutes=number)
        choose(
            contact=dice.choice(speakers), topic=topic, channel="mail", wants=wants, origin=dice.choice(WORDS), now=now
        )
        expected |= dict.fromkeys([topic] if topic else topics, wants)
        for contact in speakers:
            assert {one.topic: one.mail for one in choices_of(contact).topics} == expected
        for one, gets in expected.items():
            assert refused_by(one) == (set() if gets else set(speakers))


def refused_by(topic: Topic) -> set[Contact]:
    """Return who is left out of the topic's mails."""
    return set(Contact.objects.filter(refuses(topic, "mail")))


def test_that_several_choices_are_one_entry(cast: SimpleNamespace) -> None:
    news, events = make_topic("News"), make_topic("Events", needs_consent=True)
    choices = {(news, "mail"): False, (events, "mail"): True, (events, "notice"): True}
    assert choose_several(contact=cast.acme_contact, choices=choices, origin="portal") == 3
    told = TimelineEntry.objects.get(customer=cast.acme, kind="newsletter.preference")
    assert told.summary == "Ann chose Events (mail), Events (in the product) and declined News (mail)"


def test_that_the_mail_whose_link_was_used_counts_the_refusal_once(cast: SimpleNamespace) -> None:
    delivery = make_delivery(make_issue(), cast.acme_contact, state="sent", sent_at=timezone.now())
    word = {"contact": cast.acme_contact, "channel": "mail", "wants": False, "origin": "one_click"}
    choose(**word, topic=delivery.issue.topic, delivery=delivery)
    delivery.refresh_from_db()
    first = delivery.unsubscribed_at
    assert first is not None
    choose(**word, topic=delivery.issue.topic, delivery=delivery)
    delivery.refresh_from_db()
    assert delivery.unsubscribed_at == first


@pytest.mark.parametrize(
    ("reason", "origin", "is_lifted"),
    [
        ("unsubscribed", "portal", True),
        ("unsubscribed", "staff", False),
        ("bounced", "portal", False),
        ("complained", "link", False),
        ("manual", "portal", False),
    ],
)
def test_that_a_wish_of_the_contact_lifts_its_own_refusal_alone(
    cast: SimpleNamespace, reason: str, origin: str, is_lifted: bool
) -> None:
    Suppression.objects.create(address=cast.acme_contact.email, reason=reason, origin="link")
    choose(contact=cast.acme_contact, topic=make_topic(), channel="mail", wants=True, origin=origin)
    assert Suppression.objects.exists() is not is_lifted
