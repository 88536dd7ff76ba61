"""Scenarios over the database: today is the capacity page's, moves are the simulation's, and nothing is written."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Assignment, CompanySettings, Customer
from segments.models import CapacitySettings, EventTerms, PersonLimit, TierTerms
from segments.queries.allowances import company_today
from segments.queries.capacity.figures import team_capacity
from segments.queries.scenarios import compare, reading_only
from segments.scenarios.changes import Changes, Hire, HoursChange, ThresholdKey
from segments.scenarios.working import HIRED_FROM
from segments.simulation import simulate
from tests import cast as makers
from tests.segments.making import arr_at_least, brand_to, make_rule_set

pytestmark = pytest.mark.django_db
LARGE = ThresholdKey("Large", "arr", "gte")


@pytest.fixture
def company(cast):
    """Return the cast with more customers, events and rules: from 60,000 high, from 10,000 low touch."""
    TierTerms.current()
    TierTerms.objects.filter(tier="high").update(portfolio_limit=3)
    today = company_today()
    Customer.objects.filter(pk=cast.acme.pk).update(mrr=6_000, renews_on=today + timedelta(days=20))
    Customer.objects.filter(pk=cast.globex.pk).update(mrr=2_000)
    for number in range(4):
        late = makers.make_customer(
            f"Late {number}",
            tier="low" if number < 3 else "tech",
            mrr=Decimal(1_000 * (number + 1)),
            renews_on=today + timedelta(days=10 * number),
            stage="onboarding",
            signed_up_on=today - timedelta(days=number),
        )
        if number == 0:
            makers.assign(late, cast.csm)
    EventTerms.objects.all().delete()
    EventTerms.objects.create(event="renewal", tier="high", minutes=240, weeks=4)
    EventTerms.objects.create(event="onboarding", tier="low", minutes=90, weeks=3)
    cast.rules = make_rule_set(
        arr_at_least(60_000, "high", name="Large"), arr_at_least(10_000, "low", name="Middle"), margin_percent=0
    )
    return cast


def first_monday():
    return compare([]).company.inputs.first_monday


def everything_written() -> dict[str, tuple]:
    """Return how many rows every table has, and the versions of them all."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*), sum(hashtext(xmin::text || ctid::text)::bigint) FROM "{table}"')
            found[table] = cursor.fetchone()
    return found


def test_today_is_what_the_capacity_page_counts(company):
    Customer.objects.filter(tier="low", assignments=None).update(tier="tech")
    today = compare([]).today
    counted = team_capacity([one.person_id for one in today.people], today=company_today())
    assert [one.capacity.weeks for one in today.people] == [one.weeks for one in counted.people]
    assert [one.capacity.person.customers for one in today.people] == [one.person.customers for one in counted.people]
    assert today.whole == counted.whole
    assert today.whole.promised > 0


def test_moved_portfolios_take_the_same_hours_with_another_csm(company):
    monday = first_monday()
    waiting = compare([]).today.weeks
    moved = compare([Changes(leaving={company.csm.pk: monday})]).scenarios[0].outcome
    assert [week.promised for week in moved.weeks] == pytest.approx([week.promised for week in waiting])
    assert {one.account.pk for one in moved.going_from(company.csm.pk)} >= {company.acme.pk}
    assert company.other_csm.pk in {one.person for one in moved.going_from(company.csm.pk)}


def test_new_thresholds_move_whom_a_simulation_of_the_draft_moves(company):
    changes = Changes(thresholds={LARGE: Decimal(20_000)})
    found = compare([changes]).scenarios[0].outcome
    draft = make_rule_set(
        arr_at_least(20_000, "high", name="Large"),
        arr_at_least(10_000, "low", name="Middle"),
        margin_percent=0,
        status="draft",
    )
    simulated = simulate(draft)
    assert {(flow.from_tier, flow.to_tier): (flow.total, flow.waiting) for flow in found.flows} == {
        (flow.from_tier, flow.to_tier): (flow.total, flow.waiting) for flow in simulated.moves
    }
    assert found.moving.customers == 4
    assert {tier: total for tier, total in found.totals.items() if total.customers} == {
        one.tier: one.after for one in simulated.tiers if one.after.customers
    }


