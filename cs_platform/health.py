"""Say whether this process is alive and whether the whole product works.

Answered before any other middleware, so a load balancer needs no host name, no encryption and no session.
"""

import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import OperationalError

from cs_platform.celery import app

ALIVE_PATH = "/health/"
READY_PATH = "/health/ready/"
HEARTBEAT_KEY = "worker-heartbeat"
# Beat asks for a heartbeat every 15 seconds (settings); four lost ones are no accident.
OLDEST_HEARTBEAT_SECONDS = 60
BROKER_TIMEOUT_SECONDS = 2


class HealthMiddleware:
    """Answer the two health addresses and pass everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the health asked for, or what the product answers."""
        if request.path == ALIVE_PATH:
            return alive()
        if request.path == READY_PATH:
            return ready()
        return self.get_response(request)


def alive() -> JsonResponse:
    """Return 200 where this process reaches its database, 503 where it does not."""
    database = database_health()
    return _answer({"status": "ok" if database["ok"] else "failing", "database": database}, database["ok"])


def ready() -> JsonResponse:
    """Return every part's health: 503 where requests can't be served, 200 and "degraded" where work only waits."""
    parts: dict[str, dict[str, Any]] = {"database": database_health()}
    parts["migrations"] = migrations_health() if parts["database"]["ok"] else {"ok": False, "detail": "unknown"}
    parts["broker"] = broker_health()
    parts["worker"] = worker_health()
    can_serve = parts["database"]["ok"] and parts["migrations"]["ok"]
    all_well = all(part["ok"] for part in parts.values())
    status = "ok" if all_well else "degraded" if can_serve else "failing"
    return _answer({"status": status, **parts}, can_serve)


def database_health() -> dict[str, Any]:
    """Return whether the database answers a query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return {"ok": False, "detail": type(error).__name__}
    return {"ok": True}


def migrations_health() -> dict[str, Any]:
    """Return whether every migration of this code is applied."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        return {"ok": False, "detail": type(error).__name__}
    if waiting:
        return {"ok": False, "detail": f"{len(waiting)} to apply to {DEFAULT_DB_ALIAS}"}
    return {"ok": True}


def broker_health() -> dict[str, Any]:
    """Return whether the broker takes a connection."""
    try:
        with app.connection_for_write(connect_timeout=BROKER_TIMEOUT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=BROKER_TIMEOUT_SECONDS)
    except (OSError, redis.RedisError, OperationalError) as error:
        return {"ok": False, "detail": type(error).__name__}
    return {"ok": True}


def worker_health() -> dict[str, Any]:
    """Return how long ago, in seconds, a worker last ran the heartbeat that beat asks for."""
    seen = cache.get(HEARTBEAT_KEY)
    if seen is None:
        return {"ok": False, "detail": "never seen"}
    age = round(time.time() - float(seen))
    return {"ok": age <= OLDEST_HEARTBEAT_SECONDS, "seconds_ago": age}


def note_heartbeat() -> None:
    """Note that a worker runs tasks now."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=24 * 3600)


def _answer(content: dict[str, Any], is_well: bool) -> JsonResponse:
    response = JsonResponse(content, status=200 if is_well else 503)
    response["Cache-Control"] = "no-store"
    return response
