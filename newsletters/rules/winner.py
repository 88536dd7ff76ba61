"""Which of two subjects is the better one: a two-proportion test, and plain words for its outcome."""

import math
from dataclasses import dataclass

# A difference as large as this or larger happens by chance once in twenty tries where both subjects are equally good.
LEVEL = 0.05
# The test's approximation holds from about five expected in each cell of the table on.
FEWEST_EXPECTED = 5


@dataclass(frozen=True)
class Arm:
    """What came of one subject: how many got it, and how many of them did what is counted."""

    reached: int
    hits: int

    @property
    def rate(self) -> float:
        """Return the share of those reached, of 1."""
        return self.hits / self.reached if self.reached else 0.0


@dataclass(frozen=True)
class Outcome:
    """Which subject goes on, and whether the figures mean it; `p` is the test's, None where there is too little."""

    goes_on: str
    is_clear: bool
    p: float | None
    why: str


def outcome_of(a: Arm, b: Arm) -> Outcome:
    """Return which subject goes on: the second only where it is clearly better, in every other case the first."""
    for arm in (a, b):
        if not 0 <= arm.hits <= arm.reached:
            raise ValueError("There cannot be more hits than recipients.")
    if not a.reached or not b.reached:
        return Outcome("a", False, None, "One of the subjects has reached nobody, so there is nothing to compare.")
    p = two_sided_p(a, b)
    if p is None:
        return Outcome("a", False, None, "Too few answers to tell the subjects apart, so the first one goes on.")
    if p >= LEVEL:
        return Outcome(
            "a", False, p, "The difference is too small to mean anything: it may be chance, so the first one goes on."
        )
    better = "a" if a.rate > b.rate else "b"
    return Outcome(better, True, p, f"The {'first' if better == 'a' else 'second'} subject is clearly better.")


def two_sided_p(a: Arm, b: Arm) -> float | None:
    """Return the chance of such a difference or a larger one between equal subjects; None where there is too little.

    The pooled two-proportion z-test.
    """
    reached, hits = a.reached + b.reached, a.hits + b.hits
    pooled = hits / reached
    fewest = min(a.reached, b.reached) * min(pooled, 1 - pooled)
    if fewest < FEWEST_EXPECTED:
        return None
    spread = math.sqrt(pooled * (1 - pooled) * (1 / a.reached + 1 / b.reached))
    return math.erfc(abs(a.rate - b.rate) / spread / math.sqrt(2))
