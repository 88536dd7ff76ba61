"""Forms that make something make it once, however often they are sent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.models import User
from core.errors import Conflict
from core.idempotency import Answer, answer_once, fingerprint_of

MADE = 201
MADE_BEFORE = "made_before"


def made_once(*, actor: User, request_key: UUID | None, content: Any, make: Callable[[], int]) -> int:
    """Return the id of what `make` makes, or of what it made when the form with this key was sent before.

    `content` is what was filled in. Raises Conflict `made_before` where the key comes back with something else: what
    was typed is not taken for what was made already. What `make` refuses leaves no trace: the form can be sent again.
    """
    if request_key is None:
        return make()
    try:
        answer = answer_once(
            actor=f"person:{actor.pk}",
            key=f"form:{request_key}",
            fingerprint=fingerprint_of(content),
            act=lambda: Answer(MADE, {"id": make()}),
        )
    except Conflict as error:
        if error.code != "idempotency_mismatch":
            raise
        raise Conflict(
            "This form was sent already, with something else in it. Send it again to add this as well.",
            code=MADE_BEFORE,
        ) from error
    made: int = answer.body["id"]
    return made
