"""Filling portfolios: every high- and low-touch customer without a CSM gets one, as far as there is room."""

import json
from decimal import Decimal
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions.portfolios import hand_over_all
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core import outbox
from core.models import OutboxEntry
from segments.actions.assignments import fill_portfolios, filling
from segments.models import PersonLimit, TierTerms
from segments.queries.placement import unassigned_customers, why_without_csm
from tests.cast import assign, make_customer, make_person


@pytest.fixture
def company(db: None) -> SimpleNamespace:
    """Return two CSMs, in Berlin and Boston, and nobody else who takes customers."""
    berta = make_person(
        "berta@company.example", Role.CSM, spoken_languages=["de", "en"], time_zone="Europe/Berlin", country="DE"
    )
    bob = make_person(
        "bob@company.example", Role.CSM, spoken_languages=["en"], time_zone="America/New_York", country="US"
    )
    return SimpleNamespace(berta=berta, bob=bob)


def limits(high: int | None, low: int | None) -> None:
    TierTerms.current()
    TierTerms.objects.filter(tier="high").update(portfolio_limit=high)
    TierTerms.objects.filter(tier="low").update(portfolio_limit=low)


def owners() -> dict[str, str]:
    rows = Assignment.objects.filter(role=Role.CSM, ends_at=None).select_related("customer", "person")
    return {row.customer.name: row.person.name for row in rows}


def test_customers_go_where_they_fit_and_the_timeline_says_why(company: SimpleNamespace) -> None:
    make_customer("Linz", tier="low", language="de", time_zone="Europe/Vienna", country="AT")
    make_customer("Austin", tier="high", language="en", time_zone="America/Chicago", country="US")
    make_customer("Tiny", tier="tech")
    make_customer("Fresh")

    done = fill_portfolios()

    assert owners() == {"Linz": "Berta", "Austin": "Bob"}
    assert (done["assigned"], done["without_place"], done["by_tier"]) == (2, 0, {"high": 1, "low": 1})
    row = Assignment.objects.get(customer__name="Linz")
    assert (row.source, row.tier) == ("automatic", "low")
    assert row.why == "speaks German, same time of day, 0 of 80 low-touch places used"
    entry = TimelineEntry.objects.get(customer__name="Linz")
    assert (entry.summary, entry.why, entry.actor) == ("Berta is now the CSM", row.why, None)


def test_filling_again_changes_nothing(company: SimpleNamespace) -> None:
    for number in range(5):
        make_customer(f"One {number}", tier="low")
    assert fill_portfolios()["assigned"] == 5
    before = owners()
    assert fill_portfolios()["assigned"] == 0
    assert owners() == before


def test_biggest_arr_gets_the_last_place_and_the_rest_is_told_why(company: SimpleNamespace) -> None:
    limits(high=1, low=0)
    for number in range(4):
        make_customer(f"High {number}", tier="high", mrr=Decimal(100 * number))
    make_customer("Low", tier="low")

    done = fill_portfolios()

    assert set(owners()) == {"High 3", "High 2"}
    assert done["without_place_by_tier"] == {"high": 2, "low": 1}
    assert done["reasons"] == {
        "high": "All high-touch places are taken: 2 of 2 with 2 CSMs.",
        "low": "All low-touch places are taken: 0 of 0 with 2 CSMs.",
    }


def test_batches_go_on_where_the_last_one_ended(company: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "BATCH", 3)
    for number in range(10):
        make_customer(f"Same {number}", tier="low", mrr=Decimal(5))
    assert fill_portfolios()["assigned"] == 10
    assert len(owners()) == 10


def test_only_as_many_are_read_as_places_are_free(company: SimpleNamespace) -> None:
    limits(high=0, low=2)
    Customer.objects.bulk_create(
        Customer(name=f"Many {n}", tier="low", tier_since="2026-01-01T00:00Z", mrr=n) for n in range(500)
    )
    with CaptureQueriesContext(connection) as queries:
        assert fill_portfolios()["assigned"] == 4
    reads = [q["sql"] for q in queries if "FOR NO KEY UPDATE" in q["sql"] and "accounts_customer" in q["sql"]]
    assert reads
    assert all(sql.count(",") < 100 for sql in reads)


