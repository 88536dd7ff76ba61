"""Events fall into the weeks by their days, read from the database."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from segments.capacity.inputs import EventPlan
from segments.queries.capacity.portfolios import portfolios_of
from tests.cast import assign, make_customer

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
EVENTS = {("renewal", "high"): EventPlan(360, 4), ("onboarding", "low"): EventPlan(180, 6)}


def days_of(person: object, kind: tuple[str, str]) -> tuple[int, ...] | None:
    """Return the days of these events in eight weeks."""
    return portfolios_of([person.pk], EVENTS, MONDAY, 8)[person.pk].event_days.get(kind)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("renews_on", "days"),
    [
        # 28 days up to the day before: 11 Nov to 8 Dec, of which 12 lie before the first Monday.
        (date(2026, 12, 9), (7, 7, 2, 0, 0, 0, 0, 0)),
        # A Monday: the four whole weeks before it.
        (date(2026, 12, 21), (7, 7, 7, 7, 0, 0, 0, 0)),
        # The day before is the first Monday itself.
        (date(2026, 11, 24), (1, 0, 0, 0, 0, 0, 0, 0)),
        # 28 days that begin on the last Sunday of the eight weeks, 17 January.
        (date(2027, 2, 14), (0, 0, 0, 0, 0, 0, 0, 1)),
    ],
)
def test_renewal_takes_the_days_before_it(cast: SimpleNamespace, renews_on: date, days: tuple[int, ...]) -> None:
    cast.acme.renews_on = renews_on
    cast.acme.save()
    assert days_of(cast.csm, ("renewal", "high")) == days


@pytest.mark.parametrize("renews_on", [date(2026, 11, 23), date(2026, 1, 1), date(2027, 2, 15), None])
def test_renewal_outside_the_weeks_takes_nothing(cast: SimpleNamespace, renews_on: date | None) -> None:
    cast.acme.renews_on = renews_on
    cast.acme.save()
    assert days_of(cast.csm, ("renewal", "high")) is None


@pytest.mark.parametrize(
    ("signed_up_on", "days"),
    [
        # 42 days from 22 Nov, a Sunday, to 2 Jan: one of them before the first Monday.
        (date(2026, 11, 22), (7, 7, 7, 7, 7, 6, 0, 0)),
        (date(2026, 10, 13), (1, 0, 0, 0, 0, 0, 0, 0)),
        (date(2026, 10, 12), None),
        (date(2027, 1, 17), (0, 0, 0, 0, 0, 0, 0, 1)),
        (date(2027, 1, 18), None),
    ],
)
def test_onboarding_takes_the_days_after_its_beginning(
    cast: SimpleNamespace, signed_up_on: date, days: tuple[int, ...] | None
) -> None:
    cast.globex.stage, cast.globex.signed_up_on = "onboarding", signed_up_on
    cast.globex.save()
    assert days_of(cast.other_csm, ("onboarding", "low")) == days


def test_onboarding_that_is_over_takes_nothing(cast: SimpleNamespace) -> None:
    cast.globex.stage, cast.globex.signed_up_on = "adoption", MONDAY
    cast.globex.save()
    assert days_of(cast.other_csm, ("onboarding", "low")) is None


def test_customers_of_a_tier_add_up_and_others_stay_apart(cast: SimpleNamespace) -> None:
    for number in range(3):
        customer = make_customer(f"More {number}", tier="high", mrr=100, renews_on=date(2026, 12, 2 + number))
        assign(customer, cast.csm)
    assign(make_customer("Past", tier="high", renews_on=date(2026, 12, 2)), cast.csm, starts_at=NOW, ends_at=NOW)
    assign(make_customer("Renewed by another role", tier="high", renews_on=date(2026, 12, 2)), cast.csm, role="am")
    found = portfolios_of([cast.csm.pk, cast.other_csm.pk], EVENTS, MONDAY, 8)
    portfolio = found[cast.csm.pk]
    assert portfolio.customers == {"high": 4}
    assert portfolio.arr_by_tier == {"high": 3600}
    assert portfolio.event_days == {("renewal", "high"): (21, 2 + 3 + 4, 0, 0, 0, 0, 0, 0)}
    assert found[cast.other_csm.pk].event_days == {}
