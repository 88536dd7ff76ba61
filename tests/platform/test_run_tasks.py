"""Beat asks, the broker keeps, workers do; whoever of them is killed costs delay and no work."""

import signal
import sys
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from cs_platform.celery import app
from cs_platform.embedded import sharing, valkey
from cs_platform.embedded.folder import DataFolder
from tests import programs

WORKER = [sys.executable, "-m", "celery", "--quiet", "--app", "cs_platform", "worker", "--concurrency", "1"]
SEND = "import django; django.setup(); from cs_platform.tasks import beat_heart; beat_heart.delay()"
FORGET = """
import django; django.setup()
from django.core.cache import cache
from cs_platform.health import HEARTBEAT_KEY
print(cache.delete(HEARTBEAT_KEY))
"""
ASK = """
import django; django.setup()
from django.core.cache import cache
from cs_platform.health import HEARTBEAT_KEY
print(cache.get(HEARTBEAT_KEY) is not None)
"""
POKE = "import django; django.setup(); from core.outbox import poke; poke(); print('went on')"


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    planned = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert planned <= set(app.tasks)


def run(code: str, folder: DataFolder) -> str:
    env = programs.environment(DATA_DIR=folder.root, DJANGO_SETTINGS_MODULE="cs_platform.settings.local")
    done = programs.run_python("-c", code, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.xdist_group("servers")
def test_what_is_asked_while_no_worker_lives_is_done_by_the_next(folder: DataFolder, tmp_path: Path) -> None:
    env = programs.environment(DATA_DIR=folder.root, DJANGO_SETTINGS_MODULE="cs_platform.settings.local")
    with programs.started(WORKER, env=env, log=tmp_path / "first.log") as worker:
        programs.wait_until(lambda: valkey.is_answering(folder), "the broker that the worker starts")
        run(SEND, folder)
        programs.wait_until(lambda: run(ASK, folder) == "True", "the first heartbeat", log=tmp_path / "first.log")
        family = [*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)]
        for process in family:
            process.send_signal(signal.SIGKILL)
        worker.wait()
        assert run(FORGET, folder) == "True"
        run(SEND, folder)

    assert run(ASK, folder) == "False"
    with programs.started(WORKER, env=env, log=tmp_path / "second.log"):
        programs.wait_until(
            lambda: run(ASK, folder) == "True", "the heartbeat that waited", log=tmp_path / "second.log"
        )


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_a_stopped_broker_keeps_what_waits(folder: DataFolder) -> None:
    sharing.use_valkey(folder)
    run(SEND, folder)
    sharing.leave(folder)
    assert not valkey.is_answering(folder)
    sharing.use_valkey(folder)
    with app.connection_for_write(valkey.broker_url(folder)) as connection:
        assert connection.default_channel.client.llen("celery") == 1


@pytest.mark.servers
def test_a_dead_broker_holds_nobody_up(folder: DataFolder) -> None:
    assert run(POKE, folder) == "went on"
