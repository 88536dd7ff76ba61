"""Portfolios after tier moves."""

from decimal import Decimal
from types import SimpleNamespace

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment, Customer, TimelineEntry
from segments.actions.assignments import fill_portfolios, follow_tiers
from segments.models import PersonLimit
from tests.cast import assign, make_customer


def move(customer: Customer, tier: str) -> None:
    Customer.objects.filter(pk=customer.pk).update(tier=tier)


def test_tech_touch_frees_the_csm_with_a_note(cast: SimpleNamespace) -> None:
    move(cast.acme, "tech")
    assert follow_tiers(actor=cast.manager, why="Now tech touch: ARR below 10,000") == {
        "released": 1,
        "displaced": 0,
        "kept": 0,
    }
    row = Assignment.objects.get(customer=cast.acme)
    assert row.ends_at is not None
    assert row.ended_by == cast.manager
    assert row.handover_note.startswith("Csm was the CSM from ")
    assert row.handover_note.endswith(". Now tech touch: ARR below 10,000.")
    entry = TimelineEntry.objects.get(customer=cast.acme)
    assert (entry.kind, entry.summary) == ("assignment.closed", "Csm is no longer the CSM")
    assert (entry.actor_name, entry.why) == ("Manager", "Now tech touch: ARR below 10,000")
    assert entry.data["handover_note"] == row.handover_note
    assert follow_tiers()["released"] == 0


def test_csm_stays_in_the_new_tier_where_there_is_room(cast: SimpleNamespace) -> None:
    move(cast.globex, "high")
    assert follow_tiers()["kept"] == 1
    row = Assignment.objects.get(customer=cast.globex)
    assert (row.tier, row.ends_at) == ("high", None)


def test_smaller_ones_are_displaced_where_the_new_tier_is_full(cast: SimpleNamespace) -> None:
    PersonLimit.objects.create(person=cast.csm, tier="high", portfolio_limit=2)
    big, small = (make_customer(name, tier="low", mrr=Decimal(mrr)) for name, mrr in (("Big", 200), ("Small", 100)))
    assign(big, cast.csm)
    assign(small, cast.csm)
    move(big, "high")
    move(small, "high")

    assert follow_tiers() == {"released": 0, "displaced": 1, "kept": 1}

    assert Assignment.objects.get(customer=big).tier == "high"
    gone = Assignment.objects.get(customer=small)
    assert gone.ended_why == "Now high touch, where this CSM has no place left"
    # Whoever has room takes it over.
    assert fill_portfolios()["assigned"] == 1
    assert Assignment.objects.get(customer=small, ends_at=None).person == cast.other_csm


def test_two_customers_of_a_full_csm_change_places(cast: SimpleNamespace) -> None:
    for tier in ("high", "low"):
        PersonLimit.objects.create(person=cast.csm, tier=tier, portfolio_limit=1)
    other = make_customer("Other", tier="low")
    assign(other, cast.csm)
    move(other, "high")
    move(cast.acme, "low")
    assert follow_tiers() == {"released": 0, "displaced": 0, "kept": 2}


def test_override_goes_with_its_customer(cast: SimpleNamespace) -> None:
    PersonLimit.objects.create(person=cast.csm, tier="high", portfolio_limit=1)
    friend = make_customer("Friend", tier="low")
    assign(friend, cast.csm, over_limit_reason="They asked for this CSM")
    move(friend, "high")
    assert follow_tiers()["kept"] == 1
    assert Assignment.objects.get(customer=friend, ends_at=None).tier == "high"


def test_only_the_customers_asked_for(cast: SimpleNamespace) -> None:
    move(cast.acme, "tech")
    move(cast.globex, "tech")
    assert follow_tiers(customer_ids=[cast.globex.pk])["released"] == 1
    assert Assignment.objects.get(customer=cast.acme).ends_at is None


def test_exception_made_for_tech_touch_stays(cast: SimpleNamespace) -> None:
    small = make_customer("Small", tier="tech")
    assign(small, cast.csm, over_limit_reason="Pilot")
    assert follow_tiers()["released"] == 0


def test_same_number_of_queries_for_3_and_300(cast: SimpleNamespace) -> None:
    PersonLimit.objects.create(person=cast.csm, tier="low", portfolio_limit=1000)
    counts = []
    for size in (3, 300):
        for number in range(size):
            assign(make_customer(f"Set {size} {number}", tier="low"), cast.csm)
        Customer.objects.filter(name__startswith=f"Set {size} ").update(tier="tech")
        with CaptureQueriesContext(connection) as queries:
            assert follow_tiers()["released"] == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_place_of_one_that_goes_to_tech_touch_is_taken(cast: SimpleNamespace) -> None:
    PersonLimit.objects.create(person=cast.csm, tier="high", portfolio_limit=1)
    rising = make_customer("Rising", tier="low")
    assign(rising, cast.csm)
    move(rising, "high")
    move(cast.acme, "tech")
    assert follow_tiers() == {"released": 1, "displaced": 0, "kept": 1}