def test_same_number_of_queries_for_3_and_300(company: SimpleNamespace) -> None:
    limits(high=None, low=1000)
    counts = []
    for size in (3, 300):
        Customer.objects.bulk_create(
            Customer(name=f"Set {size} {n}", tier="low", tier_since="2026-01-01T00:00Z") for n in range(size)
        )
        with CaptureQueriesContext(connection) as queries:
            assert fill_portfolios()["assigned"] == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("change", [{"is_active": False}, {"takes_customers": False}])
def test_who_takes_no_customers_gets_none(company: SimpleNamespace, change: dict) -> None:
    User.objects.filter(pk=company.berta.pk).update(**change)
    make_customer("Linz", tier="low", language="de")
    fill_portfolios()
    assert owners() == {"Linz": "Bob"}


def test_nobody_to_place_with_is_a_reason(db: None) -> None:
    make_customer("Alone", tier="low")
    assert fill_portfolios()["reasons"] == {"low": "No CSM takes customers."}


def test_only_the_customers_asked_for(company: SimpleNamespace) -> None:
    one, _ = make_customer("One", tier="low"), make_customer("Two", tier="low")
    assert fill_portfolios(customer_ids=[one.pk])["assigned"] == 1
    assert set(owners()) == {"One"}
    assert fill_portfolios(customer_ids=[])["assigned"] == 0


def test_own_limit_counts_before_the_tiers(company: SimpleNamespace) -> None:
    PersonLimit.objects.create(person=company.berta, tier="low", portfolio_limit=1)
    for number in range(3):
        make_customer(f"German {number}", tier="low", language="de")
    fill_portfolios()
    assert sorted(owners().values()) == ["Berta", "Bob", "Bob"]


def test_command_ends_with_json(company: SimpleNamespace) -> None:
    limits(high=1, low=0)
    make_customer("High", tier="high")
    make_customer("Low", tier="low")
    out = StringIO()
    call_command("fill_portfolios", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["assigned"] == 1
    assert "1 low-touch customers have no CSM. All low-touch places are taken" in out.getvalue()


def test_outbox_fills(company: SimpleNamespace) -> None:
    make_customer("Waiting", tier="low")
    outbox.enqueue("segments.fill_portfolios", {})
    assert outbox.drain() == 1
    assert set(owners()) == {"Waiting"}


def test_leavers_portfolio_goes_to_the_successor_and_the_rest_is_placed(
    company: SimpleNamespace, cast: SimpleNamespace
) -> None:
    User.objects.filter(pk__in=[cast.csm.pk, cast.other_csm.pk]).update(takes_customers=False)
    leaver = make_person("leaver@company.example", Role.CSM)
    for number in range(4):
        assign(make_customer(f"Left {number}", tier="low", mrr=Decimal(number)), leaver)
    PersonLimit.objects.create(person=company.bob, tier="low", portfolio_limit=2)

    counts = hand_over_all(actor=cast.administrator, person=leaver, successor=company.bob, why="Left the company")

    assert counts == {"csm": 4}
    mine = {name: who for name, who in owners().items() if name.startswith("Left")}
    assert mine == {"Left 3": "Bob", "Left 2": "Bob"}
    assert "Leaver was the CSM from" in Assignment.objects.get(customer__name="Left 0").handover_note
    assert OutboxEntry.objects.filter(kind="segments.fill_portfolios").count() == 1
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    outbox.drain()
    assert owners()["Left 0"] == owners()["Left 1"] == "Berta"


def test_leavers_portfolio_is_freed_for_a_successor_who_is_no_csm(cast: SimpleNamespace) -> None:
    assert hand_over_all(actor=cast.administrator, person=cast.csm, successor=cast.am) == {"csm": 1}
    assert not Assignment.objects.filter(customer=cast.acme, ends_at=None).exists()


def test_unassigned_are_those_one_may_see(cast: SimpleNamespace) -> None:
    lost = make_customer("Lost", tier="low")
    make_customer("Tiny", tier="tech")
    assert list(unassigned_customers(cast.manager)) == [lost]
    assert list(unassigned_customers(cast.administrator)) == [lost]
    assert list(unassigned_customers(cast.csm)) == []
    assert why_without_csm()["low"] == "There is room: the next filling places it."
