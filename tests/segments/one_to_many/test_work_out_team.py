"""The rules behind "do we need a one-to-many team?": worked examples, and what must hold of any company."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.one_to_many.rules import (
    HOUR,
    Answer,
    Plan,
    Team,
    Terms,
    answer,
    attention_of,
    by_queue,
    lighter,
    people_for,
    quarter_of,
    with_webinars,
)

USUAL = Terms(attention_minutes=60, webinar_seats=40, webinar_minutes=240, webinar_share=60)
# 13 weeks of 40 hours at three quarters.
PERSON = 390 * HOUR

terms = st.builds(
    Terms,
    attention_minutes=st.integers(0, 2_000),
    webinar_seats=st.integers(0, 500),
    webinar_minutes=st.integers(0, 2_000),
    webinar_share=st.integers(0, 100),
)
customers = st.integers(0, 200_000)
quick = settings(max_examples=60, deadline=None)


def test_a_thousand_customers_are_worked_out_by_hand():
    attention = attention_of(1_000, USUAL)
    assert attention == 1_000 * HOUR
    assert by_queue(attention) == Plan(1_000 * HOUR)
    # 600 hours in webinars of 40 seats are 15, of 4 hours' work each; the other 400 hours are booked.
    plan = with_webinars(attention, USUAL)
    assert plan == Plan(own_minutes=400 * HOUR, webinars=15, webinar_work=60 * HOUR)
    assert people_for(by_queue(attention).minutes, PERSON) == 3
    assert people_for(plan.minutes, PERSON) == 2


def test_a_webinar_begun_is_a_whole_webinar():
    # 0.6 of 67 hours are 40.2: one webinar has 40 seats, so a second one is held.
    assert with_webinars(67 * HOUR, USUAL).webinars == 2
    assert with_webinars(66 * HOUR, USUAL).webinars == 1


def test_for_a_few_customers_booked_hours_are_lighter():
    attention = attention_of(3, USUAL)
    assert lighter(with_webinars(attention, USUAL), by_queue(attention)) == by_queue(attention)


def test_one_more_specialist_works_as_those_there_are():
    assert quarter_of(Team(2, 600 * HOUR), Team(), 75) == 300 * HOUR
    assert quarter_of(Team(), Team(10, 0), 75) == PERSON
    # Specialists whose whole time is promised say nothing of how long a person works.
    assert quarter_of(Team(2, 0), Team(), 75) == PERSON


def decided(**changes):
    facts = {
        "customers": 1_500,
        "without_csm": 1_200,
        "left_alone": 1_000,
        "attention": 1_000 * HOUR,
        "plan": Plan(400 * HOUR, 15, 60 * HOUR),
        "specialists": Team(),
        "csm_spare": 0,
        "per_person": PERSON,
    }
    return answer(**(facts | changes))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Answer.YES),
        ({"customers": 0, "without_csm": 0, "attention": 0, "plan": Plan(0)}, Answer.NO_CUSTOMERS),
        ({"without_csm": 0, "left_alone": 0, "attention": 0, "plan": Plan(0)}, Answer.EVERYBODY_HAS_A_CSM),
        ({"csm_spare": 1_000 * HOUR}, Answer.NOT_YET),
        # What CSMs can't spare is a hundred hours: a quarter of a person.
        ({"csm_spare": 900 * HOUR}, Answer.NOT_YET),
        ({"csm_spare": 800 * HOUR}, Answer.YES),
        ({"specialists": Team(1, 300 * HOUR)}, Answer.ENLARGE),
        ({"specialists": Team(2, 460 * HOUR)}, Answer.HAVE_THE_HOURS),
        ({"specialists": Team(2, 0), "left_alone": 120}, Answer.KEEPS_UP),
        ({"specialists": Team(2, 0), "left_alone": 121}, Answer.ENLARGE),
        ({"left_alone": 0, "attention": 0, "plan": Plan(0)}, Answer.NOT_YET),
    ],
)
def test_the_answer_follows_from_the_figures(changes, expected):
    assert decided(**changes) == expected


@quick
@given(terms, customers, customers)
def test_more_customers_never_need_less_work(terms, some, more):
    few, many = sorted((some, more))
    for plan in (by_queue, lambda attention: with_webinars(attention, terms)):
        assert plan(attention_of(few, terms)).minutes <= plan(attention_of(many, terms)).minutes


@quick
@given(terms, customers, st.integers(0, 2_000), st.integers(1, 100_000))
def test_more_attention_never_needs_fewer_people(terms, count, minutes, per_person):
    less, more = sorted((minutes, terms.attention_minutes))
    people = [
        people_for(
            lighter(
                with_webinars(attention, terms),
                by_queue(attention),
            ).minutes,
            per_person,
        )
        for attention in (count * less, count * more)
    ]
    assert people[0] <= people[1]


@quick
@given(terms, customers)
def test_what_webinars_give_and_booked_hours_give_is_all_of_it(terms, count):
    attention = attention_of(count, terms)
    plan = with_webinars(attention, terms)
    shared = attention - plan.own_minutes
    assert 0 <= shared <= attention
    assert shared <= plan.webinars * terms.webinar_seats * HOUR
    # One webinar fewer would not do.
    assert not plan.webinars or shared > (plan.webinars - 1) * terms.webinar_seats * HOUR


@quick
@given(customers, st.integers(1, 500), st.integers(1, 500))
def test_more_seats_never_need_more_webinars(count, some, more):
    few, many = sorted((some, more))
    attention = count * HOUR
    webinars = [with_webinars(attention, Terms(60, seats, 240, 60)).webinars for seats in (few, many)]
    assert webinars[0] >= webinars[1]


@quick
@given(st.integers(0, 10_000_000), st.integers(0, 100_000), st.integers(0, 100_000))
def test_people_with_more_hours_are_never_more(minutes, some, more):
    less, longer = sorted((some, more))
    assert people_for(minutes, less) >= people_for(minutes, longer)
    assert people_for(minutes, longer) * max(1, longer) >= minutes
