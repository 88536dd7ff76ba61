"""The health addresses say what works, to whoever asks, and nothing more."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from cs_platform import health
from cs_platform.tasks import beat_heart
from tests import programs


@pytest.fixture(autouse=True)
def _no_heartbeat() -> None:
    cache.delete(health.HEARTBEAT_KEY)


@pytest.mark.django_db
def test_alive(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": {"ok": True}}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_alive_answers_a_load_balancer_that_knows_no_host_name(client: Client) -> None:
    assert client.get("/health/", headers={"host": "10.0.0.7"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db
def test_ready_without_a_worker_is_degraded(client: Client) -> None:
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "database": {"ok": True},
        "migrations": {"ok": True},
        "broker": {"ok": True},
        "worker": {"ok": False, "detail": "never seen"},
    }


@pytest.mark.django_db
def test_ready_after_a_heartbeat_is_ok(client: Client) -> None:
    beat_heart()
    answer = client.get("/health/ready/").json()
    assert answer["status"] == "ok"
    assert answer["worker"]["ok"]


@pytest.mark.django_db
def test_an_old_heartbeat_is_none(client: Client) -> None:
    cache.set(health.HEARTBEAT_KEY, (timezone.now() - timedelta(seconds=120)).timestamp())
    worker = client.get("/health/ready/").json()["worker"]
    assert worker["ok"] is False
    assert worker["seconds_ago"] >= 120


ASK = """
import django
django.setup()
import json
from django.test import Client
for path in ("/health/", "/health/ready/"):
    answer = Client().get(path)
    print(json.dumps([answer.status_code, answer.json()]))
"""


@pytest.mark.servers
def test_without_database_nothing_is_well() -> None:
    env = programs.environment(
        DJANGO_SETTINGS_MODULE="cs_platform.settings.local",
        DATABASE_URL=f"postgres://nobody@127.0.0.1:{programs.free_port()}/nothing",
        REDIS_URL=f"redis://127.0.0.1:{programs.free_port()}/0",
    )
    done = programs.run_python("-c", ASK, env=env)
    assert done.returncode == 0, done.stderr
    alive, ready = map(json.loads, done.stdout.splitlines())
    assert alive == [503, {"status": "failing", "database": {"ok": False, "detail": "OperationalError"}}]
    assert ready[0] == 503
    assert ready[1]["status"] == "failing"
    assert not any(part["ok"] for name, part in ready[1].items() if name != "status")
