"""Newsletters through PostgreSQL, Celery and SMTP beside a bare script that only sends; their memory; and freezing.

`BENCH_NEWSLETTER_MAILS` makes the sending smaller for a try, `BENCH_NEWSLETTER_CONTACTS` the large table. The bare
script has the mails written beforehand and sends them from two processes over warm smtplib connections to the same
server; the product claims, checks, writes, marks, sends and accounts for each from two worker processes.
"""

import contextlib
import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks.bookings import _at_once
from benchmarks.line import Line
from benchmarks.mail_sink import HOST

MAILS = int(os.environ.get("BENCH_NEWSLETTER_MAILS", "100000"))
CONTACTS = int(os.environ.get("BENCH_NEWSLETTER_CONTACTS", "1000000"))
FEW = 10_000
SENDERS = 2
PATIENCE_SECONDS = 900
# Half of the bare script's speed is promised, four fifths are aimed at.
MOST_TIMES = 2.0
MOST_GROWTH = 1.1
MOST_MB = 100
MOST_FREEZING = 3.0
TEXT = (
    """Hello {{ contact.first_name | there }},

here is what is new this month for {{ customer.name | your team }}:

- Reports can be **scheduled**, and reach everybody who should read them.
- The [new editor](https://example.com/editor) keeps every version of a page.
- Imports tell you *before* they begin what they would change.

"""
    + "A paragraph like many others, so that the mail is as long as mails of this kind are. " * 12
)

MAKE_CUSTOMERS = """
INSERT INTO accounts_customer
    (name, domain, country, industry, language, time_zone, is_brand, is_strategic, edition, seats, stage, tags, custom,
     mrr, created_at, updated_at)
SELECT 'Company ' || n, '', 'US', '', 'en', 'UTC', false, false, '', 10, 'active', '{}', '{}', 0, now(), now()
FROM generate_series(1, %s) AS n
"""
MAKE_CONTACTS = """
INSERT INTO accounts_contact
    (customer_id, first_name, last_name, email, phone, job_title, language, time_zone, is_decision_maker, is_active,
     created_at, updated_at)
SELECT customer.id, 'First' || n, 'Last' || n, 'reader' || customer.id || '.' || n || '@receiver' || n || '.example',
    '', '', '', '', false, true, now(), now()
FROM accounts_customer AS customer CROSS JOIN generate_series(1, 10) AS n
"""
BARE_FREEZE = """
INSERT INTO newsletters_delivery
    (issue_id, channel, contact_id, address, tier, variant, state, due_at, attempts, answer)
SELECT %s, 'mail', id, email, NULL, '', 'waiting', now(), 0, '' FROM accounts_contact
"""


def run() -> list[Line]:
    """Return the lines of sending, of memory and of freezing."""
    _make_contacts(max(MAILS, FEW))
    lines = []
    with tempfile.TemporaryDirectory() as folder, _sink() as sink:
        bare = _bare(sink, MAILS)
        with _workers(Path(folder), sink.port) as workers:
            _send(sink, workers, _frozen("warm up", 1000))
            _send(sink, workers, _frozen("few", FEW))
            memory = workers.memory()
            seconds = _send(sink, workers, _frozen("many", MAILS))
            lines.append(
                Line(
                    f"send {MAILS:,} mails ({MAILS / seconds:,.0f} a second, {MAILS / seconds * 60:,.0f} a minute)",
                    seconds,
                    "s",
                    bare,
                    f"bare smtplib ({MAILS / bare:,.0f} a second)",
                    at_most=MOST_TIMES,
                )
            )
            _make_contacts(CONTACTS)
            lines += _freezing()
            grown = _send_part(sink, workers)
            lines += _memory(memory, grown)
    return lines


class Sink:
    """The mail server, and what it has counted."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port

    def counted(self) -> tuple[int, int]:
        """Return how many mails came since the last question, and to how many addresses more than one came."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        total, doubled = self._process.stdout.readline().split()
        return int(total), int(doubled)


