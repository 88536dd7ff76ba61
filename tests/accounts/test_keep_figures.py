"""MRR of any day against a plain model, and the promise that the database keeps the stored figures right."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts import figures
from accounts.actions.subscriptions import create_subscription, end_subscription, update_subscription
from accounts.models import Customer, ExchangeRate, Subscription
from accounts.signals import facts_changed
from accounts.tasks import refresh_due_figures
from core.errors import Invalid
from tests.cast import make_customer, make_subscription

START = date(2025, 1, 1)
DAYS = st.dates(min_value=START, max_value=START + timedelta(days=60))
AMOUNTS = st.decimals(min_value=0, max_value=100_000, places=2)
RATES = st.decimals(min_value="0.0001", max_value=2000, places=6)


@dataclass(frozen=True)
class Plan:
    """A subscription as the plain model sees it."""

    owner: int
    currency: str
    mrr: Decimal
    starts_on: date
    days: int | None
    is_trial: bool

    @property
    def ends_on(self) -> date | None:
        return None if self.days is None else self.starts_on + timedelta(days=self.days)

    def runs(self, day: date) -> bool:
        return not self.is_trial and self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


PLANS = st.lists(
    st.builds(
        Plan,
        owner=st.integers(0, 2),
        currency=st.sampled_from(["USD", "EUR", "INR"]),
        mrr=AMOUNTS,
        starts_on=DAYS,
        days=st.none() | st.integers(0, 40),
        is_trial=st.booleans(),
    ),
    max_size=12,
)
RATE_DAYS = st.dictionaries(DAYS, RATES, min_size=1, max_size=4)


def rate_on(rates: dict[date, Decimal], day: date) -> Decimal:
    """Return the latest rate valid on the day, before all of them the first."""
    valid = [known for known in rates if known <= day]
    return rates[max(valid)] if valid else rates[min(rates)]


def expected_mrr(plans: list[Plan], rates: dict[str, dict[date, Decimal]], owner: int, day: date) -> Decimal:
    """Return the plain sum that the database must agree with."""
    total = Decimal(0)
    for plan in plans:
        if plan.owner == owner and plan.runs(day):
            total += plan.mrr * (1 if plan.currency == "USD" else rate_on(rates[plan.currency], day))
    return total.quantize(Decimal("0.0001"), rounding="ROUND_HALF_UP")


class TestFiguresAgainstPlainModel(TestCase):
    """Random subscriptions, rates and days: the stored and the asked figures are the plain sum."""

    @settings(deadline=None)  # other work on the machine is no fault of the figures
    @given(plans=PLANS, eur=RATE_DAYS, inr=RATE_DAYS, days=st.lists(DAYS, min_size=1, max_size=5))
    def test_agree_with_plain_model(
        self, plans: list[Plan], eur: dict[date, Decimal], inr: dict[date, Decimal], days: list[date]
    ) -> None:
        rates = {"EUR": eur, "INR": inr}
        for currency, by_day in rates.items():
            ExchangeRate.objects.bulk_create(
                ExchangeRate(currency=currency, valid_from=day, rate=rate) for day, rate in by_day.items()
            )
        customers = [Customer.objects.create(name=str(number)) for number in range(3)]
        Subscription.objects.bulk_create(
            Subscription(
                customer=customers[p.owner],
                currency=p.currency,
                mrr=p.mrr,
                starts_on=p.starts_on,
                ends_on=p.ends_on,
                is_trial=p.is_trial,
            )
            for p in plans
        )
        everybody = Customer.objects.filter(pk__in=[c.pk for c in customers])
        for day in days:
            told = figures.mrr_on(everybody, day)
            assert told == {c.pk: expected_mrr(plans, rates, n, day) for n, c in enumerate(customers)}

        # Day by day the refresh of those who are due is as good as counting everybody anew.
        figures.refresh_figures([c.pk for c in customers], today=min(days))
        for day in sorted(days):
            figures.refresh_figures(today=day)
            for number, customer in enumerate(customers):
                customer.refresh_from_db()
                assert customer.mrr == expected_mrr(plans, rates, number, day)
                ends = [p.ends_on for p in plans if p.owner == number and p.runs(day) and p.ends_on]
                assert customer.renews_on == min(ends, default=None)


def test_bulk_writes_keep_figures(db: None) -> None:
    acme, globex = make_customer("Acme"), make_customer("Globex")
    Subscription.objects.bulk_create(
        Subscription(customer=owner, currency="USD", mrr=mrr, starts_on=START)
        for owner, mrr in [(acme, 100), (acme, 50), (globex, 70)]
    )
    assert stored(acme, globex) == [150, 70]

    Subscription.objects.filter(customer=acme, mrr=50).update(customer=globex)
    assert stored(acme, globex) == [100, 120]

    Subscription.objects.filter(customer=globex).delete()
    assert stored(acme, globex) == [100, 0]


def test_unknown_currency_is_refused_by_the_database(db: None) -> None:
    acme = make_customer("Acme")
    with pytest.raises(IntegrityError, match="no exchange rate for EUR"), transaction.atomic():
        make_subscription(acme, 10, currency="EUR")
    assert not acme.subscriptions.exists()


def test_unknown_currency_is_named_by_the_action(db: None) -> None:
    acme = make_customer("Acme")
    with pytest.raises(Invalid, match="EUR") as refused:
        create_subscription(actor=None, customer=acme, mrr=10, currency="eur", starts_on=START)
    assert (refused.value.code, refused.value.field) == ("no_exchange_rate", "currency")


def test_last_rate_in_use_stays(db: None) -> None:
    rate = ExchangeRate.objects.create(currency="EUR", valid_from=START, rate=Decimal("1.1"))
    make_subscription(make_customer("Acme"), 10, currency="EUR")
    with pytest.raises(IntegrityError, match="no exchange rate for EUR"), transaction.atomic():
        rate.delete()


def test_new_rate_reaches_the_figures(db: None) -> None:
    acme = make_customer("Acme")
    rate = ExchangeRate.objects.create(currency="EUR", valid_from=START, rate=Decimal("1.1"))
    make_subscription(acme, 100, currency="EUR")
    assert stored(acme) == [Decimal(110)]
    rate.rate = Decimal("1.2")
    rate.save()
    assert figures.refresh_figures() == 1
    assert stored(acme) == [Decimal(120)]
    assert figures.refresh_figures() == 0


def test_actions_keep_figures(db: None) -> None:
    acme = make_customer("Acme")
    subscription = create_subscription(actor=None, customer=acme, mrr="99.50", starts_on=START)
    assert stored(acme) == [Decimal("99.5")]
    subscription = update_subscription(actor=None, subscription=subscription, changes={"mrr": 120})
    assert stored(acme) == [120]
    tomorrow = figures.company_today() + timedelta(days=1)
    subscription = end_subscription(actor=None, subscription=subscription, ends_on=tomorrow)
    acme.refresh_from_db()
    assert (acme.mrr, acme.renews_on, acme.figures_due_on) == (120, tomorrow, tomorrow)
    assert figures.refresh_figures(today=tomorrow) == 1
    assert stored(acme) == [0]


def stored(*customers: Customer) -> list[Decimal]:
    """Return the stored MRR of each."""
    for customer in customers:
        customer.refresh_from_db()
    return [customer.mrr for customer in customers]


def test_due_customers_are_refreshed_in_batches_and_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "BATCH", 2)
    today = figures.company_today()
    tomorrow = today + timedelta(days=1)
    ending = [make_customer(f"Ending {number}") for number in range(5)]
    for customer in ending:
        make_subscription(customer, 10, ends_on=tomorrow)
    staying, trial = make_customer("Staying"), make_customer("Trial")
    make_subscription(staying, 10)
    make_subscription(trial, 10, is_trial=True, ends_on=tomorrow)
    told: list[list[int]] = []

    def hear(customer_ids: list[int], **_: object) -> None:
        told.append(sorted(customer_ids))

    facts_changed.connect(hear, weak=False)
    try:
        assert figures.refresh_figures(today=tomorrow) == 5
    finally:
        facts_changed.disconnect(hear)
    assert [len(batch) for batch in told] == [2, 2, 1]
    assert sorted(pk for batch in told for pk in batch) == [customer.pk for customer in ending]
    assert stored(*ending, staying, trial) == [0] * 5 + [10, 0]
    staying.refresh_from_db()
    # Nobody else's row was written: its figures are still of the day on which they were counted.
    assert staying.figures_on == today


def test_task_refreshes_due_customers(db: None) -> None:
    acme = make_customer("Acme")
    make_subscription(acme, 10)
    Customer.objects.update(mrr=0, figures_due_on=figures.company_today())
    assert refresh_due_figures() == 1
    assert stored(acme) == [10]
