"""Who belongs to an audience, who is left out and why, and the audience in words."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Contact
from newsletters import audiences
from newsletters.models import Audience, AudiencePick, Channel, Preference, Suppression, Topic
from tests import cast as makers
from tests.newsletters.makers import make_topic

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)


@pytest.fixture
def topic(db: None) -> Topic:
    return make_topic()


def _names(audience: Audience, topic: Topic | None = None, channel: str = Channel.MAIL) -> list[str]:
    found = audiences.recipients(audience, channel=channel, topic=topic, today=TODAY)
    return sorted(contact.email.split("@")[0] for contact in found)


def _says(contact: Contact, topic: Topic | None, wants: bool, *, at: datetime | None = None, **fields: Any) -> None:
    Preference.objects.create(
        **{"channel": Channel.MAIL, **fields},
        contact=contact,
        topic=topic,
        wants=wants,
        origin="portal",
        changed_at=at or timezone.now(),
    )


def test_narrows_by_tier_language_and_decision(cast: SimpleNamespace) -> None:
    makers.make_contact(cast.acme, "dora@acme.example", language="de", is_decision_maker=True)
    makers.make_contact(cast.globex, "brit@globex.example", language="en-GB")
    assert _names(Audience.objects.create(tiers=["high"])) == ["ann", "dora"]
    assert _names(Audience.objects.create(languages=["de"])) == ["dora"]
    assert _names(Audience.objects.create(languages=["en"])) == ["ann", "brit", "gil"]
    assert _names(Audience.objects.create(languages=["en-GB"])) == ["brit"]
    assert _names(Audience.objects.create(decision_makers_only=True)) == ["dora"]
    assert _names(Audience.objects.create(tiers=["low"], decision_makers_only=True)) == []


def test_the_customers_language_counts_where_the_contact_has_none(cast: SimpleNamespace) -> None:
    cast.acme.language = "fr"
    cast.acme.save()
    assert _names(Audience.objects.create(languages=["fr"])) == ["ann"]


def test_asks_conditions_of_the_customer(cast: SimpleNamespace) -> None:
    country = {"all": [{"field": "country", "op": "in", "value": ["DE"]}]}
    assert _names(Audience.objects.create(conditions=country)) == ["gil"]
    tier = {"any": [{"field": "tier", "op": "in", "value": ["high"]}, country]}
    assert _names(Audience.objects.create(conditions=tier)) == ["ann", "gil"]
    gone = {"all": [{"field": "custom.gone", "op": "empty"}]}
    assert _names(Audience.objects.create(conditions=gone)) == []


def test_adds_who_is_picked(cast: SimpleNamespace) -> None:
    audience = Audience.objects.create(tiers=["tech"])
    assert _names(audience) == []
    AudiencePick.objects.create(audience=audience, contact=cast.acme_contact)
    assert _names(audience) == ["ann"]
    AudiencePick.objects.create(audience=audience, customer=cast.globex)
    assert _names(audience) == ["ann", "gil"]


def test_only_picked_means_nobody_else(cast: SimpleNamespace) -> None:
    audience = Audience.objects.create(only_picked=True)
    assert _names(audience) == []
    AudiencePick.objects.create(audience=audience, contact=cast.acme_contact)
    assert _names(audience) == ["ann"]


def test_a_topic_of_the_audience_means_who_asked_for_it(cast: SimpleNamespace, topic: Topic) -> None:
    audience = Audience.objects.create()
    audience.topics.add(topic)
    assert _names(audience) == []
    _says(cast.acme_contact, topic, True)
    assert _names(audience) == ["ann"]
    assert _names(audience, channel=Channel.NOTICE) == []


def test_a_topic_with_consent_goes_to_who_asked(cast: SimpleNamespace) -> None:
    topic = make_topic("Offers", needs_consent=True)
    assert _names(Audience.objects.create(), topic) == []
    _says(cast.acme_contact, topic, True)
    assert _names(Audience.objects.create(), topic) == ["ann"]


def test_the_last_word_about_a_topic_counts(cast: SimpleNamespace, topic: Topic) -> None:
    now = timezone.now()
    everyone = Audience.objects.create()
    _says(cast.acme_contact, None, False, at=now)
    assert _names(everyone, topic) == ["gil"]
    assert _names(everyone, None) == ["gil"]
    _says(cast.acme_contact, topic, True, at=now + timedelta(minutes=1))
    assert _names(everyone, topic) == ["ann", "gil"]
    assert _names(everyone, make_topic("Events")) == ["gil"]
    Preference.objects.filter(topic=None).update(changed_at=now + timedelta(minutes=2))
    assert _names(everyone, topic) == ["gil"]


def test_a_mailbox_that_declined_is_left_alone_at_every_customer(cast: SimpleNamespace, topic: Topic) -> None:
    again = makers.make_contact(cast.globex, "ann@acme.example")
    _says(cast.acme_contact, topic, False)
    assert _names(Audience.objects.create(), topic) == ["gil"]
    # In the product each of the two speaks for itself.
    assert _names(Audience.objects.create(), topic, Channel.NOTICE) == ["ann", "ann", "gil"]
    _says(again, topic, True)
    assert _names(Audience.objects.create(), topic) == ["ann", "gil"]


def test_tells_who_is_left_out_and_why(cast: SimpleNamespace) -> None:
    topic = make_topic("Offers", needs_consent=True)
    for contact in (cast.acme_contact, cast.globex_contact):
        _says(contact, topic, True)
    makers.make_contact(cast.globex, "ann@acme.example")
    for name in ("left", "bounced", "refused", "silent"):
        contact = makers.make_contact(cast.acme, f"{name}@acme.example", is_active=name != "left")
        if name == "refused":
            _says(contact, topic, False)
    Suppression.objects.create(address="bounced@acme.example", reason="bounced", origin="smtp")
    counted = audiences.tally(Audience.objects.create(), channel=Channel.MAIL, topic=topic, today=TODAY)
    assert counted.total == 2
    assert counted.excluded == [
        (audiences.GONE, 1),
        (audiences.SUPPRESSED, 1),
        (audiences.DECLINED, 1),
        (audiences.NOT_ASKED, 1),
        (audiences.TWICE, 1),
    ]


def test_a_suppressed_address_still_sees_notices(cast: SimpleNamespace) -> None:
    Suppression.objects.create(address="ann@acme.example", reason="bounced", origin="smtp")
    assert _names(Audience.objects.create()) == ["gil"]
    assert _names(Audience.objects.create(), channel=Channel.NOTICE) == ["ann", "gil"]


def test_a_sample_shows_each_address_once(cast: SimpleNamespace, topic: Topic) -> None:
    makers.make_contact(cast.globex, "ann@acme.example")
    asked = {"channel": Channel.MAIL, "topic": topic, "today": TODAY}
    everyone = Audience.objects.create()
    assert audiences.sample(everyone, **asked) == [cast.acme_contact, cast.globex_contact]
    assert audiences.sample(everyone, **asked, limit=1) == [cast.acme_contact]


def test_says_itself_in_words(cast: SimpleNamespace, topic: Topic) -> None:
    audience = Audience.objects.create()
    assert audiences.sentence(audience) == "Contacts of all customers"
    audience.tiers = ["high", "low"]
    audience.languages = ["de"]
    audience.decision_makers_only = True
    audience.conditions = {"all": [{"field": "mrr", "op": "gte", "value": 500}]}
    audience.topics.add(topic)
    AudiencePick.objects.create(audience=audience, customer=cast.globex)
    assert audiences.sentence(audience) == (
        "Decision makers of high touch or low touch customers with MRR at least 500 USD, who speak German, who asked "
        "for Product news; besides all contacts of 1 picked customer"
    )
    nobody = Audience.objects.create(only_picked=True)
    assert audiences.sentence(nobody) == "Nobody yet"