class Workers:
    """The worker of bulk mail."""

    def __init__(self, process: subprocess.Popen[bytes], broker: str) -> None:
        self._process = process
        self._broker = broker

    def tick(self) -> None:
        """Have the issues looked after, as beat does all the time."""
        from cs_platform.celery import app

        with app.connection_for_write(self._broker) as broker:
            app.send_task("newsletters.tasks.look_after_issues", connection=broker)

    def memory(self) -> float:
        """Return the megabytes that the larger of the sending processes has for itself."""
        children = psutil.Process(self._process.pid).children()
        return max(child.memory_full_info().uss for child in children) / 1024**2


@contextlib.contextmanager
def _sink() -> Iterator[Sink]:
    port = _free_port()
    command = [sys.executable, "-m", "benchmarks.mail_sink", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    _require(process.stdout.readline() == "ready\n", "the mail server does not start")
    try:
        yield Sink(process, port)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _workers(folder: Path, smtp_port: int) -> Iterator[Workers]:
    """Start a broker and a worker with two processes for bulk mail."""
    from cs_platform.embedded import sharing, valkey
    from cs_platform.embedded.folder import DataFolder

    data = DataFolder(folder / "data")
    sharing.use_valkey(data)
    where = settings.DATABASES["default"] | connection.settings_dict
    database = (
        f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    )
    told = {
        "DJANGO_SETTINGS_MODULE": "cs_platform.settings.local",
        "DEBUG": "0",
        "DATA_DIR": str(data.root),
        "DATABASE_URL": database,
        "EMAIL_URL": f"smtp://{HOST}:{smtp_port}",
        "NEWSLETTER_SENDERS": str(SENDERS),
        "C_FORCE_ROOT": "1",
    }
    command = [
        *(sys.executable, "-m", "celery", "--quiet", "--app", "cs_platform", "worker"),
        *("--queues", "bulk,celery", "--concurrency", str(SENDERS)),
    ]
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    process = subprocess.Popen(command, env=kept | told)
    try:
        yield Workers(process, valkey.broker_url(data))
    finally:
        process.terminate()
        process.wait()
        sharing.stop_servers(data)


def _frozen(title: str, count: int | None) -> int:
    """Return an issue that is being sent to so many contacts, or to all of them."""
    from newsletters.freezing import freeze_issue
    from newsletters.models import Audience, Block, Delivery, Issue, Topic

    topic, _ = Topic.objects.get_or_create(name="News", slug="news")
    issue = Issue.objects.create(
        title=title,
        subject="News for {{ contact.first_name | you }}",
        topic=topic,
        audience=Audience.objects.create(),
        state="freezing",
        send_at=timezone.now(),
        keeps_quiet_hours=False,
    )
    Block.objects.create(issue=issue, position=1, kind="text", data={"body": TEXT})
    if count is None:
        freeze_issue(issue.pk)
        return issue.pk
    with connection.cursor() as cursor:
        cursor.execute(f"{BARE_FREEZE} ORDER BY id LIMIT %s", [issue.pk, count])
    Issue.objects.filter(pk=issue.pk).update(state="sending", frozen_at=timezone.now(), started_at=timezone.now())
    _require(Delivery.objects.filter(issue=issue).count() == count, "there are too few contacts")
    return issue.pk


def _send(sink: Sink, workers: Workers, issue_id: int) -> float:
    """Return the seconds until the issue has ended, every mail of it arrived once."""
    from newsletters.models import Issue

    sink.counted()
    begun = time.perf_counter()
    workers.tick()
    issue = Issue.objects.get(pk=issue_id)
    while issue.state != "finished":
        _require(time.perf_counter() - begun < PATIENCE_SECONDS, "the issue does not end")
        time.sleep(0.05)
        issue.refresh_from_db(fields=["state", "sent", "total"])
    seconds = time.perf_counter() - begun
    _require(sink.counted() == (issue.total, 0), "the server has not every mail once")
    _require(issue.sent == issue.total, "not every mail was sent")
    return seconds


def _send_part(sink: Sink, workers: Workers) -> float:
    """Return the memory of the senders after they sent a part of an issue to all contacts, which is then cancelled."""
    from newsletters.models import Issue
    from newsletters.queries.progress import progress_of

    issue = Issue.objects.get(title="all")
    workers.tick()
    begun = time.perf_counter()
    while progress_of(issue).counts["sent"] < min(MAILS, CONTACTS) // 2:
        _require(time.perf_counter() - begun < PATIENCE_SECONDS, "the issue does not get on")
        time.sleep(0.25)
    memory = workers.memory()
    Issue.objects.filter(pk=issue.pk).update(state="paused")
    return memory


def _freezing() -> list[Line]:
    """Return how long it takes to list all contacts, beside the bare statement into the same table."""
    bare_issue = _frozen("bare", 0)
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(BARE_FREEZE, [bare_issue])
    bare = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM newsletters_delivery WHERE issue_id = %s", [bare_issue])
        cursor.execute("UPDATE newsletters_issue SET state = 'paused' WHERE id = %s", [bare_issue])
        cursor.execute("VACUUM newsletters_delivery")
        cursor.execute("CHECKPOINT")
    begun = time.perf_counter()
    _frozen("all", None)
    figure = time.perf_counter() - begun
    return [
        Line(f"freeze {CONTACTS:,} contacts", figure, "s", bare, "bare INSERT ... SELECT", at_most=MOST_FREEZING),
    ]


def _memory(few: float, many: float) -> list[Line]:
    name = f"memory of a sender's process in a table of {CONTACTS:,}"
    return [
        Line(name, many, "MB", few, f"after {FEW:,}", at_most=MOST_GROWTH),
        Line(name, many, "MB", MOST_MB, "allowed", at_most=1),
    ]


# --- the bare script --------------------------------------------------------------------------------
def _bare(sink: Sink, count: int) -> float:
    """Return the seconds for as many of the same mails, written beforehand, over two warm connections."""
    issue_id = _frozen("bare script", count)
    shares = [(sink.port, mails) for mails in _written(issue_id, count)]
    sink.counted()
    seconds = _at_once(_post, shares)
    _require(sink.counted() == (count, 0), "the server has not every mail once")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM newsletters_delivery WHERE issue_id = %s", [issue_id])
        cursor.execute("DELETE FROM newsletters_deliverytally")
        cursor.execute("UPDATE newsletters_issue SET state = 'paused' WHERE id = %s", [issue_id])
        cursor.execute("VACUUM newsletters_delivery")
    return seconds


def _written(issue_id: int, count: int) -> list[list[tuple[str, str, bytes]]]:
    from newsletters.models import Delivery
    from newsletters.sending.claiming import Claim
    from newsletters.sending.letters import press_of

    press = press_of(issue_id)
    rows = Delivery.objects.filter(issue=issue_id).order_by("id").values_list("id", "contact_id", "address")
    shares: list[list[tuple[str, str, bytes]]] = [[] for _ in range(SENDERS)]
    for first in range(0, count, 1000):
        claims = [Claim(pk, 1, contact, address, "") for pk, contact, address in rows[first : first + 1000]]
        for number, recipient in enumerate(press.recipients(claims).values()):
            letter = press.letter(recipient)
            shares[number % SENDERS].append((letter.sender, letter.reader, letter.content))
    return shares


def _post(port: int, mails: list[tuple[str, str, bytes]]) -> None:
    with smtplib.SMTP(HOST, port) as server:
        for sender, reader, content in mails:
            server.sendmail(sender, [reader], content)


def _make_contacts(count: int) -> None:
    """Have so many contacts, ten at a customer."""
    from accounts.models import Contact

    lacking = count - Contact.objects.count()
    if lacking > 0:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM newsletters_delivery")
            cursor.execute("TRUNCATE accounts_customer CASCADE")
            cursor.execute(MAKE_CUSTOMERS, [(count + 9) // 10])
            cursor.execute(MAKE_CONTACTS)
            cursor.execute("VACUUM ANALYZE")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _require(found: bool, problem: str) -> None:
    if not found:
        raise RuntimeError(problem)
