"""Requests that name themselves: the same key acts once, and its repetition gets the first answer."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils import timezone

from core.errors import Conflict, Invalid
from core.models import IdempotentRequest
from core.transactions import repeated_transaction

LONGEST_KEY = 255
# A client that repeats a request does so within hours, not weeks.
KEEP = timedelta(days=7)
SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """A status with its JSON body; `is_repeated` where it was given before."""

    status: int
    body: Any
    is_repeated: bool = False


def fingerprint_of(*parts: Any) -> str:
    """Return the SHA-256 of what makes two requests the same: method, address, body; spaces and order don't count."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def checked_key(key: str) -> str:
    """Return the key; raise Invalid `idempotency_key_invalid` for an empty, a too long or an unreadable one."""
    key = key.strip()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise Invalid(
            f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.", code="idempotency_key_invalid"
        )
    return key


@repeated_transaction
def answer_once(*, actor: str, key: str, fingerprint: str, act: Callable[[], Answer]) -> Answer:
    """Return the answer of `act`, or the one it gave when the actor sent this key before.

    `act` works in the transaction that keeps its answer: both stay or neither does. A second request with the key waits
    for the first at the unique index; where the first one dies, it acts itself. `act` returns refusals as answers, each
    undone by a savepoint of its own. Raises Conflict `idempotency_mismatch` for the same key with another request.
    """
    row = IdempotentRequest(actor=actor[:100], key=checked_key(key), fingerprint=fingerprint)
    IdempotentRequest.objects.bulk_create([row], ignore_conflicts=True)
    kept = IdempotentRequest.objects.get(actor=row.actor, key=row.key)
    if kept.fingerprint != fingerprint:
        raise Conflict(
            "This Idempotency-Key was sent with another request; take a new one.", code="idempotency_mismatch"
        )
    if kept.status is not None:
        return Answer(kept.status, kept.answer, is_repeated=True)
    answer = act()
    if answer.status >= SERVER_ERROR:
        transaction.set_rollback(True)
        return answer
    body = json.loads(json.dumps(answer.body, cls=DjangoJSONEncoder))
    IdempotentRequest.objects.filter(pk=kept.pk).update(status=answer.status, answer=body)
    return Answer(answer.status, body)


def forget_old() -> int:
    """Delete requests older than `KEEP`; return how many."""
    return IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEEP).delete()[0]
