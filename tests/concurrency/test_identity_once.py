"""One identity sent twice at the same moment opens one session; without the database's promise it would open more."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import CompanySettings
from newsletters.actions.widget import note_step, open_session
from newsletters.models import Delivery, UsedIdentity
from tests.newsletters.notices.making import ORIGIN, give_notice, make_identity, make_product
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
