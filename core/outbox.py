"""The outbox: actions promise work in their own transaction, the drain does it after the commit.

A lost poke or a dead broker costs delay only, because the sweep finds what is still waiting.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import audit
from core.models import OutboxEntry

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any]], None]
_handlers: dict[str, Handler] = {}

LEASE = timedelta(minutes=5)
BATCH = 50
MAX_ATTEMPTS = 10
KEEP_DONE = timedelta(days=14)


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Return a decorator that makes a function the handler of outbox entries of this kind.

    A handler may be called again after a crash, so it must be safe to repeat.
    """

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def enqueue(kind: str, payload: dict[str, Any], *, run_after: datetime | None = None, key: str | None = None) -> None:
    """Promise work as a part of the current transaction; with `key`, one waiting promise stands for all alike."""
    OutboxEntry.objects.bulk_create(
        [
            OutboxEntry(
                kind=kind,
                payload=payload,
                key=key,
                run_after=run_after or timezone.now(),
                on_behalf_of=audit.on_whose_behalf()[:254],
            )
        ],
        ignore_conflicts=key is not None,
    )
    transaction.on_commit(poke, robust=True)


def poke() -> None:
    """Ask a worker to drain now; a broker that does not answer is left to the sweep."""
    try:
        drain_soon.delay()
    except Exception as error:  # noqa: BLE001  a dead broker must never fail the request that committed
        log.warning("The broker did not take the poke (%s); the sweep will drain the outbox.", type(error).__name__)


@shared_task(name="core.tasks.drain_outbox", expires=60)
def drain_soon() -> int:
    """Drain the outbox and return how many entries were done; poked after commits and swept by beat."""
    return drain()


def drain(limit: int = 1000) -> int:
    """Do waiting entries until none is left or `limit` is reached; return how many were done."""
    done = 0
    while done < limit:
        entries = _claim()
        if not entries:
            break
        for entry in entries:
            done += _run(entry)
    return done


def _claim() -> list[OutboxEntry]:
    now = timezone.now()
    due = Q(state=OutboxEntry.State.WAITING, run_after__lte=now) | Q(
        state=OutboxEntry.State.CLAIMED, claimed_until__lt=now
    )
    with transaction.atomic():
        entries = list(
            OutboxEntry.objects.select_for_update(skip_locked=True).filter(due).order_by("run_after", "id")[:BATCH]
        )
        for entry in entries:
            entry.state = OutboxEntry.State.CLAIMED
            entry.attempts += 1
            entry.claimed_until = now + LEASE
        OutboxEntry.objects.bulk_update(entries, ["state", "attempts", "claimed_until"])
    return entries


def _run(entry: OutboxEntry) -> int:
    handler = _handlers.get(entry.kind)
    try:
        if handler is None:
            raise LookupError(f"no handler for {entry.kind}")
        with audit.acting("worker", task=entry.kind, on_behalf_of=entry.on_behalf_of):
            handler(entry.payload)
    except Exception as error:
        log.exception("Outbox entry %s (%s) failed, attempt %s", entry.pk, entry.kind, entry.attempts)
        _put_back(entry, f"{type(error).__name__}: {error}")
        return 0
    _mine(entry).update(state=OutboxEntry.State.DONE, done_at=timezone.now(), claimed_until=None)
    return 1


def _put_back(entry: OutboxEntry, error: str) -> None:
    if entry.attempts >= MAX_ATTEMPTS:
        _mine(entry).update(state=OutboxEntry.State.FAILED, last_error=error[:2000], claimed_until=None)
        return
    wait = timedelta(seconds=min(3600, 5 * 2**entry.attempts))
    # The key goes: a newer promise of the same key may be waiting already.
    _mine(entry).update(
        state=OutboxEntry.State.WAITING,
        key=None,
        run_after=timezone.now() + wait,
        last_error=error[:2000],
        claimed_until=None,
    )


def _mine(entry: OutboxEntry):  # type: ignore[no-untyped-def]
    """Return the entry as a queryset that is empty when another drain took it over after our lease."""
    return OutboxEntry.objects.filter(pk=entry.pk, state=OutboxEntry.State.CLAIMED, attempts=entry.attempts)


def forget_done() -> int:
    """Delete entries done longer ago than `KEEP_DONE`; return how many."""
    return OutboxEntry.objects.filter(state=OutboxEntry.State.DONE, done_at__lt=timezone.now() - KEEP_DONE).delete()[0]
