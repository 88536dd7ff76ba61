"""Which limits can't be met, and why: a plain statement of the guard rails and how many customers each holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from segments.placement import language_name, main_language
from segments.rebalancing.rails import (
    CHANGING,
    LANGUAGE,
    LET_PAST,
    PINNED,
    RENEWAL,
    TAKES_NONE,
    ZONE,
    Nearness,
    reason_to_stay,
    reasons_against,
)
from segments.rebalancing.values import Customer, Move, Problem, Shortfall

FREE = "free"
ALONE = "alone"
# What several rails shut out together, none of them alone.
TOGETHER = "together"


def shortfalls_of(
    problem: Problem, near: Nearness, moves: Sequence[Move], after: Counter[tuple[int, str]]
) -> Iterator[Shortfall]:
    """Yield a shortfall for every limit that is passed after the moves, the worst first."""
    over = {
        (csm.pk, tier): after[csm.pk, tier] - limit
        for csm in problem.csms
        for tier in problem.rails.tiers
        if (limit := csm.limits.get(tier)) is not None and after[csm.pk, tier] > limit
    }
    if not over:
        return
    moved = {move.customer.pk for move in moves}
    staying: dict[tuple[int, str], list[Customer]] = defaultdict(list)
    for customer in problem.customers:
        if customer.csm is not None and (customer.csm, customer.tier) in over and customer.pk not in moved:
            staying[customer.csm, customer.tier].append(customer)
    for (person, tier), count in sorted(over.items(), key=lambda item: (-item[1], item[0])):
        yield Shortfall(person, tier, count, _statement(problem, near, person, tier, count, staying[person, tier]))


def _statement(problem: Problem, near: Nearness, person: int, tier: str, over: int, staying: Iterable[Customer]) -> str:
    reasons: Counter[tuple[str, str]] = Counter(_reason(problem, near, customer) for customer in staying)
    free = reasons.pop((FREE, ""), 0)
    parts = [
        _in_words(problem, reason, detail, count) for (reason, detail), count in sorted(reasons.items(), key=_most)
    ]
    if free:
        rest = "the other " if parts else ""
        could = f"{rest}{free} could move, but everybody who may take {_them(free)} is full"
        parts.append(could)
    csm, why = problem.by_pk[person], ", ".join(parts)
    if csm.takes_none and not csm.limits.get(tier):
        return f"{csm.name} keeps {over} in {tier} touch: {why}."
    return f"{csm.name} is {over} over in {tier} touch: {why}."


def _reason(problem: Problem, near: Nearness, customer: Customer) -> tuple[str, str]:
    """Return what holds the customer: a rail that always does, or one that shuts out everybody else."""
    stays = reason_to_stay(problem, customer)
    if stays:
        return stays, ""
    others = [csm for csm in problem.csms if csm.pk != customer.csm]
    against = [reasons_against(problem, near, customer, csm) for csm in others if not csm.takes_none]
    if not against:
        return (ALONE if not others else TAKES_NONE), ""
    if not all(against):
        return FREE, ""
    for rail in (LANGUAGE, ZONE):
        if all(rail in one for one in against):
            return rail, main_language(customer.language) if rail == LANGUAGE else ""
    return TOGETHER, ""


def _in_words(problem: Problem, reason: str, detail: str, count: int) -> str:
    one = count == 1
    if reason == RENEWAL:
        return f"{count} {'renews' if one else 'renew'} within {problem.rails.renewal_days} days"
    if reason == PINNED:
        return f"{count} {'is' if one else 'are'} pinned"
    if reason == LET_PAST:
        return f"{count} {'was' if one else 'were'} let past the limit by a manager"
    if reason == CHANGING:
        return f"{count} {'is' if one else 'are'} changing {'its' if one else 'their'} tier"
    if reason == LANGUAGE:
        return f"{count} {'speaks' if one else 'speak'} {language_name(detail)} and nobody else does"
    if reason == ZONE:
        return f"for {count} nobody else works near enough"
    if reason == TOGETHER:
        return f"for {count} nobody else speaks the language and works near enough"
    if reason == TAKES_NONE:
        return f"for {count} there is no other CSM who takes customers"
    return f"for {count} there is no other CSM to choose from"


def _most(item: tuple[tuple[str, str], int]) -> tuple[int, tuple[str, str]]:
    return -item[1], item[0]


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
