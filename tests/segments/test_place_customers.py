"""Who gets which customer: the pure rules."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.placement import Candidate, Need, Placer, Room, fit_of, hours_between, why_no_place

WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)

BERLIN = Candidate(1, "Berta", ("de", "en"), "Europe/Berlin", "DE")
BOSTON = Candidate(2, "Bob", ("en",), "America/New_York", "US")
KATHMANDU = Candidate(3, "Kiran", ("en", "ne"), "Asia/Kathmandu", "NP")


def placed(needs: list[Need], rooms: dict, candidates: tuple[Candidate, ...] = (BERLIN, BOSTON, KATHMANDU)) -> dict:
    return {p.customer: p.person for p in Placer(candidates, rooms, WINTER).place_all(needs)}


def rooms_for(limit: int | None, used: int = 0, tier: str = "low") -> dict:
    return {(c.pk, tier): Room(used, limit) for c in (BERLIN, BOSTON, KATHMANDU)}


@pytest.mark.parametrize(
    ("need", "person"),
    [
        (Need(1, "low", language="de", time_zone="America/New_York"), 1),
        (Need(1, "low", language="de-AT"), 1),
        (Need(1, "low", language="en", time_zone="America/Chicago"), 2),
        (Need(1, "low", language="en", time_zone="Asia/Kolkata"), 3),
        (Need(1, "low", country="US"), 2),
        (Need(1, "low", language="fi", time_zone="Europe/Helsinki"), 1),
        (Need(1, "low"), 1),
    ],
)
def test_language_then_time_then_lowest_id(need: Need, person: int) -> None:
    assert placed([need], rooms_for(80)) == {1: person}


def test_spare_capacity_decides_between_equals() -> None:
    rooms = rooms_for(80) | {(1, "low"): Room(60, 80)}
    assert placed([Need(1, "low")], rooms) == {1: 2}


def test_full_portfolio_gets_nothing_however_well_it_fits() -> None:
    rooms = rooms_for(80) | {(1, "low"): Room(80, 80)}
    assert placed([Need(1, "low", language="de", time_zone="Europe/Berlin")], rooms) == {1: 3}


def test_nobody_is_placed_where_no_place_is_left() -> None:
    assert placed([Need(1, "low")], rooms_for(80, used=80)) == {}
    assert placed([Need(1, "low")], rooms_for(0)) == {}


def test_portfolios_without_limit_fill_evenly() -> None:
    found = placed([Need(n, "low") for n in range(30)], rooms_for(None))
    assert sorted(list(found.values()).count(pk) for pk in (1, 2, 3)) == [10, 10, 10]


def test_reasons_are_told() -> None:
    need = Need(1, "low", language="de", time_zone="Europe/London", country="DE")
    assert fit_of(need, BERLIN, WINTER).why(Room(43, 80), "low") == (
        "speaks German, 1 h apart, same country, 43 of 80 low-touch places used"
    )
    assert fit_of(need, BOSTON, WINTER).why(Room(4, None), "high") == (
        "does not speak German, 5 h apart, 4 high-touch customers, no limit"
    )


@pytest.mark.parametrize(
    ("zone", "candidate", "at", "hours"),
    [
        ("Asia/Kolkata", KATHMANDU, WINTER, 0.25),
        ("Australia/Lord_Howe", BERLIN, WINTER, 10),
        ("Australia/Lord_Howe", BERLIN, SUMMER, 8.5),
        ("America/Sao_Paulo", BOSTON, WINTER, 2),
        ("America/Sao_Paulo", BOSTON, SUMMER, 1),
        # 13 h ahead and 10 h behind: an hour apart by the clock.
        ("Pacific/Auckland", Candidate(9, "Hoku", (), "Pacific/Honolulu"), WINTER, 1),
        ("Nowhere/Else", BERLIN, WINTER, None),
        ("", BERLIN, WINTER, None),
    ],
)
def test_hours_apart_are_those_of_that_moment(
    zone: str, candidate: Candidate, at: datetime, hours: float | None
) -> None:
    assert hours_between(Need(1, "low", time_zone=zone), candidate, at) == hours


def test_country_stands_in_for_an_unknown_zone() -> None:
    assert hours_between(Need(1, "low", country="US"), BOSTON, WINTER) == 0
    assert hours_between(Need(1, "low", country="IN"), BERLIN, WINTER) == 4.5


def test_reason_for_no_place() -> None:
    assert why_no_place("high", []) == "No CSM takes customers."
    assert why_no_place("high", [Room(15, 15), Room(3, 2)]) == "All high-touch places are taken: 18 of 17 with 2 CSMs."
    assert "There is room" in why_no_place("high", [Room(15, 15), Room(3, None)])


needs = st.lists(
    st.builds(
        Need,
        pk=st.integers(1, 10_000),
        tier=st.sampled_from(["high", "low"]),
        language=st.sampled_from(["", "de", "en", "ne", "xx"]),
        time_zone=st.sampled_from(["", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "broken"]),
        country=st.sampled_from(["", "DE", "US", "QQ"]),
    ),
    max_size=40,
    unique_by=lambda need: need.pk,
)
limits = st.lists(st.one_of(st.none(), st.integers(0, 10)), min_size=6, max_size=6)


@given(needs, limits)
def test_no_limit_is_passed_no_place_is_wasted_and_the_answer_is_always_the_same(found: list[Need], each: list) -> None:
    def rooms() -> dict:
        keys = [(c.pk, tier) for c in (BERLIN, BOSTON, KATHMANDU) for tier in ("high", "low")]
        return {key: Room(0, limit) for key, limit in zip(keys, each, strict=True)}

    first = rooms()
    got = placed(found, first)
    assert got == placed(found, rooms())
    for (_, tier), room in first.items():
        assert room.limit is None or room.used <= room.limit
        left = [need for need in found if need.tier == tier and need.pk not in got]
        assert not (left and room.is_free)


@given(needs, limits)
def test_everybody_goes_to_who_ranks_first_at_that_moment(found: list[Need], each: list) -> None:
    keys = [(c.pk, tier) for c in (BERLIN, BOSTON, KATHMANDU) for tier in ("high", "low")]
    rooms = {key: Room(0, limit) for key, limit in zip(keys, each, strict=True)}
    placer = Placer((BERLIN, BOSTON, KATHMANDU), {key: Room(0, room.limit) for key, room in rooms.items()}, WINTER)
    got = {placed.customer: placed.person for placed in placer.place_all(found)}
    for need in found:
        first = Placer((BERLIN, BOSTON, KATHMANDU), rooms, WINTER).ranked(need)[0].candidate.pk
        if rooms[first, need.tier].is_free:
            assert got[need.pk] == first
            rooms[first, need.tier].used += 1
        else:
            assert need.pk not in got
