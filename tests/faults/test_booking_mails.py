"""Killing workers or the broker at any moment loses no mail about an hour and sends none twice.

The mail server is a process of its own that keeps what it accepts. Every mail ends as sent or as unknown; what is sent
was accepted exactly once, what is unknown at most once; each kill leaves at most one unknown mail a sending process.
"""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection, connections
from django.utils import timezone

from cs_platform.celery import app
from cs_platform.embedded import sharing, valkey
from cs_platform.embedded.folder import DataFolder
from queues.mails import sending
from queues.mails.promises import promise_booked
from queues.mails.sending import send_due
from queues.models import BookingMail
from tests import programs
from tests.platform.conftest import folder  # noqa: F401  a data folder for a broker of the test's own
from tests.processes import _run_alone, run_until_killed
from tests.queues.mails.making import days_from_now, make_booking, make_queue
from tests.queues.mails.sink import HOST, Sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WORKER = [sys.executable, "-m", "celery", "--quiet", "--app", "cs_platform", "worker", "--concurrency", "2"]
TASK = django_settings.CELERY_BEAT_SCHEDULE["booking-mails"]["task"]
SEED = 20261122
KILLS = 12


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    """Return a mail server in a process of its own, to which the product sends."""
    place, port = tmp_path / "sink", programs.free_port()
    command = [sys.executable, "-m", "tests.queues.mails.sink", str(port), str(place)]
    with programs.started(command, env=programs.environment(), log=tmp_path / "sink.log"):
        programs.wait_until(lambda: _is_listening(port), "the mail server", log=tmp_path / "sink.log")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = HOST, port, 20
        yield Sink(place)


def _is_listening(port: int) -> bool:
    return any(found.laddr.port == port for found in psutil.net_connections("tcp") if found.status == "LISTEN")


def promise(cast: SimpleNamespace, bookings: int) -> int:
    """Promise a confirmation to contact and host of so many bookings; return how many mails that is."""
    make_queue(reminders=[])
    for number in range(bookings):
        starts = days_from_now(3 + number // 8, hour=8 + number % 8)
        promise_booked(make_booking(cast.specialist, cast.globex_contact, starts=starts))
    BookingMail.objects.filter(kind="rating").delete()
    return BookingMail.objects.count()


def let_leases_end() -> None:
    """Let claims and flights of processes that are dead be over, and all that waits be due."""
    past = timezone.now() - timedelta(seconds=1)
    BookingMail.objects.filter(claimed_until__isnull=False).update(claimed_until=past)
    BookingMail.objects.filter(state="waiting").update(send_after=past)


def check_account(sink: Sink, promised: int, *, most_unknown: int) -> None:
    """Check that every mail is accounted for by its row and by what the mail server has."""
    rows = dict(BookingMail.objects.values_list("message_id", "state"))
    accepted = sink.message_ids()
    assert len(rows) == promised
    counted = Counter(rows.values())
    assert counted["sent"] + counted["unknown"] == promised, counted
    assert counted["unknown"] <= most_unknown
    assert {key: times for key, times in accepted.items() if times > 1} == {}
    assert {key for key, state in rows.items() if state == "sent"} <= set(accepted)
    assert set(accepted) <= set(rows)


def send_forked() -> multiprocessing.process.BaseProcess:
    """Return a process that sends what is due."""
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=_run_alone, args=(send_due,))
    process.start()
    return process


def kill(process: multiprocessing.process.BaseProcess) -> None:
    process.kill()
    process.join()


def test_workers_killed_at_random_moments(cast: SimpleNamespace, sink: Sink) -> None:
    promised = promise(cast, 60)
    chance = random.Random(SEED)
    killed = 0
    while killed < KILLS and BookingMail.objects.filter(state="waiting").exists():
        workers = [send_forked(), send_forked()]
        # Any moment will do; which one it is decides nothing that is asserted.
        time.sleep(chance.uniform(0.02, 0.25))
        for worker in workers:
            kill(worker)
        killed += len(workers)
        let_leases_end()
    send_due()
    check_account(sink, promised, most_unknown=killed)
    assert sink.message_ids()


