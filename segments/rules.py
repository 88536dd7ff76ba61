"""Which tier a customer belongs in, decided on plain values.

The nightly run decides the same in SQL for all customers at once (segments.plan); this is its plain reading, against
which the tests hold it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from segments.conditions.trees import Node, asks_figures
from segments.conditions.values import ONE, Facts, holds

# Where no rule fits, this stands in the place of a rule's name.
FALLBACK_NAME = "No rule fits"
FALLBACK_WORDS = "None of the rules holds"
# A manager who rejected a move is not asked again about the same one for this long.
REJECTION_DAYS = 90


@dataclass(frozen=True)
class TierRule:
    """One rule: whoever its conditions hold for belongs in its tier."""

    id: int
    name: str
    tier: str
    conditions: Node
    # The conditions as a sentence, kept with every move.
    words: str = ""

    @property
    def asks_figures(self) -> bool:
        """Tell whether the rule asks about anything that goes up and down by itself."""
        return asks_figures(self.conditions)


@dataclass(frozen=True)
class RuleBook:
    """A version of the rules, ready to decide. `margin` is a share (0.10 for ten per cent), `approval_arr` in ARR."""

    id: int
    version: int
    rules: tuple[TierRule, ...]
    fallback_tier: str
    margin: Decimal
    minimum_days: int
    approval_arr: Decimal | None
    activated_at: datetime

    @property
    def figure_rule_ids(self) -> list[int]:
        """Return the rules that ask figures; 0 stands for the fallback, which they lead to by not holding."""
        asking = [rule.id for rule in self.rules if rule.asks_figures]
        return [*asking, 0] if asking else []

    @property
    def factors(self) -> tuple[Decimal, Decimal]:
        """Return what raises and what lowers a figure by the margin."""
        return ONE + self.margin, ONE - self.margin


class Outcome(StrEnum):
    """What becomes of a customer in a run."""

    STAYS = "stays"
    FIRST = "first"
    PINNED = "pinned"
    MARGIN = "margin"
    DAYS = "days"
    REJECTED = "rejected"
    WAITING = "waiting"
    APPLY = "apply"
    # Somebody changed the customer while the run decided; it is placed again by that change.
    SKIPPED = "skipped"


MOVING = (Outcome.FIRST, Outcome.PINNED, Outcome.APPLY)
HELD = (Outcome.MARGIN, Outcome.DAYS, Outcome.REJECTED)


@dataclass(frozen=True)
class Standing:
    """Where a customer stands before the decision."""

    tier: str | None = None
    tier_since: datetime | None = None
    # The company's own date of `tier_since`.
    tier_since_on: date | None = None
    pinned_to: str | None = None
    pin_ended_at: datetime | None = None
    # The rule of the move that led to the present tier.
    came_by_rule: int | None = None
    # Whether that move was the first placement.
    is_new: bool = False
    rejected_targets: Collection[str] = ()


@dataclass(frozen=True)
class Decision:
    """The tier that the rules (or a pin) lead to, the rule that decided (None: no rule fits) and what becomes of it."""

    tier: str
    rule: TierRule | None
    outcome: Outcome


def tier_for(facts: Facts, book: RuleBook, *, today: date, factor: Decimal = ONE) -> tuple[str, TierRule | None]:
    """Return the tier of the first rule that holds, and that rule; the fallback tier and None where none holds."""
    for rule in book.rules:
        if holds(rule.conditions, facts, today=today, factor=factor):
            return rule.tier, rule
    return book.fallback_tier, None


def decide(facts: Facts, standing: Standing, book: RuleBook, *, today: date) -> Decision:
    """Return where the customer belongs and whether it goes there now; `facts` holds its `arr`."""
    target, rule = tier_for(facts, book, today=today)
    if standing.pinned_to is not None:
        stays = standing.pinned_to == standing.tier
        return Decision(standing.pinned_to, None, Outcome.STAYS if stays else Outcome.PINNED)
    if target == standing.tier:
        return Decision(target, rule, Outcome.STAYS)
    return Decision(target, rule, _outcome_of_move(facts, standing, book, target, rule, today))


def _outcome_of_move(
    facts: Facts, standing: Standing, book: RuleBook, target: str, rule: TierRule | None, today: date
) -> Outcome:
    if standing.tier is None:
        return Outcome.FIRST
    if any(tier_for(facts, book, today=today, factor=factor)[0] == standing.tier for factor in book.factors):
        return Outcome.MARGIN
    if _is_too_soon(standing, book, rule, today):
        return Outcome.DAYS
    if target in standing.rejected_targets:
        return Outcome.REJECTED
    if book.approval_arr is not None and facts["arr"] >= book.approval_arr:
        return Outcome.WAITING
    return Outcome.APPLY


def _is_too_soon(standing: Standing, book: RuleBook, rule: TierRule | None, today: date) -> bool:
    """Tell whether figures alone ask for a move before the minimum stay is over.

    New rules, the end of a pin and rules without figures (a flag, a stage) are a person's decision: they move at once,
    and so does what they had moved. A first placement begins no stay: a new customer's facts come in one after the
    other, its subscriptions after itself.
    """
    if standing.is_new:
        return False
    if standing.tier_since is None or standing.tier_since_on is None:
        return False
    if (today - standing.tier_since_on).days >= book.minimum_days:
        return False
    if standing.tier_since < book.activated_at:
        return False
    if (rule.id if rule else 0) not in book.figure_rule_ids:
        return False
    if standing.pin_ended_at is not None and standing.pin_ended_at > standing.tier_since:
        return False
    return standing.came_by_rule is None or standing.came_by_rule in book.figure_rule_ids
