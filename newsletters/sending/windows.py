"""Windows: the few mails that a sender has in flight at once.

One statement stores what became of the window before and marks the next one in flight. What it marks it checks once
more as it stands now: the issue is still being sent, the claim is still ours, and the recipient still wants it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from newsletters.models import Issue
from newsletters.sending.claiming import FLIGHT, Claim
from newsletters.sending.ending import recount

WINDOW = 25
# No mail is handed over when less of the flight is left than one whole conversation may take.
MARGIN = timedelta(minutes=4)
# A claim with less time left than this is not begun.
ROOM = timedelta(seconds=2)
MOST_ANSWER = 300

_STORED = """
UPDATE newsletters_delivery AS delivery SET
    state = told.state,
    answer = told.answer,
    claimed_until = NULL,
    sent_at = CASE WHEN told.state = 'sent' THEN statement_timestamp() END,
    bounced_at = CASE WHEN told.is_gone THEN statement_timestamp() END,
    due_at = coalesce(statement_timestamp() + told.wait * interval '1 second', delivery.due_at),
    waited = delivery.waited + coalesce(round(told.wait)::int, 0)
FROM unnest(
    %(told_ids)s::bigint[], %(told_attempts)s::int[], %(states)s::text[], %(answers)s::text[], %(waits)s::float[],
    %(gone)s::bool[]
) AS told (id, attempts, state, answer, wait, is_gone)
WHERE delivery.id = told.id AND delivery.attempts = told.attempts AND {state}
RETURNING delivery.id
"""

_IN_FLIGHT = "delivery.state = 'in_flight'"

# As in queries/wishes.py: of a mailbox the last word counts, whichever of its contacts said it; a wish for the topic
# undoes every refusal before it, one for everything only the refusal of everything.
_REFUSED = """
    SELECT FROM accounts_contact AS speaker
    JOIN newsletters_preference AS refusal ON refusal.contact_id = speaker.id
    WHERE speaker.email = delivery.address AND refusal.channel = 'mail' AND NOT refusal.wants
        AND (refusal.topic_id = issue.topic_id OR refusal.topic_id IS NULL)
        AND NOT EXISTS (
            SELECT FROM accounts_contact AS other
            JOIN newsletters_preference AS later ON later.contact_id = other.id
            WHERE other.email = delivery.address AND later.channel = 'mail' AND later.wants
                AND later.changed_at >= refusal.changed_at
                AND (later.topic_id = issue.topic_id OR (later.topic_id IS NULL AND refusal.topic_id IS NULL))
        )
"""
_CHECKED = f"""
SELECT delivery.id, wanted.attempts,
    CASE
        WHEN contact.id IS NULL THEN 'The contact is gone.'
        WHEN NOT contact.is_active THEN 'The contact is no longer active.'
        WHEN suppression.id IS NOT NULL THEN 'The address gets no newsletters (' || suppression.reason || ').'
        WHEN EXISTS ({_REFUSED}) THEN 'Declined after the issue was listed.'
        ELSE ''
    END AS why
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS wanted (id, attempts)
JOIN newsletters_delivery AS delivery ON delivery.id = wanted.id
JOIN newsletters_issue AS issue ON issue.id = delivery.issue_id AND issue.state = 'sending'
LEFT JOIN accounts_contact AS contact ON contact.id = delivery.contact_id
LEFT JOIN newsletters_suppression AS suppression ON suppression.address = lower(delivery.address)
"""  # noqa: S608  nothing but the text above

STORE_AND_MARK = f"""
WITH stored AS ({_STORED.format(state=_IN_FLIGHT)}),
marked AS (
    UPDATE newsletters_delivery AS delivery SET
        state = CASE WHEN checked.why = '' THEN 'in_flight' ELSE 'suppressed' END,
        claimed_until = CASE WHEN checked.why = '' THEN statement_timestamp() + %(flight)s END,
        answer = checked.why
    FROM ({_CHECKED}) AS checked
    WHERE delivery.id = checked.id AND delivery.attempts = checked.attempts AND delivery.state = 'claimed'
        AND delivery.claimed_until > statement_timestamp() + %(room)s
    RETURNING delivery.id, delivery.state
)
SELECT id, 'stored' FROM stored UNION ALL SELECT id, state FROM marked
"""  # noqa: S608  nothing but the text above
# Whoever decided meanwhile did not know that it had gone out; until somebody else has claimed it, that still counts.
STORE_LATE = _STORED.format(
    state="(delivery.state = 'unknown' OR told.state = 'sent'"
    " AND delivery.state IN ('waiting', 'deferred', 'failed', 'cancelled'))"
)
STORE = _STORED.format(state=_IN_FLIGHT)
STORE_UNSENT = _STORED.format(state="delivery.state = 'claimed'")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a delivery in flight; `wait` in seconds where it is to be tried again."""

    claim: Claim
    state: str
    answer: str = ""
    wait: float | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Marked:
    """What the database said of a window: who is in flight, who does not want it, and whose result came too late."""

    in_flight: frozenset[int]
    suppressed: frozenset[int]
    late: list[Result]


def store_and_mark(results: Sequence[Result], claims: Sequence[Claim]) -> Marked:
    """Store the results of one window and mark the next in flight, in one statement."""
    values: dict[str, Any] = {
        **_told(results),
        "ids": [claim.id for claim in claims],
        "attempts": [claim.attempts for claim in claims],
        "flight": FLIGHT,
        "room": ROOM,
    }
    with connection.cursor() as cursor:
        cursor.execute(STORE_AND_MARK, values)
        rows = cursor.fetchall()
    stored = {pk for pk, state in rows if state == "stored"}
    return Marked(
        in_flight=frozenset(pk for pk, state in rows if state == "in_flight"),
        suppressed=frozenset(pk for pk, state in rows if state == "suppressed"),
        late=[result for result in results if result.claim.id not in stored],
    )


def store(results: Sequence[Result]) -> list[Result]:
    """Store the results of a window; return those that came too late for it."""
    if not results:
        return []
    with connection.cursor() as cursor:
        cursor.execute(STORE, _told(results))
        stored = {pk for (pk,) in cursor.fetchall()}
    return [result for result in results if result.claim.id not in stored]


def store_unsent(results: Sequence[Result]) -> None:
    """Store what becomes of claims that were not even marked: they can't be written, or are given up."""
    if results:
        with connection.cursor() as cursor:
            cursor.execute(STORE_UNSENT, _told(results))


def store_late(issue_id: int, results: Sequence[Result]) -> int:
    """Turn deliveries that were called unknown meanwhile into what became of them; return how many.

    Those that went out are sent, whatever a person has decided since, unless another has claimed them. An ended issue
    is counted anew.
    """
    return _store_late(issue_id, results) if results else 0


@transaction.atomic
def _store_late(issue_id: int, results: Sequence[Result]) -> int:
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue_id)
    if issue.state in Issue.ENDED:
        # Nobody tries it again by itself any more.
        results = [replace(told, state="failed", wait=None) if told.wait is not None else told for told in results]
    with connection.cursor() as cursor:
        cursor.execute(STORE_LATE, _told(results))
        changed = int(cursor.rowcount)
    if changed and issue.state in Issue.ENDED:
        recount(issue_id)
    return changed


def _told(results: Sequence[Result]) -> dict[str, list]:
    return {
        "told_ids": [result.claim.id for result in results],
        "told_attempts": [result.claim.attempts for result in results],
        "states": [result.state for result in results],
        "answers": [result.answer[:MOST_ANSWER].replace("\x00", "") for result in results],
        "waits": [result.wait for result in results],
        "gone": [result.is_gone for result in results],
    }
