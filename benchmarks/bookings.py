"""Bookings a second through HTTP beside bare inserts under the same constraint, and how long a month of hours takes.

`BENCH_BOOKINGS` makes the first two smaller for a try.
"""

import contextlib
import gc
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from json import dumps
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.line import Line

CLIENTS = 8
BOOKINGS = int(os.environ.get("BENCH_BOOKINGS", "800"))
HOSTS = 40
HOURS_A_DAY = 8
SLOT_HOSTS = (20, 200)
DAYS = 30
ROUNDS = 40
SLOTS_MS = 150
PATIENCE_SECONDS = 60

# What a booking can't do without: the host's row locked and one row under the exclusion constraint, in a transaction.
BARE = """
INSERT INTO calendars_commitment (host_id, kind, title, starts_at, ends_at, busy, active, created_at)
VALUES (%s, 'hour', '', %s, %s, tstzrange(%s, %s, '[)'), true, now())
"""


def run() -> list[Line]:
    """Return the lines: booking against bare inserts, and the hours of a month for few and for many hosts."""
    lines = [_booking()]
    for hosts in SLOT_HOSTS:
        lines.append(_slots(hosts))
    return lines


# --- bookings a second ----------------------------------------------------------------------------
def _booking() -> Line:
    slug, people = _make_queue("bench", HOSTS)
    # Each host's hours are booked by a customer of its own, which is in one hour at a time.
    tokens = dict(zip(people, _make_callers(HOSTS), strict=True))
    hours = _hours(people, BOOKINGS)
    with _served() as port:
        # Every process of the server has opened its connection before the clock runs.
        for _ in range(CLIENTS):
            _get(port, tokens[people[0]], "/api/v1/queues/")
        seconds = _at_once(_post_hours, [(port, tokens, slug, hours[n::CLIENTS]) for n in range(CLIENTS)])
    _require(_count("queues_booking") == BOOKINGS, "not every hour was booked")
    _forget_hours()
    name = connection.settings_dict["NAME"]
    bare = _at_once(_insert_hours, [(name, hours[n::CLIENTS]) for n in range(CLIENTS)])
    _require(_count("calendars_commitment") == BOOKINGS, "not every row was inserted")
    _forget_hours()
    return Line(
        name=f"Book {BOOKINGS:,} hours through HTTP by {CLIENTS} clients: {BOOKINGS / seconds:,.0f} bookings a second",
        figure=seconds / BOOKINGS * 1000,
        unit="ms each",
        reference=bare / BOOKINGS * 1000,
        reference_name="bare inserts under the same constraint",
    )


def _hours(people: list[int], count: int) -> list[tuple[int, datetime]]:
    """Return so many hours, each of one host at a time that it is free; neighbours are of different hosts."""
    first = _monday() + timedelta(days=7)
    found = []
    for number in range(count):
        place, host = divmod(number, len(people))
        week, in_week = divmod(place, 5 * HOURS_A_DAY)
        day, hour = divmod(in_week, HOURS_A_DAY)
        at = datetime.combine(first + timedelta(weeks=week, days=day), datetime.min.time(), UTC)
        found.append((people[host], at + timedelta(hours=9 + hour)))
    return found


def _post_hours(port: int, tokens: dict[int, str], slug: str, hours: list[tuple[int, datetime]]) -> None:
    http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for host, start in hours:
        body = {"start": start.isoformat(), "host": host, "topic": "Reports", "situation": "They are slow"}
        status, text = _call(http, "POST", f"/api/v1/queues/{slug}/bookings/", tokens[host], body)
        _require(status == 201, f"{status}: {text[:300]}")


def _insert_hours(name: str, hours: list[tuple[int, datetime]]) -> None:
    connection.settings_dict["NAME"] = name
    with connection.cursor() as cursor:
        for host, start in hours:
            end = start + timedelta(hours=1)
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR NO KEY UPDATE", [host])
            cursor.execute(BARE, [host, start, end, start, end])
            cursor.execute("COMMIT")
    connection.close()


def _at_once(work: Callable[..., None], shares: list[tuple[Any, ...]]) -> float:
    """Return the seconds from the moment all are ready until the last one is done, each in a process of its own."""
    connection.close()
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(len(shares) + 1)
    clients = [context.Process(target=_client, args=(ready, work, share)) for share in shares]
    for client in clients:
        client.start()
    ready.wait()
    started = time.perf_counter()
    for client in clients:
        client.join()
    seconds = time.perf_counter() - started
    _require(all(client.exitcode == 0 for client in clients), "a client failed")
    return seconds


def _client(ready: Any, work: Callable[..., None], share: tuple[Any, ...]) -> None:
    ready.wait()
    work(*share)