@pytest.mark.parametrize(
    ("where", "after", "state", "accepted"),
    [
        ("_take_off", False, "sent", 1),
        ("_take_off", True, "unknown", 0),
        ("_land", False, "unknown", 1),
        ("_land", True, "sent", 1),
    ],
)
def test_a_worker_killed_between_two_steps(
    cast: SimpleNamespace,
    sink: Sink,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    after: bool,
    state: str,
    accepted: int,
) -> None:
    promise(cast, 1)
    BookingMail.objects.filter(is_for_host=True).delete()
    with monkeypatch.context() as patched:
        die_around(where, after, patched)
        assert run_until_killed(send_due) == -signal.SIGKILL
    let_leases_end()
    send_due()
    assert BookingMail.objects.get().state == state
    assert sum(sink.message_ids().values()) == accepted


def test_without_the_state_of_flight_a_killed_worker_sends_twice(
    cast: SimpleNamespace, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what was in flight simply waits again, and the mail server sees the second one."""
    promise(cast, 1)
    BookingMail.objects.filter(is_for_host=True).delete()
    with monkeypatch.context() as patched:
        die_around("_land", False, patched)
        assert run_until_killed(send_due) == -signal.SIGKILL
    BookingMail.objects.update(state="waiting", claimed_until=None)
    send_due()
    assert list(sink.message_ids().values()) == [2]


def die_around(name: str, after: bool, patched: pytest.MonkeyPatch) -> None:
    """Let the process be killed when this step of sending is reached, or done."""
    step = getattr(sending, name)

    def take(*args: Any, **kwargs: Any) -> Any:
        if after:
            step(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    patched.setattr(sending, name, take)


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_worker_and_broker_killed_and_flushed(
    cast: SimpleNamespace,
    sink: Sink,
    folder: DataFolder,  # noqa: F811
    tmp_path: Path,
) -> None:
    """Real workers with a real broker: killed, flushed, killed again; a tick of beat is all that the rest needs."""
    promised = promise(cast, 45)
    sharing.use_valkey(folder)
    tick(folder)
    with programs.started(WORKER, env=environment(folder), log=tmp_path / "first.log") as worker:
        programs.wait_until(lambda: sink.message_ids().total() >= 10, "the first mails", log=tmp_path / "first.log")
        kill_family(worker)
    # What the broker held is gone.
    redis.Redis(unix_socket_path=str(folder.valkey_socket)).flushall()
    let_leases_end()
    with programs.started(WORKER, env=environment(folder), log=tmp_path / "second.log"):
        programs.wait_until(lambda: queued(folder) == 0, "a broker without work")
        tick(folder)
        so_far = sink.message_ids().total()
        programs.wait_until(
            lambda: sink.message_ids().total() >= min(so_far + 10, promised - 4), "more", log=tmp_path / "second.log"
        )
        for broker in valkey._servers(folder):
            broker.kill()
        programs.wait_until(lambda: not valkey.is_answering(folder), "the broker's end")
        sharing.use_valkey(folder)
        let_leases_end_of_the_dead()
        tick(folder)
        programs.wait_until(is_settled, "all mails", log=tmp_path / "second.log")
    # Two processes were killed with the first worker.
    check_account(sink, promised, most_unknown=2)


def environment(folder: DataFolder) -> dict[str, str]:  # noqa: F811
    where = connection.settings_dict
    database = (
        f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    )
    return programs.environment(
        DATA_DIR=folder.root,
        DJANGO_SETTINGS_MODULE="cs_platform.settings.local",
        DATABASE_URL=database,
        EMAIL_URL=f"smtp://{HOST}:{django_settings.EMAIL_PORT}",
    )


def tick(folder: DataFolder) -> None:  # noqa: F811
    """Ask for the sending, as beat does all the time."""
    with app.connection_for_write(valkey.broker_url(folder)) as broker:
        app.send_task(TASK, connection=broker)


def queued(folder: DataFolder) -> int:  # noqa: F811
    with app.connection_for_write(valkey.broker_url(folder)) as broker:
        return int(broker.default_channel.client.llen("celery"))


def kill_family(worker: Any) -> None:
    """Kill a worker and its processes, all at once."""
    family = [*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)]
    for process in family:
        process.kill()
    worker.wait()


def let_leases_end_of_the_dead() -> None:
    """Nobody died but the broker: claims stay, only what waits without one is due."""
    BookingMail.objects.filter(state="waiting", claimed_until=None).update(
        send_after=timezone.now() - timedelta(seconds=1)
    )


def is_settled() -> bool:
    return not BookingMail.objects.filter(state__in=["waiting", "in_flight"]).exists()
