"""The columns and formats of other systems' exports are guessed from their header and values."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.imports.fields import fields_of
from accounts.imports.guessing import Guess, guess
from accounts.imports.reading import PathSource, Table, inspect
from accounts.imports.reading.layout import Limits
from accounts.models import CustomField
from tests.accounts.import_files import csv_bytes, xlsx_bytes

LIMITS = Limits(size=20_000_000, unpacked=100_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def guess_of(
    path: Path, kind: str, rows: Sequence[Sequence[object]], custom: Sequence[CustomField] = (), **how
) -> Guess:
    path.write_bytes(csv_bytes(rows, **how))
    source = PathSource(path)
    with Table(source, inspect(source, limits=LIMITS), max_rows=1_000_000) as table:
        return guess(kind, table, fields_of(kind, list(custom)))


def test_a_plain_customer_list(path: Path) -> None:
    found = guess_of(
        path,
        "customers",
        [
            [
                "customerId",
                "Company Name",
                "Website",
                "Country/Region",
                "Industry",
                "Signup Date",
                "Users",
                "Churned",
                "Colour",
            ],
            ["C-1", "Acme", "https://acme.example/", "Germany", "Retail", "2024-05-01", "12", "No", "red"],
            ["C-2", "Beta", "beta.example", "France", "Health", "2023-01-17", "3", "Yes", "blue"],
        ],
    )
    assert found.mapping == {
        "customerId": "external_id",
        "Company Name": "name",
        "Website": "domain",
        "Country/Region": "country",
        "Industry": "industry",
        "Signup Date": "signed_up_on",
        "Users": "seats",
        "Churned": "churned",
    }
    assert found.options["date_order"] == {"Signup Date": "ymd"}
    assert not found.notes


def test_a_company_export_of_a_crm(path: Path) -> None:
    found = guess_of(
        path,
        "customers",
        [
            ["Record ID", "Company name", "Company Domain Name", "Company owner", "Create Date", "Phone Number", "City",
             "Country/Region", "Industry", "Lifecycle Stage", "Number of Employees", "Annual Revenue", "Time Zone"],
            ["9001", "Acme", "acme.example", "Kim Doe", "2024-02-29 14:05", "+1 555 0100", "Boston", "United States",
             "COMPUTER_SOFTWARE", "Customer", "250", "1000000", "America/New_York"],
            ["9002", "Beta", "beta.example", "Kim Doe", "2024-03-01 09:00", "", "Lyon", "France",
             "RETAIL", "Lead", "40", "", "Europe/Paris"],
        ],
    )  # fmt: skip
    assert found.mapping == {
        "Record ID": "external_id",
        "Company name": "name",
        "Company Domain Name": "domain",
        "Create Date": "signed_up_on",
        "Country/Region": "country",
        "Industry": "industry",
        "Lifecycle Stage": "stage",
        "Time Zone": "time_zone",
    }


def test_contacts_of_a_crm(path: Path) -> None:
    found = guess_of(
        path,
        "contacts",
        [
            ["Record ID", "First Name", "Last Name", "Email", "Job Title", "Associated Company", "Mobile Phone Number"],
            ["501", "Ann", "Lee", "ann@acme.example", "CTO", "Acme", "+49 170 1"],
        ],
    )
    assert found.mapping == {
        "Record ID": "external_id",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Email": "email",
        "Job Title": "job_title",
        "Associated Company": "customer_name",
        "Mobile Phone Number": "phone",
    }


def test_an_address_column_is_known_by_its_values(path: Path) -> None:
    found = guess_of(
        path, "contacts", [["Who", "Reach at"], ["Ann Lee", "ann@acme.example"], ["Bo", "bo@beta.example"]]
    )
    assert found.mapping["Reach at"] == "email"
    assert "because of its values" in found.notes[0].text


def test_a_subscription_export_of_a_billing_system(path: Path) -> None:
    found = guess_of(
        path,
        "subscriptions",
        [
            ["id", "Customer ID", "Customer Description", "Customer Email", "Plan", "Quantity", "Currency", "Interval",
             "Amount", "Status", "Created (UTC)", "Start (UTC)", "Current Period Start (UTC)",
             "Current Period End (UTC)", "Trial Start (UTC)", "Canceled At (UTC)", "Cancel At Period End",
             "Ended At (UTC)"],
            ["sub_1a", "cus_9", "Acme", "ann@acme.example", "pro", "5", "usd", "month", "49.00", "active",
             "2024-01-31 10:11", "2024-01-31 10:11", "2026-10-31 10:11", "2026-11-30 10:11", "", "", "false", ""],
            ["sub_2b", "cus_8", "Beta", "bo@beta.example", "team", "1", "eur", "year", "590.00", "canceled",
             "2023-05-02 08:00", "2023-05-02 08:00", "2024-05-02 08:00", "2025-05-02 08:00", "", "2024-12-01 07:00",
             "true", "2025-05-02 08:00"],
        ],
    )  # fmt: skip
    assert found.mapping == {
        "id": "external_id",
        "Customer ID": "customer_external_id",
        "Customer Description": "customer_name",
        "Customer Email": "customer_email",
        "Plan": "edition",
        "Quantity": "seats",
        "Currency": "currency",
        "Interval": "billing",
        "Amount": "amount",
        "Status": "status",
        "Start (UTC)": "starts_on",
        "Current Period End (UTC)": "period_end",
        "Canceled At (UTC)": "canceled_on",
        "Cancel At Period End": "cancels_at_end",
        "Ended At (UTC)": "ends_on",
    }


def test_an_interface_export_with_cents_and_unix_times(path: Path) -> None:
    found = guess_of(
        path,
        "subscriptions",
        [
            ["id", "customer", "status", "start_date", "current_period_end", "canceled_at", "plan.amount",
             "plan.interval", "plan.interval_count", "plan.currency", "quantity"],
            ["sub_1", "cus_1", "active", "1706695860", "1764497460", "", "4900", "month", "1", "usd", "5"],
            ["sub_2", "cus_2", "trialing", "1764000000", "1766000000", "", "9900", "month", "3", "usd", "1"],
        ],
    )  # fmt: skip
    assert found.mapping == {
        "id": "external_id",
        "customer": "customer_external_id",
        "status": "status",
        "start_date": "starts_on",
        "current_period_end": "period_end",
        "canceled_at": "canceled_on",
        "plan.amount": "unit_amount",
        "plan.interval": "billing",
        "plan.interval_count": "billing_count",
        "plan.currency": "currency",
        "quantity": "seats",
    }
    assert found.options["minor_units"] == ["plan.amount"]
    assert found.options["date_order"]["start_date"] == "unix"


def test_dotted_names_of_another_billing_system(path: Path) -> None:
    found = guess_of(
        path,
        "subscriptions",
        [
            ["subscriptions.id", "customers.id", "customers.company", "subscriptions.plan_id", "subscriptions.mrr",
             "subscriptions.billing_period", "subscriptions.billing_period_unit", "subscriptions.status",
             "subscriptions.start_date", "subscriptions.cancelled_at", "subscriptions.currency_code"],
            ["AzZ1", "C1", "Acme", "growth", "120.5", "1", "month", "active", "12/28/2024", "", "USD"],
            ["AzZ2", "C2", "Beta", "growth", "99.0", "1", "year", "non_renewing", "01/02/2025", "", "USD"],
        ],
    )  # fmt: skip
    assert found.mapping == {
        "subscriptions.id": "external_id",
        "customers.id": "customer_external_id",
        "customers.company": "customer_name",
        "subscriptions.plan_id": "edition",
        "subscriptions.mrr": "mrr",
        "subscriptions.billing_period": "billing_count",
        "subscriptions.billing_period_unit": "billing",
        "subscriptions.status": "status",
        "subscriptions.start_date": "starts_on",
        "subscriptions.cancelled_at": "canceled_on",
        "subscriptions.currency_code": "currency",
    }
    assert found.options["date_order"]["subscriptions.start_date"] == "mdy"


CHURN_ROWS = [
    ["customerID", "gender", "SeniorCitizen", "tenure", "Contract", "PaperlessBilling", "PaymentMethod",
     "MonthlyCharges", "TotalCharges", "Churn"],
    ["7590-A", "Female", "0", "1", "Month-to-month", "Yes", "Electronic check", "29.85", "29.85", "No"],
    ["5575-G", "Male", "0", "34", "One year", "No", "Mailed check", "56.95", "1889.5", "No"],
    ["3668-Q", "Male", "1", "2", "Two year", "Yes", "Mailed check", "53.85", " ", "Yes"],
]  # fmt: skip


def test_a_churn_study_as_customers_and_as_subscriptions(path: Path) -> None:
    assert guess_of(path, "customers", CHURN_ROWS).mapping == {
        "customerID": "external_id",
        "tenure": "tenure_months",
        "Churn": "churned",
    }
    assert guess_of(path, "subscriptions", CHURN_ROWS).mapping == {
        "customerID": "customer_external_id",
        "tenure": "tenure_months",
        "Contract": "billing",
        "MonthlyCharges": "mrr",
        "Churn": "churned",
    }


@pytest.mark.parametrize(
    ("kind", "header", "values", "field"),
    [
        ("customers", "custid", "C-1", "external_id"),
        ("customers", "companyname", "Acme", "name"),
        ("customers", "Plan Type", "Pro", "edition"),
        ("customers", "IsActiveMember", "0", "is_active"),
        ("customers", "churn_date", "2024-05-01", "churned_on"),
        ("customers", "org_id", "O-1", "external_id"),
        ("subscriptions", "startdate", "2024-05-01", "starts_on"),
        ("subscriptions", "monthly_subscription_fee_usd", "12.5", "mrr"),
        ("subscriptions", "Price (monthly)", "12.5", "mrr"),
        ("subscriptions", "total_arr", "1200", "arr"),
        ("subscriptions", "mrr change", "5", None),
        ("subscriptions", "Annual Revenue", "5000000", None),
        ("customers", "referral_source", "ads", None),
        ("customers", "Number of Employees", "250", None),
        ("contacts", "firstname", "Ann", "first_name"),
    ],
)
def test_a_heading_is_known_in_many_spellings(
    path: Path, kind: str, header: str, values: str, field: str | None
) -> None:
    assert guess_of(path, kind, [[header, "zz"], [values, "-"]]).mapping.get(header) == field


def test_a_german_list_with_commas_in_numbers(path: Path) -> None:
    found = guess_of(
        path,
        "subscriptions",
        [
            [
                "Vertragsnummer",
                "Kundennummer",
                "Tarif",
                "Betrag",
                "Zahlungsintervall",
                "Vertragsbeginn",
                "Vertragsende",
            ],
            ["V1", "K1", "Basis", "1.234,50 €", "jährlich", "31.01.2024", ""],
            ["V2", "K2", "Basis", "99,00 €", "monatlich", "01.02.2024", "01.02.2026"],
        ],
        delimiter=";",
        encoding="cp1252",
    )
    assert found.mapping == {
        "Vertragsnummer": "external_id",
        "Kundennummer": "customer_external_id",
        "Tarif": "edition",
        "Betrag": "amount",
        "Zahlungsintervall": "billing",
        "Vertragsbeginn": "starts_on",
        "Vertragsende": "ends_on",
    }
    assert found.options["decimal_mark"]["Betrag"] == ","
    assert found.options["date_order"] == {"Vertragsbeginn": "dmy", "Vertragsende": "dmy"}


def test_no_field_gets_two_columns(path: Path) -> None:
    found = guess_of(
        path,
        "customers",
        [
            ["id", "account_id", "external id", "name", "company", "account name"],
            ["1", "A1", "E1", "Acme", "Acme", "Acme"],
        ],
    )
    assert len(set(found.mapping.values())) == len(found.mapping)
    assert found.mapping["external id"] == "external_id"
    assert found.mapping["account name"] == "name"


def test_a_column_is_left_alone_where_its_values_do_not_fit(path: Path) -> None:
    regions = ["north", "south", "east", "west", "centre", "abroad"]
    rows = [[number, f"Company {number}", "A17", region] for number, region in enumerate(regions)]
    found = guess_of(path, "customers", [["id", "name", "status", "country"], *rows])
    assert found.mapping == {"id": "external_id", "name": "name"}


def test_custom_fields_are_known_by_label_and_key(path: Path) -> None:
    custom = [
        CustomField(key="data_residency", label="Where data lives", type="choice", choices=["EU", "US"]),
        CustomField(key="nps", label="NPS", type="number"),
    ]
    found = guess_of(
        path, "customers", [["id", "where data lives", "NPS"], ["1", "eu", "9.5"], ["2", "US", "3"]], custom=custom
    )
    assert found.mapping == {"id": "external_id", "where data lives": "custom.data_residency", "NPS": "custom.nps"}


def test_an_ambiguous_date_is_said_to_be(path: Path) -> None:
    found = guess_of(path, "customers", [["id", "signup date"], ["1", "01-02-2024"], ["2", "03-04-2024"]])
    assert found.options["date_order"] == {"signup date": "dmy"}
    assert [note.column for note in found.notes] == ["signup date"]
    assert "please check" in found.notes[0].text


def test_an_ambiguous_column_follows_the_file(path: Path) -> None:
    found = guess_of(
        path,
        "subscriptions",
        [["id", "customer id", "start date", "end date", "mrr"], ["1", "C1", "03/04/2024", "12/31/2025", "10"]],
    )
    assert found.options["date_order"] == {"start date": "mdy", "end date": "mdy"}


def test_the_order_is_decided_by_the_whole_column(path: Path) -> None:
    rows = [["id", "signup date"], *([number, "05/06/2024"] for number in range(3_000)), ["last", "05/27/2024"]]
    found = guess_of(path, "customers", rows)
    assert found.options["date_order"] == {"signup date": "mdy"}
    assert not found.notes


def test_a_workbook_needs_no_guess_for_its_dates(path: Path) -> None:
    rows = [["id", "signup date", "seats"], ["1", date(2024, 3, 4), 1234]]
    path.write_bytes(xlsx_bytes({"S": rows}))
    source = PathSource(path)
    with Table(source, inspect(source, limits=LIMITS), max_rows=1_000) as table:
        found = guess("customers", table, fields_of("customers"))
    assert found.options["date_order"] == {"signup date": "ymd"}
    assert not found.notes


def test_a_currency_is_read_off_a_heading(path: Path) -> None:
    found = guess_of(path, "subscriptions", [["id", "customer id", "mrr_eur", "start"], ["1", "C", "5", "2024-01-01"]])
    assert found.options["currency"] == "EUR"


@settings(max_examples=40)
@given(
    st.lists(st.dates(date(2000, 1, 1), date(2030, 12, 31)), min_size=1, max_size=30), st.sampled_from(["dmy", "mdy"])
)
def test_dates_are_read_as_they_were_written_unless_that_is_said(
    tmp_path_factory: pytest.TempPathFactory, days: list[date], order: str
) -> None:
    from accounts import rules

    form = "%d.%m.%Y" if order == "dmy" else "%m/%d/%Y"
    texts = [day.strftime(form) for day in days]
    found = guess_of(
        tmp_path_factory.getbasetemp() / "days.csv", "customers", [["id", "signup date"], *enumerate(texts)]
    )
    guessed = found.options["date_order"]["signup date"]
    read = []
    for text in texts:
        try:
            read.append(rules.read_date(text, guessed))
        except rules.Unreadable:
            read.append(None)
    assert read == days or found.notes
