"""Who should move so that everybody is within limits: plain values, guard rails, a solver, and words for what it found.

Nothing here knows the database; `segments.queries.rebalances` makes the `Problem`, `solve` returns the `Solution`.
"""

from segments.rebalancing.solving import solve
from segments.rebalancing.values import Csm, Customer, Move, Problem, Rails, Shortfall, Solution

__all__ = ["Csm", "Customer", "Move", "Problem", "Rails", "Shortfall", "Solution", "solve"]
