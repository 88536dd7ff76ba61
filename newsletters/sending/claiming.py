"""Claims: deliveries that are one sender's for a while, fenced by the number of attempts.

A claim adds an attempt. To put it back takes that attempt off again, which only its holder may do; a lease that ran out
keeps it. So whoever sleeps with an old number never finds it on a claimed row again.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

log = logging.getLogger(__name__)

BATCH = 500
# Longer than one turn of a sender; what is claimed beyond that, because the mail server hangs, others may have.
LEASE = timedelta(seconds=30)
# For how long a window may be in flight; then its sender is taken for dead.
FLIGHT = timedelta(minutes=5)
# Rows are handled in statements of this size where nobody waits for them.
CHUNK = 5000
WORKER_DIED = "The worker stopped while it was sending; the mail may have arrived."

CLAIM = """
WITH due AS (
    SELECT id FROM newsletters_delivery
    WHERE issue_id = %(issue)s AND state IN ('waiting', 'deferred') AND due_at <= statement_timestamp()
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE newsletters_delivery AS delivery
SET state = 'claimed', attempts = delivery.attempts + 1, claimed_until = statement_timestamp() + %(lease)s
FROM due WHERE delivery.id = due.id
RETURNING delivery.id, delivery.attempts, delivery.contact_id, delivery.address, delivery.variant, delivery.waited
"""

# In flight here means marked but never handed over. Who says it once more, because the answer got lost, may find what
# another has claimed since then under the same number: that is no longer theirs.
PUT_BACK = """
UPDATE newsletters_delivery AS delivery SET
    state = CASE WHEN delivery.attempts > 1 THEN 'deferred' ELSE 'waiting' END,
    attempts = delivery.attempts - 1,
    claimed_until = NULL,
    due_at = greatest(delivery.due_at, statement_timestamp() + back.wait * interval '1 second'),
    waited = delivery.waited + CASE WHEN back.for_receiver THEN round(back.wait)::int ELSE 0 END
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[], %(waits)s::float[], %(for_receiver)s::bool[])
    AS back (id, attempts, wait, for_receiver)
WHERE delivery.id = back.id AND delivery.attempts = back.attempts
    AND delivery.state IN ('claimed', 'in_flight')
    AND delivery.claimed_until - CASE delivery.state WHEN 'claimed' THEN %(lease)s ELSE %(flight)s END
        <= statement_timestamp() - %(age)s * interval '1 second'
RETURNING delivery.id
"""

END_LEASES = """
WITH over AS (
    SELECT id FROM newsletters_delivery
    WHERE state IN ('claimed', 'in_flight') AND claimed_until < statement_timestamp()
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE newsletters_delivery AS delivery SET
    state = CASE WHEN delivery.state = 'in_flight' THEN 'unknown' ELSE 'waiting' END,
    answer = CASE WHEN delivery.state = 'in_flight' THEN %(why)s ELSE delivery.answer END,
    claimed_until = NULL
FROM over WHERE delivery.id = over.id
RETURNING delivery.state
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is ours for now; `waited` is for how many seconds its receiver had it wait until now."""

    id: int
    attempts: int
    contact_id: int | None
    address: str
    variant: str
    waited: int = 0

    @property
    def domain(self) -> str:
        """Return the receiving domain."""
        name = self.address.rpartition("@")[2].lower()
        if name.isascii():
            return name
        try:
            return name.encode("idna").decode()
        except UnicodeError:
            return name


def claim(issue_id: int, limit: int = BATCH) -> list[Claim]:
    """Return deliveries of the issue that are due, ours alone until the lease ends."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"issue": issue_id, "limit": limit, "lease": LEASE}
        cursor.execute(CLAIM, values)
        return [Claim(*row) for row in cursor.fetchall()]


def put_back(
    claims: Sequence[Claim],
    waits: Sequence[float] | None = None,
    *,
    troubled: Collection[str] = (),
    since: float | None = None,
) -> list[Claim]:
    """Let deliveries that were not handed over wait again, `waits` seconds from now; return those no longer ours.

    Those to `troubled` domains wait for their receiver. `since` (monotonic) is when that was tried first: what was
    claimed or marked later is somebody else's.
    """
    if not claims:
        return []
    values: dict[str, Any] = {
        "ids": [claim.id for claim in claims],
        "attempts": [claim.attempts for claim in claims],
        "waits": list(waits) if waits is not None else [0.0] * len(claims),
        "for_receiver": [claim.domain in troubled for claim in claims],
        "lease": LEASE,
        "flight": FLIGHT,
    }
    with connection.cursor() as cursor:
        # Looked at when the connection is there: to open it takes its time.
        values["age"] = time.monotonic() - since if since is not None else 0.0
        cursor.execute(PUT_BACK, values)
        ours = {pk for (pk,) in cursor.fetchall()}
    return [claim for claim in claims if claim.id not in ours]


def end_leases() -> int:
    """Let claims of senders that died wait again, and call what they had in flight unknown; return how many ended."""
    count = unknown = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(END_LEASES, {"limit": CHUNK, "why": WORKER_DIED})
            states = [state for (state,) in cursor.fetchall()]
        count += len(states)
        unknown += states.count("unknown")
        if len(states) < CHUNK:
            break
    if unknown:
        log.warning("%s newsletter mails were interrupted while being sent; a person must say what to do.", unknown)
    return count
