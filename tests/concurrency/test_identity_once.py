"""One identity sent twice at the same moment opens one session; without the database's promise it would open more."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import CompanySettings
from newsletters.actions.portal_notices import show_notices
from newsletters.actions.widget import note_step, open_session
from newsletters.models import Delivery, UsedIdentity
from newsletters.queries.notices import NoticeFigures, figures_for
from tests.cast import make_contact
from tests.newsletters.notices.making import ORIGIN, deliver, give_notice, make_identity, make_product
from tests.processes import run_at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

ROUNDS = 5
SENDERS = 4
PROMISE = "identity_used_once"


@pytest.fixture
def identities(cast: SimpleNamespace) -> Iterator[Iterator[str]]:
    """Return identities, each good for one session."""
    CompanySettings.current()
    product, secret = make_product()
    return iter(lambda: make_identity(product, secret, cast.acme_contact), None)


@pytest.fixture
def without_the_promise() -> Iterator[None]:
    """Let the database take an identity twice, until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [PROMISE])
        [definition] = cursor.fetchone()
        cursor.execute(f"ALTER TABLE newsletters_usedidentity DROP CONSTRAINT {PROMISE}")
    yield
    UsedIdentity.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE newsletters_usedidentity ADD CONSTRAINT {PROMISE} {definition}")


def send(identity: str) -> str:
    """Return "opened", or raise the refusal."""
    assert open_session(identity=identity, origin=ORIGIN).token
    return "opened"


def test_an_identity_sent_at_once_opens_one_session(identities: Iterator[str]) -> None:
    for _ in range(ROUNDS):
        answers = run_at_once([partial(send, next(identities))] * SENDERS)
        assert sorted(answers) == ["identity_used"] * (SENDERS - 1) + ["opened"]
    assert UsedIdentity.objects.count() == ROUNDS


def test_without_the_databases_promise_it_would_open_more(identities, without_the_promise) -> None:
    assert run_at_once([partial(send, next(identities))] * SENDERS) == ["opened"] * SENDERS


def test_a_step_told_at_once_is_kept_once(cast: SimpleNamespace) -> None:
    notice = give_notice(cast.acme_contact)
    step = partial(note_step, contact_id=cast.acme_contact.pk, notice=notice.uid, step="dismissed")
    assert sorted(run_at_once([step] * SENDERS)) == [False] * (SENDERS - 1) + [True]
    row = Delivery.objects.get()
    assert row.seen_at == row.dismissed_at is not None
    assert figures_for([notice])[notice.pk] == NoticeFigures(reached=1, seen=1, dismissed=1)


def test_what_many_do_at_once_is_counted_in_full(cast: SimpleNamespace) -> None:
    first, second = give_notice(cast.acme_contact), give_notice(cast.acme_contact, "Second")
    contacts = [make_contact(cast.acme, f"reader{number}@acme.example") for number in range(2 * SENDERS)]
    for contact in contacts:
        deliver(first, contact)
        deliver(second, contact)
    # Half of them see both notices on one page, the others open one of them.
    looks = [partial(show_notices, contact_id=contact.pk) for contact in contacts[::2]]
    opens = [partial(note_step, contact_id=contact.pk, notice=first.uid, step="read") for contact in contacts[1::2]]
    run_at_once([*looks, *opens])
    found = figures_for([first, second])
    each = len(contacts) + 1
    assert found[first.pk] == NoticeFigures(reached=each, seen=each - 1, read=len(opens))
    assert found[second.pk] == NoticeFigures(reached=each, seen=len(looks))
