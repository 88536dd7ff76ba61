"""A scenario in words: one plain sentence first, differences that say which way, changes beside what is so today."""

from datetime import timedelta

import pytest

from segments.scenarios.changes import Changes, Hire, HoursChange
from segments.scenarios.sentences import Speaker
from segments.scenarios.working import work_out
from tests.segments.scenarios.making import ANA, BEN, MONDAY, account, company, csm

SPEAKER = Speaker("en", "USD")


@pytest.fixture
def two():
    """Return Ana with 10 and Ben with 8 high-touch customers, of 1,104 and 883 minutes a week against 1,800 each."""
    portfolio = tuple(account(pk, person=ANA) for pk in range(101, 111))
    return company(csm(ANA, "Ana", used={"high": 10}), csm(BEN, "Ben", used={"high": 8}), portfolios={ANA: portfolio})


def said(two, changes: Changes) -> tuple[str, str]:
    today, then = work_out(two, Changes()), work_out(two, changes)
    return SPEAKER.headline(then, today), SPEAKER.moves(then, today)


def test_all_is_well(two):
    assert said(two, Changes()) == (
        "All customers together fit into the hours there are, in all 13 weeks.",
        "Nobody changes tier or CSM. Every high- and low-touch customer has a CSM.",
    )


def test_a_shortage_says_since_when_and_how_much(two):
    # 1,987 minutes a week against Ben's 1,800: 187 are missing, so 4 hours rounded up.
    assert said(two, Changes(leaving={ANA: MONDAY + timedelta(weeks=2)})) == (
        "1 CSM short from the week of Dec 7, 2026 on: in the worst week 4 hours are missing. Today nobody is missing.",
        "10 customers lose or change their CSM. 3 customers stay without a CSM, 3 more than today.",
    )


def test_a_shortage_that_ends_says_so(two):
    changes = Changes(leaving={ANA: MONDAY}, hires=(Hire(1, MONDAY + timedelta(weeks=1)),))
    assert said(two, changes)[0].startswith("1 CSM short in the week of Nov 23, 2026: ")


def test_who_is_overloaded_beside_others_with_room_is_told(two):
    changes = Changes(hours={ANA: HoursChange(MONDAY, 1200)})
    assert said(two, changes)[0] == (
        "All customers together fit into the hours there are, in all 13 weeks; but 1 CSM has more promised than time, "
        "while others have room. Today nobody has too much."
    )


@pytest.mark.parametrize(
    ("value", "before", "unit", "words"),
    [
        (3, 3, "", "as today"),
        (4, 3, "", "1 more"),
        (1, 3, "", "2 fewer"),
        (91, 92, "point", "1 point less"),
        (1195, 0, "h", "1,195 h more"),
    ],
)
def test_differences_say_which_way(value: int, before: int, unit: str, words: str):
    assert SPEAKER.difference(value, before, unit) == words


def test_changes_stand_beside_what_is_so_today(two):
    changes = Changes(
        limits={"high": 12},
        planned_minutes={"low": 150},
        event_minutes={("renewal", "high"): 60, ("onboarding", "low"): 30},
        utilisation_target=80,
        own_limits={(BEN, "low"): 5},
        leaving={ANA: MONDAY},
        hires=(Hire(2, MONDAY, 1200, languages=("de", "pl"), limits={"low": 30, "high": 0}),),
    )
    words = [one.words for one in SPEAKER.changes(changes, two, lambda person: {ANA: "Ana", BEN: "Ben"}[person])]
    assert words == [
        "12 high-touch customers a CSM instead of 15",
        "2.5 h a low-touch customer and month instead of 1.5 h",
        "1 h for the renewal of a high-touch customer instead of 2.33 h",
        "0.5 h for the onboarding of a low-touch customer instead of 0 h",
        "80% of working time for customers instead of 75%",
        "Ana leaves from the week of Nov 23, 2026 on",
        "Ben takes up to 5 low-touch customers",
        "2 new CSMs from the week of Nov 23, 2026 on, 20 h a week, speaking German and Polish, "
        "at most 0 high touch, at most 30 low touch",
    ]
