"""What comes of a scenario, worked out by hand, and what holds for every company and every scenario."""

import dataclasses
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.capacity.figures import worked_out
from segments.capacity.inputs import EventPlan
from segments.scenarios.changes import Changes, Hire, HoursChange, ThresholdKey
from segments.scenarios.company import Company, Move, event_days
from segments.scenarios.outcome import Outcome, grouped
from segments.scenarios.portfolios import NOBODY
from segments.scenarios.working import HIRED_FROM, settled, work_out
from segments.simulation import Sum
from tests.segments.scenarios.making import ANA, BEN, MONDAY, WEEKS, account, company, csm, terms

# 480 minutes a month are 7 / 30.4375 of it a week; a full week of 40 h at 75 % has 30 h for customers.
HIGH_WEEK = 480 * 7 / 30.4375
FULL = 1800


def used(outcome: Outcome, person: int, tier: str = "high") -> int:
    found = outcome.person(person)
    assert found is not None
    return found.capacity.person.customers.get(tier, 0)


def week(number: int) -> date:
    return MONDAY + timedelta(weeks=number)


def held_by(person: int, *pks: int, **fields) -> tuple:
    return tuple(account(pk, person=person, **fields) for pk in pks)


@pytest.fixture
def two() -> Company:
    """Return Ana with 10 and Ben with 8 high-touch customers, 15 places each."""
    portfolio = held_by(ANA, *range(101, 111))
    return company(csm(ANA, "Ana", used={"high": 10}), csm(BEN, "Ben", used={"high": 8}), portfolios={ANA: portfolio})


def test_without_changes_it_is_today(two):
    today = work_out(two, Changes())
    assert [one.capacity for one in today.people] == list(worked_out(two.inputs).people)
    assert today.near.promised == pytest.approx(4 * 18 * HIGH_WEEK)
    assert today.near.available == 4 * 2 * FULL
    assert (today.unassigned, today.shortage.people, today.moving, today.handed_over) == (Sum(), 0, Sum(), 0)


def test_who_leaves_is_replaced_as_far_as_places_reach(two):
    found = work_out(two, Changes(leaving={ANA: week(2)}))
    assert (used(found, ANA), used(found, BEN)) == (0, 15)
    assert found.left["high"].total == Sum(3, Decimal(360))
    assert found.left["high"].why == "All high-touch places are taken: 15 of 15 with 1 CSM."
    assert found.handed_over == 10
    assert len(found.going_from(ANA)) == 10
    assert [place.week for place in found.coming_to(BEN)] == [2] * 7
    assert found.csms == 1


def test_the_hours_follow_the_portfolio_from_the_week_on(two):
    found = work_out(two, Changes(leaving={ANA: week(2)}))
    ana, ben = found.people
    assert [round(one.promised) for one in ana.capacity.weeks[:3]] == [round(10 * HIGH_WEEK)] * 2 + [0]
    assert [one.available for one in ana.capacity.weeks[:3]] == [FULL, FULL, 0]
    assert [round(one.promised) for one in ben.capacity.weeks[1:3]] == [round(8 * HIGH_WEEK), round(15 * HIGH_WEEK)]
    assert [round(one.waiting) for one in found.weeks[1:3]] == [0, round(3 * HIGH_WEEK)]
    # Everybody's customers take 1,987 minutes a week, and Ben alone has 1,800.
    assert found.shortage.first == week(2)
    assert found.shortage.minutes == pytest.approx(18 * HIGH_WEEK - FULL)
    assert (found.shortage.people, found.shortage.weeks) == (1, WEEKS - 2)


def test_who_is_hired_gets_customers_from_the_first_week_on(two):
    found = work_out(two, Changes(leaving={ANA: week(2)}, hires=(Hire(1, week(4)),)))
    new = found.person(HIRED_FROM + 1)
    assert new is not None
    assert (new.name, new.is_new, new.starts) == ("New CSM 1", True, week(4))
    assert used(found, HIRED_FROM + 1) == 3
    assert found.unassigned == Sum()
    assert [one.available for one in new.capacity.weeks[3:5]] == [0, FULL]
    # Short for the two weeks between.
    assert (found.shortage.weeks, found.shortage.first) == (2, week(2))


def test_several_alike_are_told_apart_by_number(two):
    hires = (Hire(2, week(0), name="Berlin"), Hire(1, week(0), name="Ana"), Hire(1, week(0)))
    names = [one.name for one in work_out(two, Changes(hires=hires)).people if one.is_new]
    assert names == ["Berlin 1", "Berlin 2", "Ana (new)", "New CSM 4"]


