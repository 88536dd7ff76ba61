"""Touch tiers: rules, moves, pins, runs; portfolios' limits; hours given; capacity."""

from segments.models.capacity import (
    CapacitySettings,
    CapacitySnapshot,
    EventTerms,
    Rebalance,
    RebalanceMove,
    Scenario,
)
from segments.models.limits import PersonLimit, TierTerms, TimeEntry
from segments.models.tiers import Rule, RuleSet, TierMove, TierPin, TierRun

__all__ = [
    "CapacitySettings",
    "CapacitySnapshot",
    "EventTerms",
    "PersonLimit",
    "Rebalance",
    "RebalanceMove",
    "Rule",
    "RuleSet",
    "Scenario",
    "TierMove",
    "TierPin",
    "TierRun",
    "TierTerms",
    "TimeEntry",
]