# --- the hours of a month -------------------------------------------------------------------------
def _slots(hosts: int) -> Line:
    from queues.models import Queue
    from queues.queries.slots import slots

    slug, people = _make_queue(f"of-{hosts}", hosts)
    _fill(people)
    queue, first = Queue.objects.get(slug=slug), _monday()
    last = first + timedelta(days=DAYS - 1)
    took = []
    # As the web server does when it has started.
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = slots(queue, first, last, "America/New_York")
        took.append((time.perf_counter() - started) * 1000)
        _require(len(found) > DAYS, "hardly any hour is offered")
    return Line(
        name=f"Free hours of {hosts} hosts in {DAYS} days ({len(found)} starts), p95 of {ROUNDS}",
        figure=statistics.quantiles(took, n=20)[-1],
        unit="ms",
        reference=SLOTS_MS,
        reference_name="allowed",
        at_most=1,
    )


# --- what there is --------------------------------------------------------------------------------
def _monday() -> date:
    today = timezone.now().date()
    return today + timedelta(days=7 - today.weekday())


def _make_queue(slug: str, hosts: int) -> tuple[str, list[int]]:
    """Return a queue's address and its hosts' ids: they work from 9 to 17 in four zones, half with windows."""
    from accounts.models import CompanySettings, User
    from calendars.models import WorkPattern, WorkPeriod
    from queues.models import HostWindow, Queue, QueueHost

    CompanySettings.current()
    queue = Queue.objects.create(
        slug=slug,
        name=slug,
        buffer_after_minutes=0,
        notice_minutes=60,
        horizon_days=366,
        hours_per_customer=100,
        period="year",
    )
    people = User.objects.bulk_create(
        User(email=f"host{n}@{slug}.example", name=f"Host {n}", password="!") for n in range(hosts)
    )
    zones = ["UTC"] if slug == "bench" else ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"]
    patterns = WorkPattern.objects.bulk_create(
        WorkPattern(person=person, starts_on=date(2020, 1, 1), time_zone=zones[n % len(zones)], country="")
        for n, person in enumerate(people)
    )
    WorkPeriod.objects.bulk_create(
        WorkPeriod(pattern=pattern, weekday=day, starts=9 * 60, ends=17 * 60)
        for pattern in patterns
        for day in range(5)
    )
    given = QueueHost.objects.bulk_create(
        QueueHost(queue=queue, person=person, weekly_minutes=60 * 60) for person in people
    )
    HostWindow.objects.bulk_create(
        HostWindow(host=host, weekday=day, starts=9 * 60, ends=17 * 60) for host in given[1::2] for day in range(5)
    )
    return slug, [person.pk for person in people]


def _fill(people: list[int]) -> None:
    """Commit each host to an hour a day."""
    first = datetime.combine(_monday(), datetime.min.time(), UTC)
    with connection.cursor() as cursor:
        for number, host in enumerate(people):
            starts = [first + timedelta(days=day, hours=10 + (day + number) % 5) for day in range(DAYS)]
            cursor.executemany(
                BARE, [[host, at, at + timedelta(hours=1), at, at + timedelta(hours=1)] for at in starts]
            )
        cursor.execute("ANALYZE")


def _make_callers(count: int) -> list[str]:
    """Return tokens of so many contacts, each of a customer of its own."""
    from accounts.models import ApiToken, Contact, Customer, User

    tokens = []
    for number in range(count):
        customer = Customer.objects.create(name=f"Customer {number}")
        user = User.objects.create(email=f"contact{number}@bench.example", name="Contact", kind="contact", password="!")
        Contact.objects.create(customer=customer, email=user.email, user=user)
        tokens.append(ApiToken.objects.create(user=user, expiry=None, name="bench", scopes=["read", "write"])[1])
    return tokens


@contextlib.contextmanager
def _served() -> Iterator[int]:
    """Run the product's web server on the benchmark's database, and give its port."""
    from cs_platform.launch.processes import free_port, web_command

    where, port = connection.settings_dict, free_port()
    address = (
        f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    )
    folder = Path(tempfile.mkdtemp(prefix="cs-bench-"))
    told = {
        "DJANGO_SETTINGS_MODULE": "cs_platform.settings.local",
        "DATABASE_URL": address,
        "DATA_DIR": str(folder),
        "DEBUG": "0",
        "LOG_LEVEL": "CRITICAL",
    }
    with (folder / "web.log").open("wb") as log:
        server = subprocess.Popen(web_command(port), env={**os.environ, **told}, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            http = HTTPConnection("127.0.0.1", port, timeout=5)
            http.request("GET", "/health/")
            if http.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def _get(port: int, token: str, path: str) -> None:
    status, text = _call(HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS), "GET", path, token)
    _require(status == 200, f"{status}: {text[:300]}")


def _call(http: HTTPConnection, method: str, path: str, token: str, body: Any = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    http.request(method, path, dumps(body) if body is not None else None, headers)
    answer = http.getresponse()
    return answer.status, answer.read().decode()


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def _forget_hours() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE calendars_commitment, queues_booking CASCADE")


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(what)