def test_who_works_half_has_half_the_places_unless_told_otherwise(two):
    hires = (Hire(1, week(0), 1200), Hire(1, week(0), 1200, limits={"high": 2}), Hire(1, week(0), 3000))
    found = work_out(two, Changes(hires=hires))
    limits = [dict(one.capacity.person.limits) for one in found.people if one.is_new]
    assert limits == [
        {"high": 7, "low": 40, "tech": None},
        {"high": 2, "low": 40, "tech": None},
        {"high": 15, "low": 80, "tech": None},
    ]


def test_a_shorter_week_shrinks_holidays_and_absences_with_it():
    person = csm(ANA, "Ana", working=(2400, 1920) + (2400,) * 11, free=(2400, 1920, 480) + (2400,) * 10)
    found = work_out(company(person), Changes(hours={ANA: HoursChange(week(1), 1200)}))
    assert [one.available / 0.75 for one in found.people[0].capacity.weeks[:4]] == [2400, 960, 240, 1200]


def test_somebody_without_hours_may_get_some():
    found = work_out(company(csm(ANA, "Ana", week=0)), Changes(hours={ANA: HoursChange(week(1), 1200)}))
    assert [one.available for one in found.people[0].capacity.weeks[:2]] == [0, 900]


def test_limits_hold_for_who_comes_next_and_own_limits_stay():
    waiting = tuple(account(pk, mrr=Decimal(pk)) for pk in range(1, 7))
    own = csm(BEN, "Ben", limits={"high": 1, "low": 80, "tech": None})
    full = company(
        csm(ANA, "Ana", limits={"high": 2, "low": 80, "tech": None}),
        own,
        own_limits=frozenset({(BEN, "high")}),
        waiting=waiting,
        terms=terms(limits={"high": 2, "low": 80, "tech": None}),
    )
    assert work_out(full, Changes()).unassigned.customers == 3
    found = work_out(full, Changes(limits={"high": 3}))
    assert (used(found, ANA), used(found, BEN), found.unassigned.customers) == (3, 1, 2)
    # The smallest wait on.
    assert [one.pk for one in found.left["high"].accounts] == [2, 1]
    assert work_out(full, Changes(own_limits={(BEN, "high"): 4})).unassigned.customers == 0
    lowered = work_out(full, Changes(limits={"high": 0}))
    assert (lowered.unassigned.customers, used(lowered, ANA)) == (5, 0)


def test_a_lowered_limit_leaves_portfolios_as_they_are(two):
    found = work_out(two, Changes(limits={"high": 5}))
    assert (used(found, ANA), used(found, BEN), found.handed_over) == (10, 8, 0)
    assert [one.name for one in found.past_limit] == ["Ana", "Ben"]


def test_hours_a_customer_and_the_target_change_the_load(two):
    found = work_out(two, Changes(planned_minutes={"high": 960}, utilisation_target=50))
    assert found.near.promised == pytest.approx(4 * 18 * 2 * HIGH_WEEK)
    assert found.near.available == 4 * 2 * 1200
    assert [one.name for one in found.overloaded] == ["Ana", "Ben"]
    # 3,974 minutes a week against 2,400: two more who give 1,200 each.
    assert found.shortage.people == 2


def test_events_move_with_the_customer():
    # The renewal on the 15th takes 140 minutes over the 14 days before: all of the weeks 1 and a day of the week 3.
    renewing = account(101, person=ANA, renews_on=date(2026, 12, 15))
    ana = csm(ANA, "Ana", used={"high": 1}, event_days={("renewal", "high"): (0, 6, 7, 1) + (0,) * 9})
    pair = company(ana, csm(BEN, "Ben"), portfolios={ANA: (renewing,)})
    found = work_out(pair, Changes(leaving={ANA: week(2)}))
    renewals = [[one.capacity.weeks[number].causes.get("renewal", 0) for number in range(4)] for one in found.people]
    assert renewals == [[0, 60, 0, 0], [0, 0, 70, 10]]
    longer = work_out(pair, Changes(event_minutes={("renewal", "high"): 280, ("onboarding", "low"): 60}))
    assert [longer.people[0].capacity.weeks[number].causes["renewal"] for number in range(4)] == [0, 120, 140, 20]


def test_an_event_without_terms_today_can_be_planned():
    begun = account(1, "low", stage="onboarding", signed_up_on=MONDAY)
    found = work_out(company(csm(ANA, "Ana"), waiting=(begun,)), Changes(event_minutes={("onboarding", "low"): 280}))
    assert [found.people[0].capacity.weeks[number].causes["onboarding"] for number in (0, 3, 4)] == [70, 70, 0]


