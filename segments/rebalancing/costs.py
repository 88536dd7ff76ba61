"""What a move costs, in points: how much it disturbs. Hundredths are whole numbers, so that sums are exact."""

from segments.rebalancing.rails import Nearness
from segments.rebalancing.values import Csm, Customer, Problem

POINT = 100
# Every move is a new face for the customer: it outweighs any one thing that makes a move a little better or worse.
A_MOVE = 10 * POINT
# A customer without a CSM loses nobody.
A_FIRST_CSM = 1 * POINT
# Trust grows with time, quickest in the first years: two points a year, up to five years.
A_YEAR_TOGETHER = 2 * POINT
MOST_YEARS = 5
# A customer far above the usual ARR comes near this, the usual one has half of it.
LARGE_ARR = 4 * POINT
# Half a point for an hour between the clocks: a call at seven in the evening instead of at noon is six hours.
AN_HOUR_APART = POINT // 2
FARTHEST_HOURS = 12
# Allowed only where the present CSM does not speak it either.
NO_COMMON_LANGUAGE = 4 * POINT
# Nobody likes to be introduced to a third CSM within a quarter.
MOVED_LATELY = 6 * POINT
DAYS_A_YEAR = 365

DEAREST_MOVE = (
    A_MOVE
    + MOST_YEARS * A_YEAR_TOGETHER
    + LARGE_ARR
    + FARTHEST_HOURS * AN_HOUR_APART
    + NO_COMMON_LANGUAGE
    + MOVED_LATELY
)
# Placing a customer without a CSM is worth moving one other customer to make room, not two.
NOBODY = 2 * DEAREST_MOVE
# With the second aim: what lies between an empty and a full portfolio. A move pays where shares differ by a third.
EVENNESS = 45 * POINT


def cost_of_leaving(problem: Problem, customer: Customer) -> int:
    """Return what it costs the customer to leave its CSM, whoever comes next."""
    cost = A_FIRST_CSM
    if customer.csm is not None:
        cost = A_MOVE
        if customer.held_since is not None:
            days = max(0, (problem.today - customer.held_since).days)
            cost += A_YEAR_TOGETHER * min(days, MOST_YEARS * DAYS_A_YEAR) // DAYS_A_YEAR
        cost += MOVED_LATELY if customer.moved_lately else 0
    # The larger customer is moved later but placed first.
    large = int(LARGE_ARR * max(0.0, customer.arr) / (max(0.0, customer.arr) + problem.usual_arr))
    return cost + (large if customer.csm is not None else LARGE_ARR - large)


def cost_of_arriving(near: Nearness, customer: Customer, target: Csm) -> int:
    """Return what the distance and the language cost with this CSM."""
    apart = near.hours(customer, target)
    cost = 0 if apart is None else round(AN_HOUR_APART * apart)
    return cost + (0 if near.speaks(customer, target) else NO_COMMON_LANGUAGE)


def price_of_excess(csms: int) -> int:
    """Return the price of one customer past a limit: more than every chain of moves that could avoid it."""
    return (csms + 2) * DEAREST_MOVE + NOBODY + EVENNESS + 1