def test_pinned_customers_and_their_tier_stay(company):
    from segments.models import TierPin

    TierPin.objects.create(
        customer=company.globex, tier="low", reason="Quiet", pinned_at=timezone.now(), until="2099-01-01"
    )
    found = compare([Changes(thresholds={LARGE: Decimal(20_000)})]).scenarios[0].outcome
    assert company.globex.pk not in {pk for pk, place in (found.places or {}).items() if place.tier == "high"}


def test_a_hire_who_speaks_the_language_gets_the_customer(company):
    TierTerms.objects.filter(tier="low").update(portfolio_limit=5)
    PersonLimit.objects.create(person=company.csm, tier="low", portfolio_limit=1, why="Full")
    PersonLimit.objects.create(person=company.other_csm, tier="low", portfolio_limit=1, why="Full")
    Customer.objects.filter(name="Late 2").update(language="pl")
    monday = first_monday()
    found = compare([Changes(hires=(Hire(1, monday), Hire(1, monday, languages=("pl",))))]).scenarios[0].outcome
    polish = found.coming_to(HIRED_FROM + 2)
    assert "speaks Polish" in next(one.why for one in polish if one.account.language == "pl")


def test_nothing_is_written(company):
    compare([])
    before = everything_written()
    monday = first_monday()
    changes = Changes(
        thresholds={LARGE: Decimal(20_000)},
        limits={"high": 1},
        planned_minutes={"low": 300},
        event_minutes={("renewal", "low"): 60},
        utilisation_target=50,
        leaving={company.csm.pk: monday},
        hours={company.other_csm.pk: HoursChange(monday, 600)},
        hires=(Hire(3, monday + timedelta(weeks=2)),),
    )
    found = compare([changes]).scenarios[0].outcome
    assert found.moving.customers
    assert found.handed_over
    assert everything_written() == before


def test_the_database_itself_refuses_to_write_meanwhile(company):
    with pytest.raises(DatabaseError, match="read-only"), transaction.atomic(), reading_only():
        Assignment.objects.update(why="Written by a scenario")
    # And only meanwhile.
    assert Assignment.objects.update(why="") > 0


def test_the_first_look_of_all_makes_the_settings_it_needs(cast):
    CompanySettings.objects.all().delete()
    CapacitySettings.objects.all().delete()
    TierTerms.objects.all().delete()
    assert compare([Changes(utilisation_target=50)]).scenarios[0].outcome.terms.utilisation_target == 50


def test_it_takes_the_same_queries_however_many_customers(company, django_assert_num_queries):
    changes = Changes(thresholds={LARGE: Decimal(20_000)}, leaving={company.csm.pk: first_monday()})
    with CaptureQueriesContext(connection) as few:
        compare([changes])
    for number in range(40):
        makers.assign(makers.make_customer(f"More {number}", tier="low", mrr=number * 100), company.csm)
        makers.make_customer(f"Free {number}", tier="low", mrr=number * 100)
    makers.assign(makers.make_customer("Other", tier="low"), makers.make_person("third@company.example", "csm"))
    with django_assert_num_queries(len(few.captured_queries)):
        compare([changes])


def test_without_rules_there_are_no_thresholds(company):
    type(company.rules).objects.filter(pk=company.rules.pk).update(status="past", retired_at=timezone.now())
    found = compare([Changes(thresholds={LARGE: Decimal(1)})])
    assert found.company.thresholds == ()
    assert found.scenarios[0].gone == [
        "The rule “Large” does not ask for this number any more; the scenario goes on without that threshold."
    ]
    assert found.scenarios[0].outcome.people == found.today.people


def test_brands_stay_high_whatever_the_threshold(company):
    make_rule_set(brand_to("high", name="Brand"), arr_at_least(60_000, "high", name="Large"), margin_percent=0)
    Customer.objects.filter(pk=company.acme.pk).update(is_brand=True)
    found = compare([Changes(thresholds={LARGE: Decimal(10**9)})])
    assert [threshold.key for threshold in found.company.thresholds] == [LARGE]
    assert company.acme.pk not in {place.account.pk for place in found.scenarios[0].outcome.changing_csm}
