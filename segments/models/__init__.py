"""Touch tiers: rules, moves, pins, runs; portfolios' limits; hours given."""

from segments.models.limits import PersonLimit, TierTerms, TimeEntry
from segments.models.tiers import Rule, RuleSet, TierMove, TierPin, TierRun

__all__ = ["PersonLimit", "Rule", "RuleSet", "TierMove", "TierPin", "TierRun", "TierTerms", "TimeEntry"]
