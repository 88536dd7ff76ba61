"""Rows become subscriptions: what they pay a month, when they end, and whose they are."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.imports.jobs import company_day
from accounts.models import CompanySettings, ExchangeRate, Subscription, TimelineEntry
from tests import cast as makers
from tests.accounts.import_files import counts, import_rows, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def customers() -> None:
    CompanySettings.current()
    makers.make_customer("Acme", external_id="A-1", domain="acme.example", signed_up_on=date(2020, 5, 1))
    beta = makers.make_customer("Beta", external_id="A-2")
    makers.make_contact(beta, "bo@beta.example")


def only() -> Subscription:
    return Subscription.objects.get()


def imported(header: list[str], *rows: list[str], **options) -> tuple[int, int, int, int]:
    return counts(import_rows("subscriptions", [header, *rows], **options))


def test_rows_become_subscriptions_and_figures() -> None:
    header = ["subscription_id", "account_id", "start_date", "end_date", "plan_tier", "seats", "mrr_amount",
              "arr_amount", "is_trial", "churn_flag", "billing_frequency", "auto_renew_flag"]  # fmt: skip
    rows = [
        ["S-1", "A-1", "23-12-2023", "12-04-2024", "Pro", "14", "2786", "33432", "FALSE", "TRUE", "monthly", "TRUE"],
        ["S-2", "A-1", "11-06-2024", "", "Pro", "17", "833", "9996", "FALSE", "FALSE", "annual", "FALSE"],
        ["S-3", "A-1", "25-11-2024", "", "Pro", "62", "0", "0", "TRUE", "FALSE", "annual", "FALSE"],
        ["S-4", "A-9", "25-11-2024", "", "Pro", "62", "10", "120", "FALSE", "FALSE", "annual", "FALSE"],
    ]
    job = import_rows("subscriptions", [header, *rows])
    assert counts(job) == (3, 0, 0, 1)
    assert reasons(job) == {5: "account_id: No customer has the ID “A-9”. Import the customers first."}
    first, second, third = Subscription.objects.order_by("external_id")
    assert (first.starts_on, first.ends_on, first.mrr) == (date(2023, 12, 23), date(2024, 4, 12), 2786)
    assert (second.billing, second.auto_renews, second.currency) == ("annual", False, "USD")
    assert third.is_trial
    first.customer.refresh_from_db()
    assert first.customer.mrr == 833
    assert TimelineEntry.objects.filter(customer=first.customer, kind="subscription.added").count() == 3
    assert counts(import_rows("subscriptions", [header, *rows])) == (0, 0, 3, 1)


@pytest.mark.parametrize(
    ("names", "values", "mrr", "billing"),
    [
        (["mrr"], ["100.505"], "100.505", "monthly"),
        (["arr"], ["1000"], "83.3333", "monthly"),
        (["amount", "billing period"], ["1200", "yearly"], "100", "annual"),
        (["amount", "interval", "interval count"], ["300", "month", "3"], "100", "monthly"),
        (["amount", "billing cycle"], ["600", "semi-annual"], "100", "monthly"),
        (["amount", "contract"], ["2400", "Two year"], "100", "annual"),
        (["unit price", "quantity", "interval"], ["12", "50", "year"], "50", "annual"),
        (["amount_cents", "interval"], ["9900", "month"], "99", "monthly"),
        (["plan.amount", "plan.interval"], ["9900", "month"], "99", "monthly"),
        (["monthly charges"], ["$29.85"], "29.85", "monthly"),
        (["mrr", "arr"], ["100", "1200"], "100", "monthly"),
    ],
)
def test_the_mrr_is_found_from_what_the_file_says(names: list[str], values: list[str], mrr: str, billing: str) -> None:
    assert imported(["id", "customer id", "start", *names], ["S", "A-1", "2024-01-01", *values]) == (1, 0, 0, 0)
    assert (only().mrr, only().billing) == (Decimal(mrr), billing)


def test_a_contradiction_keeps_the_mrr_and_is_told() -> None:
    job = import_rows(
        "subscriptions", [["id", "customer id", "start", "mrr", "arr"], ["S", "A-1", "2024-01-01", "100", "900"]]
    )
    assert counts(job) == (1, 0, 0, 0)
    assert only().mrr == 100
    assert job.warnings[0]["text"] == "ARR 900.00 is not twelve times the MRR 100.00; the MRR counts."


def test_amounts_below_nothing_and_beyond_reason_stay_out() -> None:
    header = ["id", "customer id", "start", "mrr"]
    job = import_rows("subscriptions", [header, ["1", "A-1", "2024-01-01", "-5"], ["2", "A-1", "2024-01-01", "1" * 15]])
    assert counts(job) == (0, 0, 0, 2)
    assert all("An amount from 0" in reason for reason in reasons(job).values())


TODAY = "today"


@pytest.mark.parametrize(
    ("names", "values", "ends", "renews", "is_trial"),
    [
        (["status"], ["active"], None, True, False),
        (["status"], ["trialing"], None, True, True),
        (["status", "ended_at"], ["canceled", "2025-03-01T10:00:00Z"], date(2025, 3, 1), True, False),
        (["status", "canceled_at"], ["canceled", "2025-03-01"], date(2025, 3, 1), True, False),
        (
            ["status", "canceled_at", "current_period_end"],
            ["active", "2025-03-01", "2027-01-01"],
            date(2027, 1, 1),
            True,
            False,
        ),
        (["status", "current_period_end"], ["active", "2027-01-01"], None, True, False),
        (["status", "current_period_end"], ["non_renewing", "2027-01-01"], date(2027, 1, 1), False, False),
        (["cancel_at_period_end", "current_period_end"], ["true", "2027-01-01"], date(2027, 1, 1), False, False),
        (["status"], ["canceled"], TODAY, True, False),
        (["churn"], ["Yes"], TODAY, True, False),
        (["end date"], [""], None, True, False),
        (["end date"], ["2025-12-31"], date(2025, 12, 31), True, False),
    ],
)  # fmt: skip
def test_the_end_is_found_from_what_the_file_says(
    names: list[str], values: list[str], ends: date | str | None, renews: bool, is_trial: bool
) -> None:
    header, row = ["id", "customer id", "start", "mrr", *names], ["S", "A-1", "2024-01-01", "5", *values]
    assert imported(header, row) == (1, 0, 0, 0)
    expected = company_day() if ends == TODAY else ends
    assert (only().ends_on, only().auto_renews, only().is_trial) == (expected, renews, is_trial)
    assert imported(header, row) == (0, 0, 1, 0)


def test_the_last_day_paid_for_may_be_meant_by_the_end() -> None:
    header, row = ["id", "customer id", "start", "mrr", "end date"], ["S", "A-1", "2024-01-01", "5", "2025-12-31"]
    assert imported(header, row, end_is_last_day=True) == (1, 0, 0, 0)
    assert only().ends_on == date(2026, 1, 1)


def test_an_end_before_the_start_stays_out() -> None:
    job = import_rows(
        "subscriptions",
        [["id", "customer id", "start", "mrr", "end date"], ["S", "A-1", "2024-01-02", "5", "2024-01-01"]],
    )
    assert reasons(job) == {2: "end date: It would end on 2024-01-01, before its start on 2024-01-02."}


def test_a_subscription_that_runs_again_is_opened() -> None:
    header = ["id", "customer id", "start", "mrr", "end date"]
    imported(header, ["S", "A-1", "2024-01-01", "5", "2025-01-01"])
    assert imported(header, ["S", "A-1", "2024-01-01", "5", ""]) == (0, 1, 0, 0)
    assert only().ends_on is None


@pytest.mark.parametrize(
    ("name", "value", "customer"),
    [
        ("customer name", "Acme", "Acme"),
        ("website", "www.acme.example", "Acme"),
        ("customer email", "bo@beta.example", "Beta"),
        ("customer email", "new@acme.example", "Acme"),
    ],
)
def test_the_customer_is_found_by_other_names_too(name: str, value: str, customer: str) -> None:
    assert imported(["id", name, "start", "mrr"], ["S", value, "2024-01-01", "5"]) == (1, 0, 0, 0)
    assert only().customer.name == customer


def test_an_unknown_id_gives_way_to_a_known_name_and_is_told() -> None:
    header = ["id", "customer id", "company name", "start", "mrr"]
    job = import_rows("subscriptions", [header, ["S", "cus_77", "Beta", "2024-01-01", "5"]])
    assert counts(job) == (1, 0, 0, 0)
    assert job.warnings[0]["text"] == "The ID “cus_77” is not known; Beta was found by its name."


def test_two_customers_of_one_name_are_not_guessed_between() -> None:
    makers.make_customer("Beta")
    job = import_rows("subscriptions", [["id", "customer name", "start", "mrr"], ["S", "Beta", "2024-01-01", "5"]])
    assert reasons(job) == {2: "customer name: 2 customers have the name “Beta”."}


def test_a_merged_customers_subscription_goes_to_the_one_kept() -> None:
    beta = makers.make_customer("Old Beta", external_id="OLD")
    kept = makers.make_customer("Kept")
    beta.merged_into = kept
    beta.save()
    assert imported(["id", "customer id", "start", "mrr"], ["S", "OLD", "2024-01-01", "5"]) == (1, 0, 0, 0)
    assert only().customer == kept


def test_a_foreign_currency_needs_a_rate() -> None:
    header, row = ["id", "customer id", "start", "mrr", "currency"], ["S", "A-1", "2024-01-01", "5", "eur"]
    job = import_rows("subscriptions", [header, row])
    assert "There is no exchange rate for EUR" in reasons(job)[2]
    ExchangeRate.objects.create(currency="EUR", valid_from=date(2020, 1, 1), rate=Decimal("1.1"))
    assert imported(header, row) == (1, 0, 0, 0)
    assert only().currency == "EUR"


def test_a_currency_beside_the_amount_counts() -> None:
    ExchangeRate.objects.create(currency="GBP", valid_from=date(2020, 1, 1), rate=Decimal("1.3"))
    assert imported(["id", "customer id", "start", "mrr"], ["S", "A-1", "2024-01-01", "£12.50"]) == (1, 0, 0, 0)
    assert (only().currency, only().mrr) == ("GBP", Decimal("12.5"))


def test_without_ids_subscriptions_are_told_apart_by_customer_start_and_edition() -> None:
    header = ["customer id", "start", "plan", "mrr"]
    rows = [["A-1", "2024-01-01", "Pro", "5"], ["A-1", "2024-01-01", "Add-on", "7"], ["A-2", "2024-01-01", "Pro", "9"]]
    assert imported(header, *rows) == (3, 0, 0, 0)
    assert imported(header, *rows) == (0, 0, 3, 0)
    assert imported(header, ["A-1", "2024-01-01", "Pro", "6"]) == (0, 1, 0, 0)


def test_without_a_start_the_customers_own_is_taken() -> None:
    job = import_rows(
        "subscriptions",
        [["customerID", "Contract", "MonthlyCharges", "Churn"], ["A-1", "One year", "29.85", "No"]],
    )
    assert counts(job) == (1, 0, 0, 0)
    assert (only().starts_on, only().billing) == (date(2020, 5, 1), "annual")
    assert job.warnings[0]["text"] == "It has no start; 2020-05-01 is taken."


def test_a_row_without_start_or_id_is_found_again() -> None:
    header, row = ["customer id", "start", "plan", "mrr"], ["A-1", "", "Pro", "5"]
    assert imported(header, row) == (1, 0, 0, 0)
    assert imported(header, row) == (0, 0, 1, 0)


def test_a_new_subscription_needs_an_amount() -> None:
    job = import_rows("subscriptions", [["id", "customer id", "start"], ["S", "A-1", "2024-01-01"]])
    assert "needs an amount" in reasons(job)[2]


def test_a_changed_amount_changes_the_figures() -> None:
    header = ["id", "customer id", "start", "mrr"]
    imported(header, ["S", "A-1", "2024-01-01", "5"])
    assert imported(header, ["S", "A-1", "2024-01-01", "8"]) == (0, 1, 0, 0)
    customer = only().customer
    assert customer.mrr == 8
    assert TimelineEntry.objects.filter(customer=customer).latest("id").summary.endswith(": MRR: 5 → 8")
