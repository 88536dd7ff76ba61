"""Carries out a plan: set-based writes from the temporary table that segments.plan makes.

Everything here runs inside the caller's transaction. The order of locks is customers, people, moves.
"""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from segments.actions.assignments import follow_tiers
from segments.plan import Moment
from segments.rules import MOVING, RuleBook

# A customer that somebody has changed since the plan was made is left alone: that change places it again.
MOVE_CUSTOMERS = """
UPDATE accounts_customer c SET tier = p.to_tier, tier_since = %(now)s, updated_at = %(now)s
FROM tier_plan p
WHERE p.outcome = ANY (%(moving)s) AND c.id = p.customer_id
  AND c.updated_at = p.updated_at AND c.tier IS NOT DISTINCT FROM p.from_tier AND c.merged_into_id IS NULL
"""

MARK_SKIPPED = """
UPDATE tier_plan p SET outcome = 'skipped'
FROM accounts_customer c
WHERE p.outcome = ANY (%(moving)s) AND c.id = p.customer_id AND c.tier_since IS DISTINCT FROM %(now)s
"""

WRITE_MOVES = """
INSERT INTO segments_tiermove (customer_id, from_tier, to_tier, status, reason, rule_set_id, rule_id, rule_name,
    figures, arr, why, run_id, created_at, decided_by_id, decided_at, decision_note)
SELECT customer_id, from_tier, to_tier, 'applied',
    CASE outcome WHEN 'first' THEN 'first' WHEN 'pinned' THEN 'pin' ELSE 'rule' END,
    %(rule_set)s, rule_id, rule_name, figures, arr, why,
    %(run)s, %(now)s, %(actor)s, CASE WHEN %(actor)s::bigint IS NOT NULL THEN %(now)s END, ''
FROM tier_plan WHERE outcome = ANY (%(moving)s)
"""

TELL_MOVES = """
INSERT INTO accounts_timelineentry (customer_id, at, kind, summary, why, actor_id, actor_name, data)
SELECT customer_id, %(now)s, 'tier.moved',
    CASE WHEN from_tier IS NULL THEN 'Placed in ' ELSE 'Moved from ' || from_tier || ' touch to ' END
        || to_tier || ' touch',
    CASE WHEN rule_name = '' THEN why ELSE rule_name || ': ' || why END,
    %(actor)s, %(actor_name)s, jsonb_build_object('from', from_tier, 'to', to_tier, 'version', %(version)s::int)
FROM tier_plan WHERE outcome = ANY (%(moving)s)
"""

OVERTAKE = """
UPDATE segments_tiermove m SET status = 'overtaken', decided_at = %(now)s, decision_note = 'It no longer holds'
WHERE m.status = 'waiting' AND (%(ids)s::bigint[] IS NULL OR m.customer_id = ANY (%(ids)s::bigint[]))
  AND NOT EXISTS (
    SELECT 1 FROM tier_plan p WHERE p.customer_id = m.customer_id AND p.outcome = 'waiting'
      AND p.from_tier = m.from_tier AND p.to_tier = m.to_tier
  )
"""

# Whoever approves reads the figures of now, so a waiting move keeps up with them.
RENEW_WAITING = """
UPDATE segments_tiermove m
SET figures = p.figures, arr = p.arr, rule_id = p.rule_id, rule_name = p.rule_name, rule_set_id = %(rule_set)s,
    why = p.why
FROM tier_plan p
WHERE m.status = 'waiting' AND m.customer_id = p.customer_id AND p.outcome = 'waiting'
  AND (m.figures, m.arr, m.rule_set_id, m.why) IS DISTINCT FROM (p.figures, p.arr, %(rule_set)s::bigint, p.why)
"""

PROPOSE = """
WITH proposed AS (
    INSERT INTO segments_tiermove (customer_id, from_tier, to_tier, status, reason, rule_set_id, rule_id, rule_name,
        figures, arr, why, run_id, created_at, decision_note)
    SELECT customer_id, from_tier, to_tier, 'waiting', 'rule', %(rule_set)s, rule_id, rule_name,
        figures, arr, why, %(run)s, %(now)s, ''
    FROM tier_plan WHERE outcome = 'waiting'
    ON CONFLICT (customer_id) WHERE status = 'waiting' DO NOTHING
    RETURNING customer_id, from_tier, to_tier, rule_name, why
)
INSERT INTO accounts_timelineentry (customer_id, at, kind, summary, why, actor_name, data)
SELECT customer_id, %(now)s, 'tier.waiting',
    'A move from ' || from_tier || ' touch to ' || to_tier || ' touch waits for approval',
    rule_name || ': ' || why, '', jsonb_build_object('from', from_tier, 'to', to_tier)
FROM proposed
"""

COUNTS = """
SELECT outcome, coalesce(from_tier, ''), to_tier, count(*), coalesce(sum(arr), 0) FROM tier_plan GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Mover:
    """Who carries out a plan, by which rules, when and as a part of which run."""

    cursor: Any
    book: RuleBook
    moment: Moment
    run_id: int | None = None
    actor: User | None = None

    def move(self, customer_ids: list[int] | None, *, is_written: bool = False) -> dict[str, int]:
        """Move the customers whose outcome says so, and tell it; return what became of their CSMs.

        The counts are those of `follow_tiers`: released, displaced, kept. `is_written` is for a move that is in the
        table of moves already, waiting.
        """
        counts = self.counts()
        planned = sum(found for (outcome, _, _), (found, _) in counts.items() if outcome in MOVING)
        if not planned:
            return {"released": 0, "displaced": 0, "kept": 0}
        self._run(MOVE_CUSTOMERS)
        if self.cursor.rowcount < planned:
            self._run(MARK_SKIPPED)
        if not is_written:
            self._run(WRITE_MOVES)
        self._run(TELL_MOVES)
        why = f"Now tech touch by version {self.book.version} of the tier rules"
        return follow_tiers(actor=self.actor, customer_ids=customer_ids, why=why, at=self.moment.now)

    def propose(self, customer_ids: list[int] | None) -> dict[str, int]:
        """Bring the waiting moves in line with the plan; return how many are new and how many overtaken."""
        self._run(OVERTAKE, ids=customer_ids)
        overtaken = self.cursor.rowcount
        self._run(RENEW_WAITING)
        self._run(PROPOSE)
        return {"proposed": self.cursor.rowcount, "overtaken": overtaken}

    def counts(self) -> dict[tuple[str, str, str], tuple[int, Any]]:
        """Return customers and their ARR by outcome, present tier ("" for none) and the tier led to."""
        self.cursor.execute(COUNTS)
        return {(outcome, old, new): (found, arr) for outcome, old, new, found, arr in self.cursor.fetchall()}

    def _run(self, statement: str, **more: Any) -> None:
        values = {
            "now": self.moment.now,
            "moving": [one.value for one in MOVING],
            "rule_set": self.book.id,
            "version": self.book.version,
            "run": self.run_id,
            "actor": self.actor.pk if self.actor else None,
            "actor_name": str(self.actor) if self.actor else "",
        }
        self.cursor.execute(statement, values | more)