def test_what_a_leaver_had_booked_has_to_be_given_by_somebody():
    ana = csm(ANA, "Ana", other_demand={"hours": (60.0,) * WEEKS})
    found = work_out(company(ana, csm(BEN, "Ben")), Changes(leaving={ANA: week(1)}))
    assert [one.waiting for one in found.weeks[:3]] == [0, 60, 60]
    assert [one.promised for one in found.weeks[:3]] == [60, 60, 60]


def test_tier_moves_follow_the_rules_of_real_ones():
    ana = csm(ANA, "Ana", used={"high": 2, "low": 3}, limits={"high": 2, "low": 3, "tech": None})
    accounts = {
        "to_low": account(1, "high", ANA, mrr=Decimal(10)),
        "to_high": account(2, "low", ANA, mrr=Decimal(90)),
        "also_to_high": account(3, "low", ANA, mrr=Decimal(80)),
        "to_tech": account(4, "low", ANA),
        "new": account(5, "tech", mrr=Decimal(70)),
    }
    moves = [
        Move(accounts["to_low"], "low"),
        Move(accounts["to_high"], "high", needs_approval=True),
        Move(accounts["also_to_high"], "high"),
        Move(accounts["to_tech"], "tech"),
        Move(accounts["new"], "low", waits_today=True),
    ]
    before = company(ana, csm(BEN, "Ben", limits={"high": 1, "low": 0, "tech": None}), totals={"high": Sum(2, 240)})
    found = work_out(before, Changes(), moves)
    # Two change places with Ana; the third goes to Ben, the fourth has no CSM any more, the fifth takes a free place.
    assert (used(found, ANA, "high"), used(found, ANA, "low")) == (2, 2)
    assert [one.account.pk for one in found.coming_to(BEN)] == [3]
    assert [one.account.pk for one in found.coming_to(ANA)] == [5]
    assert (found.handed_over, found.released_to_tech) == (2, 1)
    assert (found.moving.customers, found.needing_approval.customers, found.waits_today) == (5, 1, 1)
    assert {(flow.from_tier, flow.to_tier): flow.total.customers for flow in found.flows} == {
        ("low", "high"): 2,
        ("high", "low"): 1,
        ("low", "tech"): 1,
        ("tech", "low"): 1,
    }
    assert found.totals["high"].customers == 3


def test_what_is_gone_is_told_and_left_out(two):
    key = ThresholdKey("Large", "arr", "gte")
    changes = Changes(thresholds={key: Decimal(1)}, leaving={ANA: week(1), 99: week(1)}, own_limits={(98, "low"): 3})
    left, sentences = settled(two, changes)
    assert left == Changes(leaving={ANA: week(1)})
    assert sentences == [
        "Somebody in it is not a CSM any more; the scenario goes on without that change.",
        "Somebody in it is not a CSM any more; the scenario goes on without that change.",
        "The rule “Large” does not ask for this number any more; the scenario goes on without that threshold.",
    ]


def test_people_are_summed_to_teams(two):
    found = grouped("North", work_out(two, Changes()).people)
    assert (found.people, found.customers["high"], found.arr) == (2, 18, Decimal(120) * 18)
    assert found.near.available == 4 * 2 * FULL
    assert len(found.weeks) == WEEKS


# --- what always holds ----------------------------------------------------------------------------
limits = st.none() | st.integers(0, 6)
tiers = st.sampled_from(["high", "low"])
days = st.none() | st.integers(-40, 120).map(lambda number: MONDAY + timedelta(days=number))


def _summed_days(accounts: tuple, events: dict) -> dict:
    summed: dict = {}
    for one in accounts:
        for kind, found in event_days(one, one.tier, events, MONDAY, WEEKS).items():
            summed[kind] = tuple(a + b for a, b in zip(summed.get(kind, (0,) * WEEKS), found, strict=True))
    return summed


