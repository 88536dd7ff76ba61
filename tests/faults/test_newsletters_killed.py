"""Killing senders, their worker, the broker or the database at any moment loses no newsletter mail and doubles none.

What is sent was accepted exactly once, what is unknown at most once, nothing else was accepted at all; each kill leaves
at most one window unknown, and the issue ends by itself.
"""

import os
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from django.db import connection, connections

from cs_platform.embedded import postgres, sharing
from cs_platform.embedded.folder import DataFolder
from newsletters.models import Delivery, Issue
from newsletters.sending.windows import WINDOW
from tests import programs
from tests.faults import newsletters as bulk
from tests.newsletters.pump.conftest import sink  # noqa: F401
from tests.newsletters.pump.making import check_account, end_leases_now, end_now, make_sending
from tests.newsletters.pump.sink import Sink
from tests.platform.conftest import folder  # noqa: F401  a data folder for a broker of the test's own

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.servers,
    pytest.mark.xdist_group("servers"),
]

SEED = 20261122
KILLS = 20
RESTARTS = 2
MAILS = 3000


def test_senders_killed_at_random_moments_and_the_broker_flushed(
    cast: SimpleNamespace,
    sink: Sink,  # noqa: F811
    folder: DataFolder,  # noqa: F811
    tmp_path: Path,
) -> None:
    issue = make_sending(MAILS)
    sink.mode = "slow"
    sharing.use_valkey(folder)
    chance = random.Random(SEED)
    killed = 0
    log = tmp_path / "worker.log"
    with bulk.beat(folder, tmp_path / "beat.log"):
        with bulk.worker(folder, log) as worker:
            for _ in range(KILLS - bulk.SENDERS):
                wait_for_more(sink, issue, log)
                # Any moment will do; which one it is decides nothing that is asserted.
                time.sleep(chance.uniform(0.0, 0.1))
                chance.choice(programs.wait_until(lambda: bulk.senders_of(worker), "a sender", log=log)).kill()
                killed += 1
                if killed == KILLS // 2:
                    bulk.flush(folder)
            wait_for_more(sink, issue, log)
            bulk.kill_family(worker)
            killed += bulk.SENDERS
        assert bulk.state_of(issue) == "sending"
        bulk.flush(folder)
        # The dead hold their mails until their leases end; nobody has to wait for that here.
        end_leases_now()
        sink.mode = "accept"
        with bulk.worker(folder, tmp_path / "second.log"):
            end_by_itself(issue, tmp_path / "second.log")
    counted = check_account(issue, sink)
    assert counted["sent"] + counted["unknown"] == MAILS
    assert counted["unknown"] <= killed * WINDOW
    issue.refresh_from_db()
    assert (issue.total, issue.sent, issue.unknown) == (MAILS, counted["sent"], counted["unknown"])


@pytest.mark.parametrize(("how", "left"), [(signal.SIGINT, "shut down"), (signal.SIGQUIT, "in production")])
def test_the_database_restarted_or_crashed_while_mails_go_out(
    cast: SimpleNamespace,
    sink: Sink,  # noqa: F811
    folder: DataFolder,  # noqa: F811
    tmp_path: Path,
    how: signal.Signals,
    left: str,
) -> None:
    sharing.use_valkey(folder)
    with other_database(folder):
        issue = make_sending(MAILS // 2)
        sink.mode = "slow"
        log = tmp_path / "worker.log"
        with bulk.beat(folder, tmp_path / "beat.log"), bulk.worker(folder, log):
            for _ in range(RESTARTS):
                wait_for_more(sink, issue, log)
                end_database(folder, how)
                assert cluster_state(folder) == left
                sharing.use_postgres(folder)
            sink.mode = "accept"
            end_by_itself(issue, log)
        counted = check_account(issue, sink)
        assert counted["sent"] + counted["unknown"] == MAILS // 2
        assert counted["unknown"] <= RESTARTS * bulk.SENDERS * WINDOW


def wait_for_more(sink: Sink, issue: Issue, log: Path) -> None:  # noqa: F811
    """Wait until mails go out again."""
    before = sink.total()

    def is_more() -> bool:
        if not Delivery.objects.filter(issue=issue, state__in=Delivery.DUE).exists():
            # All is claimed by the dead.
            end_now("claimed")
        return sink.total() > before

    programs.wait_until(is_more, "more mails", log=log)
    assert bulk.state_of(issue) == "sending", "all went out before the last kill"


def end_by_itself(issue: Issue, log: Path) -> None:
    """Wait for the end of the issue."""
    programs.wait_until(lambda: bulk.state_of(issue) == "finished", "the end of the issue", log=log)


@contextmanager
def other_database(folder: DataFolder) -> Iterator[None]:  # noqa: F811
    """Work in a copy of the test database on a server of its own, which may be stopped and started."""
    connections.close_all()
    where = connection.settings_dict
    old = dict(where)
    sharing.use_postgres(folder)
    copy_database(old, postgres.address(folder))
    where |= {"HOST": str(folder.postgres_sockets), "NAME": postgres.DATABASE}
    try:
        yield
    finally:
        connections.close_all()
        where |= {"HOST": old["HOST"], "NAME": old["NAME"]}


def copy_database(old: dict[str, Any], new: dict[str, Any]) -> None:
    source = f"host={old['HOST']} port={old['PORT']} user={old['USER']} dbname={old['NAME']}"
    target = f"host={new['HOST']} port={new['PORT']} user={new['USER']} dbname={new['NAME']}"
    dump = subprocess.run([postgres.binaries() / "pg_dump", "--no-owner", source], check=True, capture_output=True)
    subprocess.run(
        [postgres.binaries() / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", target],
        input=dump.stdout,
        check=True,
        capture_output=True,
    )


def end_database(folder: DataFolder, how: signal.Signals) -> None:  # noqa: F811
    """End the server in the middle of what its connections do: in order, or as a crash does."""
    connections.close_all()
    postmaster = int((folder.pgdata / "postmaster.pid").read_text().splitlines()[0])
    server = psutil.Process(postmaster)
    server.send_signal(how)
    programs.wait_until(lambda: not psutil.pid_exists(postmaster) or not postgres.is_answering(folder), "its end")
    psutil.wait_procs([server], timeout=60)


def cluster_state(folder: DataFolder) -> str:  # noqa: F811
    """Return what the server's files say of its end; one that crashed left them as if it still ran."""
    told = subprocess.run(
        [postgres.binaries() / "pg_controldata", folder.pgdata],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return re.search(r"^Database cluster state: +(.+)$", told.stdout, re.MULTILINE)[1]  # type: ignore[index]
