"""Issues with many deliveries, the mail server that takes them, and the account of both."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Customer
from newsletters.models import Delivery, Issue, Pace
from newsletters.sending import ending, sender
from tests import programs
from tests.newsletters.makers import make_issue
from tests.newsletters.pump.sink import HOST, Sink

PYTHON = programs.sys.executable

# In two statements, so that a hundred thousand take a moment.
MAKE_CONTACTS = """
INSERT INTO accounts_contact
    (customer_id, first_name, last_name, email, phone, job_title, language, time_zone, is_decision_maker, is_active,
     created_at, updated_at)
SELECT %s, 'N' || n, '', 'reader' || n || '@' || %s, '', '', '', '', false, true, now(), now()
FROM generate_series(0, %s - 1) AS n ORDER BY n
"""
MAKE_DELIVERIES = """
INSERT INTO newsletters_delivery
    (issue_id, channel, contact_id, address, tier, variant, state, due_at, attempts, answer)
SELECT %s, 'mail', id, email, NULL, '', 'waiting', now(), 0, '' FROM accounts_contact WHERE email LIKE %s ORDER BY id
"""


@contextmanager
def started_sink(folder: Path, settings: Any) -> Iterator[Sink]:
    """Start the mail server and point the product at it."""
    place, port = folder / "sink", programs.free_port()
    command = [PYTHON, "-m", "tests.newsletters.pump.sink", str(port), str(place)]
    with programs.started(command, env=programs.environment(), log=folder / "sink.log"):
        programs.wait_until(lambda: _is_listening(port), "the mail server", log=folder / "sink.log")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = HOST, port, 5
        yield Sink(place)


def _is_listening(port: int) -> bool:
    return any(found.laddr.port == port for found in psutil.net_connections("tcp") if found.status == "LISTEN")


def make_sending(count: int, *, domain: str = "many.example", title: str = "November", **fields: Any) -> Issue:
    """Return an issue that is being sent to so many contacts, all due now and at any hour."""
    fields = {"state": "sending", "frozen_at": timezone.now(), "keeps_quiet_hours": False, **fields}
    issue = make_issue(title, text="Hello {{ contact.first_name | there }}", **fields)
    customer, _ = Customer.objects.get_or_create(name="Many")
    with connection.cursor() as cursor:
        cursor.execute(MAKE_CONTACTS, [customer.pk, domain, count])
        cursor.execute(MAKE_DELIVERIES, [issue.pk, f"%@{domain}"])
        # Tables that were emptied a moment ago may be known as empty; no company's are.
        cursor.execute("ANALYZE accounts_contact, newsletters_delivery")
    return issue


def states(issue: Issue) -> Counter[str]:
    """Return how many deliveries are in each state."""
    return Counter(Delivery.objects.filter(issue=issue).values_list("state", flat=True))


def end_leases_now() -> None:
    """Let the leases of senders that are dead be over; for one that lives it is as if it had slept for long."""
    end_now(*Delivery.LEASED)


def end_now(*states: str) -> None:
    """Let the leases of deliveries in these states be over."""
    with transaction.atomic():
        leased = Delivery.objects.select_for_update(skip_locked=True).filter(state__in=states)
        held = list(leased.values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=held).update(claimed_until=Now() - timedelta(seconds=1))


def check_account(issue: Issue, sink: Sink) -> Counter[str]:
    """Check that rows and mail server tell the same: nothing twice, nothing lost, every row final and told why."""
    rows = list(Delivery.objects.filter(issue=issue).values_list("address", "state", "answer"))
    accepted = sink.addresses()
    assert {address: times for address, times in accepted.items() if times > 1} == {}
    assert {state for _, state, _ in rows} <= set(Delivery.FINAL)
    assert {address for address, state, _ in rows if state == "sent"} <= set(accepted)
    assert set(accepted) <= {address for address, _, _ in rows}
    assert [address for address, state, answer in rows if state != "sent" and not answer] == []
    assert {address for address, state, _ in rows if address in accepted} == set(accepted)
    assert {state for address, state, _ in rows if address in accepted} <= {"sent", "unknown"}
    return Counter(state for _, state, _ in rows)


def let_go() -> None:
    """Let no receiver be held, and everything be due."""
    Pace.objects.update(held_until=None)
    Delivery.objects.filter(state__in=Delivery.DUE).update(due_at=Now())


def send_all() -> None:
    """Send until nothing is due, and end what is done."""
    while sender.send(2.0):
        pass
    ending.end_issues()