@st.composite
def companies(draw) -> Company:
    numbers = iter(range(101, 1000))

    def accounts(person: int | None, most: int) -> tuple:
        return tuple(
            account(
                next(numbers),
                draw(tiers),
                person,
                mrr=Decimal(draw(st.integers(0, 9))),
                renews_on=draw(days),
                stage=draw(st.sampled_from(["adoption", "onboarding"])),
                signed_up_on=draw(days),
            )
            for _ in range(draw(st.integers(0, most)))
        )

    people, portfolios = [], {}
    events = {("renewal", "high"): EventPlan(140, 2), ("onboarding", "low"): EventPlan(70, 1)}
    for pk in range(1, draw(st.integers(1, 4)) + 1):
        mine = accounts(pk, 6)
        portfolios[pk] = mine
        person = csm(
            pk,
            f"CSM {pk}",
            used=Counter(one.tier for one in mine),
            week=draw(st.sampled_from([0, 1200, 2400])),
            limits={"high": draw(limits), "low": draw(limits), "tech": None},
        )
        arr = {tier: sum((one.arr for one in mine if one.tier == tier), Decimal(0)) for tier in ("high", "low")}
        people.append(dataclasses.replace(person, arr_by_tier=arr, event_days=_summed_days(mine, events)))
    own = frozenset((person.person_id, tier) for person in people for tier in ("high", "low"))
    return company(
        *people,
        portfolios=portfolios,
        waiting=accounts(None, 8),
        own_limits=own,
        terms=terms(events=events),
    )


weeks = st.integers(0, WEEKS - 1).map(week)
hires = st.lists(
    st.builds(Hire, st.integers(1, 3), weeks, st.sampled_from([600, 2400]), limits=st.just({}) | st.just({"high": 1})),
    max_size=2,
).map(tuple)


@st.composite
def scenarios(draw) -> Changes:
    return Changes(
        leaving=draw(st.dictionaries(st.integers(1, 4), weeks, max_size=3)),
        own_limits=draw(st.dictionaries(st.tuples(st.integers(1, 4), tiers), st.integers(0, 6), max_size=3)),
        planned_minutes=draw(st.dictionaries(tiers, st.integers(0, 900), max_size=2)),
        hires=draw(hires),
    )


@st.composite
def tier_moves(draw, found: Company) -> list[Move]:
    everybody = [one for portfolio in found.portfolios.values() for one in portfolio] + list(found.waiting)
    chosen = draw(st.lists(st.sampled_from(everybody), max_size=6, unique_by=lambda one: one.pk)) if everybody else []
    return [Move(one, draw(st.sampled_from([t for t in ("high", "low", "tech") if t != one.tier]))) for one in chosen]


def customers_in(outcome: Outcome) -> int:
    return sum(one.capacity.customers for one in outcome.people) + outcome.unassigned.customers


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_nobody_is_lost_and_no_limit_is_passed(data):
    before = data.draw(companies())
    changes, _ = settled(before, data.draw(scenarios()))
    moves = data.draw(tier_moves(before))
    found = work_out(before, changes, moves)
    to_tech = sum(1 for move in moves if move.to_tier == "tech")
    assert customers_in(found) == customers_in(work_out(before, Changes())) - to_tech
    for one in found.people:
        was = next((p.customers for p in before.inputs.people if p.person_id == one.person_id), {})
        for tier in ("high", "low"):
            limit, now = one.capacity.person.limits[tier], used(found, one.person_id, tier)
            assert limit is None or now <= max(limit, was.get(tier, 0))
            assert now >= 0
        assert one.leaves is None or one.capacity.customers == 0
        assert all(hours.promised >= -1e-6 for hours in one.capacity.weeks)
    assert all(place.person != NOBODY or place.tier in ("high", "low") for place in (found.places or {}).values())


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_hires_never_leave_more_customers_without_a_csm(data):
    before = data.draw(companies())
    changes, _ = settled(before, data.draw(scenarios()))
    moves = data.draw(tier_moves(before))
    fewer = work_out(before, dataclasses.replace(changes, hires=changes.hires[:1]), moves)
    more = work_out(before, changes, moves)
    for tier in ("high", "low"):
        assert more.left[tier].total.customers <= fewer.left[tier].total.customers


@settings(max_examples=50, deadline=None)
@given(companies())
def test_changes_to_what_is_already_so_change_nothing(before):
    same = Changes(
        planned_minutes={"high": 480, "low": 90},
        utilisation_target=75,
        event_minutes={("renewal", "high"): 140},
        own_limits={
            (person.person_id, tier): person.limits[tier]
            for person in before.inputs.people
            for tier in ("high", "low")
            if person.limits[tier] is not None
        },
        hours={person.person_id: HoursChange(MONDAY, person.working[0]) for person in before.inputs.people},
    )
    today, found = work_out(before, Changes()), work_out(before, same)
    assert found.people == today.people
    assert (found.weeks, found.left, found.totals) == (today.weeks, today.left, today.totals)
