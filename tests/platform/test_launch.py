"""`make run` serves the whole product, stops all that it started, and mends what a killed run left."""

import http.client
import json
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import psutil
import pytest

from cs_platform.embedded import sharing
from cs_platform.embedded.ending import is_alive
from cs_platform.embedded.folder import DataFolder
from tests import programs

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("launch"), pytest.mark.timeout(1200)]


class Launch:
    """A `make run` with a data folder and a port of its own."""

    def __init__(self, folder: DataFolder, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or programs.free_port()
        self.log = folder.root.parent / f"run-{self.port}.log"
        self.env = programs.environment(DATA_DIR=folder.root, PORT=str(self.port), SAMPLE_CUSTOMERS="0")

    def __enter__(self) -> "Launch":
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cs_platform.launch"],
                cwd=programs.PRODUCT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        return self

    def __exit__(self, *_: object) -> None:
        programs.end_tree(self.process)

    def get(self, path: str) -> tuple[int, str]:
        """Return a page's status and text; 0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        """Wait until database, broker, worker and beat work together."""

        def ready() -> bool:
            assert self.process.poll() is None, self.said()
            status, text = self.get("/health/ready/")
            return status == 200 and json.loads(text)["status"] == "ok"

        programs.wait_until(ready, "a ready product", seconds=300, log=self.log)

    def child(self, words: str) -> psutil.Process:
        """Return the first process of ours whose command has these words."""
        found = [p for p in programs.processes_of(self.folder.root) if words in " ".join(p.cmdline())]
        return min(found, key=lambda process: process.create_time())

    def stop(self, how: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(programs.PATIENCE_SECONDS)

    def said(self) -> str:
        """Return all that it printed."""
        return self.log.read_text(errors="replace")

    def refused(self, module: str = "cs_platform.launch") -> str:
        """Run a launcher beside this one, see it refuse, and return why."""
        done = programs.run_python("-m", module, env=self.env)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def folder() -> Iterator[DataFolder]:
    """Return one data folder for all: the first run prepares it, the next ones go on with it."""
    folder = DataFolder(Path(mkdtemp(prefix="cs-run-")) / "data")
    yield folder
    for process in programs.processes_of(folder.root):
        process.kill()
    sharing.stop_servers(folder)
    shutil.rmtree(folder.root.parent)


def assert_nothing_is_left(folder: DataFolder) -> None:
    programs.wait_until(lambda: not programs.processes_of(folder.root), "the end of every process")


def test_the_whole_product_runs_and_ctrl_c_stops_it(folder: DataFolder) -> None:
    with Launch(folder) as run:
        run.wait_until_ready()
        assert run.get("/accounts/login/")[0] == 200
        assert run.get("/static/css/app.css")[0] == 200
        programs.wait_until(lambda: f"CS Platform runs at http://127.0.0.1:{run.port}" in run.said(), "the address")

        smtp_port = int(run.child("launch.mail_server").cmdline()[3])
        with smtplib.SMTP("127.0.0.1", smtp_port) as smtp:
            smtp.sendmail("a@company.example", ["b@acme.example"], "Subject: A caught letter\n\nHello")
        assert "A caught letter" in run.get("/mail/")[1]

        assert f"runs already from {programs.PRODUCT.name} (http://127.0.0.1:{run.port})" in run.refused()
        assert "Stop it with Ctrl-C first" in run.refused("cs_platform.launch.reset")

        postmaster = (folder.pgdata / "postmaster.pid").read_text()
        done = programs.run_python("manage.py", "migrate", "--check", env=run.env)
        assert done.returncode == 0, done.stderr
        assert (folder.pgdata / "postmaster.pid").read_text() == postmaster

        assert run.stop(signal.SIGINT) == 130
        assert "Traceback" not in run.said()
    assert_nothing_is_left(folder)


def test_what_a_killed_run_left_is_ended_by_the_next(folder: DataFolder) -> None:
    with Launch(folder) as run:
        run.wait_until_ready()
        run.process.kill()
        run.process.wait()
        assert run.get("/health/")[0] == 200, "the children of a killed launcher live on; else there is nothing to mend"
        with Launch(folder, port=run.port) as again:
            programs.wait_until(lambda: "An earlier run was cut off" in again.said(), "the mending", log=again.log)
            again.wait_until_ready()
            assert again.stop(signal.SIGTERM) == 143
    assert_nothing_is_left(folder)


@pytest.mark.parametrize(("name", "words"), [("beat", "celery --quiet --app cs_platform beat"), ("web", "gunicorn")])
def test_when_one_falls_all_stop_and_it_is_named(folder: DataFolder, name: str, words: str) -> None:
    with Launch(folder) as run:
        run.wait_until_ready()
        run.child(words).kill()
        assert run.process.wait(programs.PATIENCE_SECONDS) == 1
        assert f"{name} ended by itself" in run.said()
    assert_nothing_is_left(folder)


FORGET_HEARTBEAT = (
    "from django.core.cache import cache; from cs_platform.health import HEARTBEAT_KEY as k; cache.delete(k)"
)


def test_servers_that_die_come_back(folder: DataFolder) -> None:
    with Launch(folder) as run:
        run.wait_until_ready()
        servers = [run.child("valkey-server"), run.child("pginstall/bin/postgres -D")]
        for server in servers:
            server.kill()
        programs.wait_until(lambda: not any(map(is_alive, servers)), "the end of both servers")
        programs.wait_until(lambda: '"broker": {"ok": true}' in run.get("/health/ready/")[1], "another broker")
        # What Valkey saved before it died may be young enough to pass for a heartbeat of now.
        done = programs.run_python("manage.py", "shell", "-v", "0", "-c", FORGET_HEARTBEAT, env=run.env)
        assert done.returncode == 0, done.stderr
        run.wait_until_ready()
        assert run.stop(signal.SIGINT) == 130
    assert_nothing_is_left(folder)


def test_a_deaf_child_is_stopped_too(folder: DataFolder) -> None:
    with Launch(folder) as run:
        run.wait_until_ready()
        run.child("celery --quiet --app cs_platform worker").suspend()
        assert run.stop(signal.SIGINT) == 130
    assert_nothing_is_left(folder)


def test_a_taken_port_is_told_before_anything_starts(folder: DataFolder) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        run = Launch(folder, port=other.getsockname()[1])
        for refusal in (run.refused(), run.refused("cs_platform.launch.preflight")):
            assert f"Port {run.port} is taken by another program." in refusal
            assert "make run PORT=" in refusal
    assert_nothing_is_left(folder)


def test_reset_removes_the_data_and_only_that(folder: DataFolder) -> None:
    run = Launch(folder)
    neighbour = folder.root.parent / "neighbour.txt"
    neighbour.write_text("not ours")
    folder.prepare()
    done = programs.run_python("-m", "cs_platform.launch.reset", env=run.env)
    assert (done.returncode, done.stderr) == (0, "")
    assert not folder.root.exists()
    assert neighbour.exists()
    assert "no data" in programs.run_python("-m", "cs_platform.launch.reset", env=run.env).stdout

    foreign = programs.environment(DATA_DIR=folder.root.parent)
    done = programs.run_python("-m", "cs_platform.launch.reset", env=foreign)
    assert done.returncode == 1
    assert "was not made by CS Platform" in done.stderr
    assert neighbour.exists()
