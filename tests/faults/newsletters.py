"""Real workers of bulk mail, with a broker of their own and the clock, for tests that hurt them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import redis
from django.conf import settings
from django.db import connection

from cs_platform.celery import app
from cs_platform.embedded import valkey
from cs_platform.embedded.folder import DataFolder
from newsletters.models import Issue
from tests import programs
from tests.newsletters.pump.sink import HOST

SENDERS = 2
CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "cs_platform"]
WORKER = [*CELERY, "worker", "--queues", "bulk,celery", "--concurrency", str(SENDERS)]
TASK = settings.CELERY_BEAT_SCHEDULE["newsletters"]["task"]


def environment(folder: DataFolder) -> dict[str, str]:
    """Return what the workers are told: the test's database, its broker and its mail server."""
    where = connection.settings_dict
    database = (
        f"postgres://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}&port={where['PORT']}"
    )
    return programs.environment(
        DATA_DIR=folder.root,
        DJANGO_SETTINGS_MODULE="cs_platform.settings.local",
        DATABASE_URL=database,
        EMAIL_URL=f"smtp://{HOST}:{settings.EMAIL_PORT}",
        NEWSLETTER_SENDERS=str(SENDERS),
    )


@contextmanager
def worker(folder: DataFolder, log: Path) -> Iterator[Any]:
    """Start a worker with two processes."""
    with programs.started(WORKER, env=environment(folder), log=log) as process:
        yield process


@contextmanager
def beat(folder: DataFolder, log: Path) -> Iterator[Any]:
    """Start the clock."""
    command = [*CELERY, "beat", "--schedule", str(folder.root / "schedule"), "--pidfile", ""]
    with programs.started(command, env=environment(folder), log=log) as process:
        yield process


def tick(folder: DataFolder) -> None:
    """Have the issues looked after, as beat does all the time."""
    with app.connection_for_write(valkey.broker_url(folder)) as broker:
        app.send_task(TASK, connection=broker)


def flush(folder: DataFolder) -> None:
    """Let the broker forget everything."""
    redis.Redis(unix_socket_path=str(folder.valkey_socket)).flushall()


def senders_of(process: Any) -> list[psutil.Process]:
    """Return the processes of a worker that do its tasks."""
    children = psutil.Process(process.pid).children()
    return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]


def kill_family(process: Any) -> None:
    """Kill a worker with its processes, all at once."""
    for each in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        each.kill()
    process.wait()


def state_of(issue: Issue) -> str:
    """Return the issue's state as it is now."""
    return Issue.objects.values_list("state", flat=True).get(pk=issue.pk)
