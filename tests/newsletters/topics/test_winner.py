"""Which subject is the better one: known figures of the two-proportion test, and what keeps it from being fooled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.rules.winner import Arm, outcome_of, two_sided_p


def test_that_the_test_gives_the_known_probability() -> None:
    # 50 of 500 against 75 of 500: pooled 0.125, z = -2.390..., two-sided 0.0168.
    assert two_sided_p(Arm(500, 50), Arm(500, 75)) == pytest.approx(0.01683, abs=5e-5)
    # 40 of 300 against 45 of 310: no difference to speak of.
    assert two_sided_p(Arm(300, 40), Arm(310, 45)) == pytest.approx(0.67323, abs=5e-5)


@pytest.mark.parametrize(
    ("a", "b", "goes_on", "is_clear"),
    [
        (Arm(500, 50), Arm(500, 75), "b", True),
        (Arm(500, 75), Arm(500, 50), "a", True),
        (Arm(500, 50), Arm(500, 55), "a", False),
        (Arm(500, 50), Arm(500, 50), "a", False),
        # All of few: large, but far too few to mean anything.
        (Arm(5, 0), Arm(5, 5), "a", False),
        (Arm(1000, 0), Arm(1000, 4), "a", False),
        (Arm(0, 0), Arm(1000, 400), "a", False),
        (Arm(0, 0), Arm(0, 0), "a", False),
        (Arm(100, 100), Arm(100, 100), "a", False),
    ],
)
def test_which_subject_goes_on(a: Arm, b: Arm, goes_on: str, is_clear: bool) -> None:
    outcome = outcome_of(a, b)
    assert (outcome.goes_on, outcome.is_clear) == (goes_on, is_clear)
    assert outcome.why.endswith(".")


def test_that_more_hits_than_recipients_are_refused() -> None:
    with pytest.raises(ValueError, match="more hits"):
        outcome_of(Arm(5, 6), Arm(5, 0))


arms = st.integers(0, 20_000).flatmap(lambda n: st.builds(Arm, st.just(n), st.integers(0, n)))


@given(arms, arms)
@settings(max_examples=100)
def test_that_a_clear_winner_is_the_better_one_whichever_comes_first(a: Arm, b: Arm) -> None:
    outcome, swapped = outcome_of(a, b), outcome_of(b, a)
    assert outcome.is_clear is swapped.is_clear
    assert outcome.p == swapped.p
    if outcome.is_clear:
        assert {outcome.goes_on, swapped.goes_on} == {"a", "b"}
        assert (a.rate > b.rate) is (outcome.goes_on == "a")
    else:
        assert outcome.goes_on == swapped.goes_on == "a"
