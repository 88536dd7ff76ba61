"""Among 200,000 deliveries the feed finds a contact's own by index."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Contact, Customer
from newsletters.models import Audience, Channel, Delivery, Notice, Preference
from newsletters.queries.notices import FEED
from tests.newsletters.makers import make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CONTACTS, NOTICES, EACH = 2_000, 20_000, 100
# Each contact has a hundred notices out of many years'.
FILL = """
INSERT INTO newsletters_delivery
    (notice_id, channel, contact_id, address, variant, state, due_at, attempts, answer, sent_at)
SELECT notices.ids[1 + (contact.place * 37 + number * %(step)s) %% %(notices)s], 'notice', contact.id, contact.email,
    '', 'sent', now(), 0, '', now()
FROM (SELECT id, email, row_number() OVER (ORDER BY id) AS place FROM accounts_contact) AS contact,
    generate_series(0, %(each)s - 1) AS number,
    (SELECT array_agg(id ORDER BY id) AS ids FROM newsletters_notice) AS notices
"""


@pytest.fixture
def crowd() -> list[int]:
    """Return the ids of many contacts with many notices, some of them showing."""
    now = timezone.now()
    customer = Customer.objects.create(name="Crowd")
    Contact.objects.bulk_create(Contact(customer=customer, email=f"c{n}@crowd.example") for n in range(CONTACTS))
    audiences = Audience.objects.bulk_create(Audience() for _ in range(NOTICES))
    Notice.objects.bulk_create(
        Notice(
            title=f"Notice {n}",
            audience=audience,
            state="published" if n % 3 else "withdrawn",
            published_at=now,
            starts_at=now - timedelta(days=20 + n % 50),
            ends_at=now + timedelta(days=n % 40 - 19),
        )
        for n, audience in enumerate(audiences)
    )
    topics = [make_topic(f"Topic {n}") for n in range(5)]
    Preference.objects.bulk_create(
        Preference(contact=contact, topic=topic, channel=Channel.NOTICE, wants=False, origin="portal", changed_at=now)
        for contact in Contact.objects.all()
        for topic in topics
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"step": NOTICES // EACH, "notices": NOTICES, "each": EACH})
        cursor.execute("ANALYZE newsletters_delivery, newsletters_notice, newsletters_preference")
    return list(Contact.objects.values_list("pk", flat=True))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def explained(how: str, contact: int) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({how}) {FEED}", {"contact": contact, "now": timezone.now(), "limit": 20})
        [[[plan]]] = cursor.fetchall()
    return plan["Plan"]


def test_the_feed_reads_the_contacts_own_rows_by_index(crowd: list[int]) -> None:
    assert Delivery.objects.count() == 200_000
    found = list(nodes(explained("FORMAT JSON", crowd[700])))
    assert "delivery_in_feed" in {node.get("Index Name") for node in found}
    assert [node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"] == []
    # It looked at no more rows than the contact has.
    run = nodes(explained("ANALYZE, FORMAT JSON", crowd[700]))
    read = [node for node in run if node.get("Index Name") == "delivery_in_feed"]
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in read) <= EACH
