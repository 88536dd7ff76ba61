"""The arithmetic of capacity on plain values, each figure worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from segments.capacity.figures import Balance, State, state_of, worked_out
from segments.capacity.inputs import CapacityInput, EventPlan, PersonInput, Terms, mondays, planning_monday

MONDAY = date(2026, 11, 23)
TERMS = Terms(
    utilisation_target=75,
    days_without_contact=90,
    planned_minutes={"high": 480, "low": 90, "tech": 0},
    limits={"high": 15, "low": 80, "tech": None},
    events={("renewal", "high"): EventPlan(360, 4), ("onboarding", "low"): EventPlan(180, 6)},
)


def person(**fields: object) -> PersonInput:
    """Return a CSM of forty free hours a week."""
    return PersonInput(**{"person_id": 1, "name": "Ann", "working": (2400, 2400), "free": (2400, 2400), **fields})  # type: ignore[arg-type]


def team(*people: PersonInput, weeks: int = 2) -> CapacityInput:
    """Return the inputs of these people."""
    return CapacityInput(MONDAY, MONDAY, weeks, TERMS, people)


def test_ordinary_week_is_a_part_of_a_month_of_a_twelfth_year() -> None:
    [ann] = worked_out(team(person(customers={"high": 10, "low": 4, "tech": 7}))).people
    # 10 x 480 + 4 x 90 = 5160 minutes a month; a month of 365.25 / 12 = 30.4375 days has 4.348214 weeks.
    assert ann.weeks[0].promised == pytest.approx(5160 * 7 / 30.4375)
    assert round(ann.weeks[0].promised, 3) == 1186.694
    assert ann.weeks[0].available == 1800
    assert ann.weeks[0].state == State.FITS


def test_events_come_on_top_by_their_days_in_the_week() -> None:
    events = {("renewal", "high"): (7, 3), ("onboarding", "low"): (0, 14), ("renewal", "low"): (7, 7)}
    [ann] = worked_out(team(person(event_days=events))).people
    # 360 minutes over 28 days: 7 days are 90 minutes, 3 days 270/7. 180 minutes over 42 days: 14 days are an hour.
    assert ann.weeks[0].causes["renewal"] == 90
    assert ann.weeks[1].causes["renewal"] == pytest.approx(270 / 7)
    assert [week.causes["onboarding"] for week in ann.weeks] == [0, 60]
    assert ann.whole.promised == pytest.approx(90 + 270 / 7 + 60)


def test_higher_apps_demand_counts_once_beside_the_customers() -> None:
    [ann] = worked_out(team(person(customers={"high": 1}, other_demand={"hours": (120.0, 0.0)}))).people
    assert ann.weeks[0].promised - ann.weeks[1].promised == pytest.approx(120)


def test_who_is_no_csm_any_more_has_no_time_to_give() -> None:
    figures = worked_out(team(person(is_csm=False, customers={"high": 1}), person(person_id=2)))
    gone, there = figures.people
    assert (gone.near.available, there.near.available) == (0, 3600)
    assert gone.weeks[0].state == State.OVER
    assert gone.weeks[0].utilisation is None
    assert there.weeks[0].state == State.FITS
    assert figures.limits == {"high": None, "low": None, "tech": None}


def test_team_is_the_sum_of_its_people() -> None:
    ann = person(customers={"high": 2}, arr_by_tier={"high": Decimal(1200)}, limits=TERMS.limits)
    own = {**TERMS.limits, "low": 6}
    bob = person(person_id=2, customers={"low": 5}, arr_by_tier={"low": Decimal(600)}, limits=own)
    figures = worked_out(team(ann, bob))
    assert figures.customers == {"high": 2, "low": 5, "tech": 0}
    assert figures.arr == 1800
    assert figures.limits == {"high": 30, "low": 86, "tech": None}
    for number, week in enumerate(figures.weeks):
        assert week.promised == pytest.approx(sum(one.weeks[number].promised for one in figures.people))
        assert week.promised == pytest.approx(sum(week.causes.values()))
    assert figures.near.available == sum(one.near.available for one in figures.people) == 7200


@pytest.mark.parametrize(
    ("promised", "available", "state"),
    [
        (0, 0, State.IDLE),
        (0, 60, State.FITS),
        (53.9, 60, State.FITS),
        (54, 60, State.TIGHT),
        (60, 60, State.TIGHT),
        (60.1, 60, State.OVER),
        (1, 0, State.OVER),
    ],
)
def test_state_says_whether_it_fits(promised: float, available: float, state: State) -> None:
    assert state_of(promised, available) == state


def test_what_is_short_is_never_also_left() -> None:
    assert (Balance(100, 60).short, Balance(100, 60).room) == (40, 0)
    assert (Balance(60, 100).short, Balance(60, 100).room) == (0, 40)


def test_planning_looks_at_the_next_week_from_saturday_on() -> None:
    assert planning_monday(date(2026, 11, 20)) == date(2026, 11, 16)
    assert planning_monday(date(2026, 11, 21)) == date(2026, 11, 23)
    assert planning_monday(date(2026, 11, 23)) == date(2026, 11, 23)
    assert mondays(MONDAY, 2) == (date(2026, 11, 23), date(2026, 11, 30))
