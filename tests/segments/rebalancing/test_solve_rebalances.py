"""The pure model: limits first, then the least disturbance, and no guard rail is ever broken."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from segments.rebalancing import Customer, Problem, solve
from segments.rebalancing.costs import NOBODY, POINT, cost_of_arriving, cost_of_leaving
from segments.rebalancing.rails import Nearness, broken_rails
from tests.segments.rebalancing.problems import TODAY, csm, customers, problem, problems

quickly = settings(max_examples=80, deadline=None)


# --- by hand ------------------------------------------------------------------------------------
def test_the_overload_goes_where_there_is_room() -> None:
    found = solve(problem([csm(1, "Dana", 3), csm(2, "Ana", 9)], customers(1, 5, first=10), customers(2, 1, first=20)))
    assert [(move.source, move.target) for move in found.moves] == [(1, 2), (1, 2)]
    assert found.after == {(1, "high"): 3, (2, "high"): 3}
    assert not found.shortfalls
    why = found.moves[0].why
    assert "Dana has 5 high-touch customers, the limit is 3" in why
    assert "Ana: speaks English, same time of day, 1 → 3 of 9" in why
    assert "together for 12 months" in why


def test_nobody_moves_while_everybody_is_within_limits() -> None:
    assert solve(problem([csm(1, "Dana", 5), csm(2, "Ana", 9)], customers(1, 5, first=10))).moves == ()


def test_short_and_small_relationships_are_broken_first() -> None:
    long = customers(1, 1, first=10, held_since=TODAY - timedelta(days=2_000))
    large = customers(1, 1, first=11, arr=900_000.0)
    bounced = customers(1, 1, first=12, moved_lately=True)
    other = customers(1, 1, first=13)
    found = solve(problem([csm(1, "Dana", 3), csm(2, "Ana", 9)], long, large, bounced, other))
    assert [move.customer.pk for move in found.moves] == [13]


def test_a_full_colleague_hands_on_to_a_third() -> None:
    # Only Ken speaks Japanese, so he makes room by giving an English customer to Ana.
    dana, ken = csm(1, "Dana", 1, "en", "ja"), csm(2, "Ken", 2, "en", "ja")
    groups = (customers(1, 2, first=10, language="ja"), customers(2, 2, first=20))
    found = solve(problem([dana, ken, csm(3, "Ana", 1)], *groups))
    assert [(move.customer.pk, move.source, move.target) for move in found.moves] == [(10, 1, 2), (20, 2, 3)]
    assert "Makes room with Ken" in found.moves[1].why


def test_customers_without_a_csm_are_placed_after_limits_are_kept() -> None:
    people = [csm(1, "Dana", 2), csm(2, "Ana", 1)]
    found = solve(problem(people, customers(1, 3, first=10), customers(None, 2, first=30)))
    assert [(move.customer.pk, move.target) for move in found.moves] == [(10, 2)]
    assert found.unplaced == {"high": 2}
    roomier = solve(problem([people[0], csm(2, "Ana", 2)], customers(1, 3, first=10), customers(None, 2, first=30)))
    assert Counter(move.source for move in roomier.moves) == {1: 1, None: 1}
    assert roomier.unplaced == {"high": 1}


def test_evening_out_is_a_second_aim_only() -> None:
    people = [csm(1, "Dana", 20), csm(2, "Ana", 20)]
    groups = customers(1, 18, first=10, held_since=TODAY)
    assert solve(problem(people, groups)).moves == ()
    found = solve(problem(people, groups, even_out=True))
    assert 4 <= len(found.moves) <= 9
    assert "Evens out" in found.moves[0].why


def test_a_portfolio_that_is_given_over_is_emptied() -> None:
    dana = csm(1, "Dana", 0, takes_none="gives the portfolio over")
    found = solve(problem([dana, csm(2, "Ana", 9)], customers(1, 3, first=10), emptied=(1,)))
    assert len(found.moves) == 3
    assert found.moves[0].why.startswith("Dana gives the portfolio over")


def test_what_cannot_be_met_is_said_plainly() -> None:
    dana, ana = csm(1, "Dana", 2, "en", "ja"), csm(2, "Ana", 1)
    found = solve(
        problem(
            [dana, ana],
            customers(1, 3, first=10, renews_on=TODAY + timedelta(days=20)),
            customers(1, 1, first=20, language="ja"),
            customers(1, 1, first=30, is_pinned=True),
            customers(1, 3, first=40),
        )
    )
    assert len(found.moves) == 1
    assert [one.text for one in found.shortfalls] == [
        "Dana is 5 over in high touch: 3 renew within 60 days, 1 speaks Japanese and nobody else does, 1 is pinned,"
        " the other 2 could move, but everybody who may take them is full."
    ]


def test_nobody_else_takes_customers() -> None:
    found = solve(problem([csm(1, "Dana", 1), csm(2, "Ana", 9, takes_none="is away")], customers(1, 2, first=10)))
    assert found.shortfalls[0].text == "Dana is 1 over in high touch: for 2 there is no other CSM who takes customers."


def test_an_overdue_renewal_counts_as_near() -> None:
    late = customers(1, 2, first=10, renews_on=TODAY - timedelta(days=5))
    assert solve(problem([csm(1, "Dana", 1), csm(2, "Ana", 9)], late)).moves == ()


def test_without_anybody_there_is_nothing_to_do() -> None:
    found = solve(problem([]))
    assert (found.moves, found.shortfalls) == ((), ())


# --- for every problem --------------------------------------------------------------------------
@quickly
@given(problems(most_csms=6, most_customers=25, tiers=("high", "low")))
def test_every_customer_is_there_once_and_no_rail_is_broken(given_problem: Problem) -> None:
    found = solve(given_problem)
    moved = [move.customer.pk for move in found.moves]
    assert len(moved) == len(set(moved))
    expected = Counter(given_problem.before)
    for move in found.moves:
        assert move.source == move.customer.csm != move.target
        assert broken_rails(given_problem, move.customer, given_problem.by_pk[move.target]) == []
        expected[move.target, move.customer.tier] += 1
        if move.source is not None:
            expected[move.source, move.customer.tier] -= 1
    assert +Counter(found.after) == +expected
    assert sum(found.after.values()) + sum(found.unplaced.values()) == len(given_problem.customers)


@quickly
@given(problems(most_csms=5, most_customers=20, tiers=("high", "low")))
def test_the_same_problem_has_the_same_answer_in_any_order(given_problem: Problem) -> None:
    turned = replace(given_problem, csms=given_problem.csms[::-1], customers=given_problem.customers[::-1])
    first, second = solve(given_problem), solve(turned)
    assert sorted(first.moves, key=str) == sorted(second.moves, key=str)
    assert first.shortfalls == second.shortfalls


@quickly
@given(problems(most_csms=3, most_customers=5))
def test_no_other_choice_is_better(given_problem: Problem) -> None:
    """Compare with every choice there is: fewest past limits, and without the second aim the least disturbance."""
    found = solve(given_problem)
    over, price = _by_brute_force(given_problem)
    assert sum(one.over for one in found.shortfalls) == over == _over(given_problem, found.after)
    if not given_problem.rails.even_out:
        paid = round(sum(move.cost for move in found.moves) * POINT) + NOBODY * sum(found.unplaced.values())
        assert paid == price


def _by_brute_force(given_problem: Problem) -> tuple[int, int]:
    """Return the fewest customers past limits that any choice leaves, and the least cost among those choices."""
    near = Nearness(given_problem.at)
    choices = [_choices(given_problem, near, one) for one in given_problem.customers]
    best = (10**9, 10**9)
    for chosen in itertools.product(*choices):
        after = Counter((csm_pk, "high") for csm_pk, _ in chosen if csm_pk is not None)
        best = min(best, (_over(given_problem, after), sum(cost for _, cost in chosen)))
    return best


def _choices(given_problem: Problem, near: Nearness, customer: Customer) -> list[tuple[int | None, int]]:
    stays = (customer.csm, 0 if customer.csm is not None else NOBODY)
    leaving = cost_of_leaving(given_problem, customer)
    return [stays] + [
        (one.pk, leaving + cost_of_arriving(near, customer, one))
        for one in given_problem.csms
        if one.pk != customer.csm and not broken_rails(given_problem, customer, one)
    ]


def _over(given_problem: Problem, after: Counter) -> int:
    limits = {one.pk: one.limits["high"] for one in given_problem.csms}
    return sum(max(0, used - limits[pk]) for (pk, _), used in after.items() if limits[pk] is not None)
