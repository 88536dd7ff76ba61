"""A contact's notices through HTTP beside the bare SQL and beside a view that does nothing, each under 8 clients.

`BENCH_NOTICES` makes the number of calls smaller for a try.
"""

import os
from http.client import HTTPConnection
from typing import Any

import psycopg2
from django.db import connection
from django.utils import timezone

from benchmarks.bookings import CLIENTS, PATIENCE_SECONDS, _at_once, _require, _served
from benchmarks.line import Line

CALLS = int(os.environ.get("BENCH_NOTICES", "4000"))
CONTACTS = 2_000
NOTICES = 400
# Each contact has so many of them: 200,000 deliveries.
EACH = 100
ORIGIN = "https://app.bench.example"
# The least that any page of the product costs: a view that answers at once, behind the same server and middleware.
EMPTY_PATH = "/widget/notices.js"

FILL = """
INSERT INTO newsletters_delivery
    (notice_id, channel, contact_id, address, variant, state, due_at, attempts, answer, sent_at)
SELECT notices.ids[1 + (contact.place * 37 + number * 4) %% %(notices)s], 'notice', contact.id, contact.email,
    '', 'sent', now(), 0, '', now()
FROM (SELECT id, email, row_number() OVER (ORDER BY id) AS place FROM accounts_contact) AS contact,
    generate_series(0, %(each)s - 1) AS number,
    (SELECT array_agg(id ORDER BY id) AS ids FROM newsletters_notice) AS notices
"""


def run() -> list[Line]:
    """Return the lines: the feed beside bare SQL, and beside an empty view."""
    contacts = _fill()
    tokens = _sessions(contacts)
    shares = [tokens[n::CLIENTS] for n in range(CLIENTS)]
    with _served() as port:
        # Every process of the server is warm before the clock runs.
        _at_once(_ask_empty, [(port, 50) for _ in shares])
        _at_once(_ask_feeds, [(port, share[:20]) for share in shares])
        feeds = _at_once(_ask_feeds, [(port, share) for share in shares])
        empty = _at_once(_ask_empty, [(port, len(share)) for share in shares])
    where = {"dbname": connection.settings_dict["NAME"], **_address()}
    asked = [contacts[n % len(contacts)] for n in range(CALLS)]
    bare = _at_once(_ask_bare, [(where, asked[n::CLIENTS]) for n in range(CLIENTS)])
    name = f"Tell {CALLS:,} contacts their notices out of {CONTACTS * EACH:,} by {CLIENTS} clients"
    told = {"figure": feeds / CALLS * 1000, "unit": "ms each"}
    return [
        Line(
            name=f"{name} ({CALLS / feeds:,.0f} a second)",
            reference=bare / CALLS * 1000,
            reference_name="the bare SQL",
            **told,
        ),
        Line(name=name, reference=empty / CALLS * 1000, reference_name="an empty view", at_most=4, **told),
    ]


def _fill() -> list[int]:
    """Return the ids of contacts, each with a hundred of the notices, twenty and more of them showing."""
    from accounts.models import Contact, Customer
    from newsletters.models import Audience, Notice

    now = timezone.now()
    customer = Customer.objects.create(name="Bench")
    Contact.objects.bulk_create(Contact(customer=customer, email=f"c{n}@bench.example") for n in range(CONTACTS))
    audiences = Audience.objects.bulk_create(Audience() for _ in range(NOTICES))
    Notice.objects.bulk_create(
        Notice(
            title=f"Notice {n}",
            body="Something **new** to [read](https://help.bench.example/new).\n\n- one\n- two",
            audience=audience,
            state="published" if n % 3 else "withdrawn",
            published_at=now,
            starts_at=now,
        )
        for n, audience in enumerate(audiences)
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"notices": NOTICES, "each": EACH})
        _require(cursor.rowcount == CONTACTS * EACH, "not every contact has its notices")
        cursor.execute("VACUUM ANALYZE")
    return list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def _sessions(contacts: list[int]) -> list[str]:
    """Return one session's token for each call; contacts take turns."""
    from accounts.models import Contact
    from newsletters.actions.products import create_product
    from newsletters.widget.sessions import session_token

    product, _ = create_product(actor=None, name="Bench", origins=[ORIGIN])
    people = Contact.objects.in_bulk(contacts)
    return [session_token(product, people[contacts[n % len(contacts)]], ORIGIN) for n in range(CALLS)]


def _address() -> dict[str, Any]:
    where = connection.settings_dict
    return {"user": where["USER"], "password": where["PASSWORD"], "host": where["HOST"], "port": where["PORT"]}


def _ask_feeds(port: int, tokens: list[str]) -> None:
    http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for token in tokens:
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        http.request("GET", "/api/v1/notices/feed/", headers=headers)
        answer = http.getresponse()
        content = answer.read()
        _require(answer.status == 200 and content.count(b'"uid"') == 20, f"{answer.status}: {content[:300]!r}")


def _ask_empty(port: int, times: int) -> None:
    http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for _ in range(times):
        http.request("GET", EMPTY_PATH)
        answer = http.getresponse()
        answer.read()
        _require(answer.status == 200, str(answer.status))


def _ask_bare(where: dict[str, Any], contacts: list[int]) -> None:
    from newsletters.queries.notices import FEED

    with psycopg2.connect(**where) as bare, bare.cursor() as cursor:
        for contact in contacts:
            cursor.execute(FEED, {"contact": contact, "now": timezone.now(), "limit": 20})
            _require(len(cursor.fetchall()) == 20, "not every notice was told")
