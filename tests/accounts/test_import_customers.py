"""Rows become customers: new ones, changed ones, and rejected ones with their reasons."""

from datetime import date

import pytest

from accounts.models import Customer, CustomField, ImportRejection, TimelineEntry
from accounts.signals import facts_changed
from core.models import OutboxEntry
from tests import cast as makers
from tests.accounts.import_files import counts, import_rows, reasons, start, upload, xlsx_bytes

pytestmark = pytest.mark.django_db

ROWS = [
    ["account_id", "account_name", "website", "country", "industry", "signup_date", "plan_tier", "seats",
     "is_trial", "churn_flag"],
    ["A-1", "Acme", "https://www.acme-inc.example", "Germany", "Retail", "16-10-2024", "Pro", "9", "FALSE", "FALSE"],
    ["A-2", "Beta", "", "UK", "Health", "01-02-2023", "Basic", "", "TRUE", "FALSE"],
    ["A-3", "Gamma", "gamma.example", "fr", "", "", "", "1,000", "FALSE", "TRUE"],
]  # fmt: skip


def test_rows_become_customers_with_their_story() -> None:
    actor = makers.make_person("kim@company.example", "manager")
    job = import_rows("customers", ROWS, actor=actor)
    assert counts(job) == (3, 0, 0, 0)
    acme, beta, gamma = Customer.objects.order_by("external_id")
    assert (acme.name, acme.domain, acme.country, acme.industry) == ("Acme", "acme-inc.example", "DE", "Retail")
    assert (acme.signed_up_on, acme.edition, acme.seats, acme.stage) == (date(2024, 10, 16), "Pro", 9, "adoption")
    assert (beta.country, beta.stage, beta.seats, beta.domain) == ("GB", "trial", None, "")
    assert (gamma.country, gamma.stage, gamma.seats, gamma.signed_up_on) == ("FR", "churned", 1000, None)
    told = TimelineEntry.objects.get(customer=acme)
    assert (told.kind, told.summary, told.actor, told.why) == (
        "customer.created",
        "Acme was added",
        actor,
        "Import of export.csv",
    )


def test_the_second_import_changes_nothing() -> None:
    import_rows("customers", ROWS)
    before = list(Customer.objects.order_by("id").values())
    told = TimelineEntry.objects.count()
    job = import_rows("customers", ROWS)
    assert counts(job) == (0, 0, 3, 0)
    assert list(Customer.objects.order_by("id").values()) == before
    assert TimelineEntry.objects.count() == told
    assert not job.changes.exists()


def test_a_changed_row_changes_its_customer_and_tells_what() -> None:
    import_rows("customers", ROWS)
    changed = [
        ROWS[0],
        ["A-1", "Acme", "", "Austria", "Retail", "16-10-2024", "Pro", "12", "FALSE", "FALSE"],
        *ROWS[2:],
    ]
    job = import_rows("customers", changed)
    assert counts(job) == (0, 1, 2, 0)
    acme = Customer.objects.get(external_id="A-1")
    assert (acme.country, acme.seats, acme.domain) == ("AT", 12, "acme-inc.example")
    told = TimelineEntry.objects.filter(customer=acme).latest("id")
    assert told.kind == "customer.edited"
    assert told.summary == "Country: DE → AT; Seats: 9 → 12"
    assert told.data["changes"] == {"country": ["DE", "AT"], "seats": [9, 12]}


def test_empty_cells_keep_or_clear_as_chosen() -> None:
    import_rows("customers", ROWS)
    emptied = [ROWS[0], ["A-1", "Acme", "", "", "", "", "", "", "", ""]]
    assert counts(import_rows("customers", emptied)) == (0, 0, 1, 0)
    assert counts(import_rows("customers", emptied, empty_cells="clear")) == (0, 1, 0, 0)
    acme = Customer.objects.get(external_id="A-1")
    assert (acme.domain, acme.country, acme.seats, acme.signed_up_on, acme.name) == ("", "", None, None, "Acme")


def test_bad_rows_stay_out_with_every_reason_and_good_ones_come_in() -> None:
    job = import_rows(
        "customers",
        [
            ["id", "name", "country", "seats", "signup date"],
            ["1", "Acme", "Germany", "5", "2024-01-31"],
            ["2", "Beta", "Atlantis", "many", "2024-02-30"],
            ["", "", "DE", "1", "2024-01-31"],
            ["x" * 121, "Long", "DE", "1", "2024-01-31"],
            ["5", "Delta", "DE", "5", "2024-01-31", "stray"],
        ],
    )
    assert counts(job) == (1, 0, 0, 4)
    said = reasons(job)
    assert said[3] == (
        "country: “Atlantis” is not a country; a name such as Germany or a code such as DE is. "
        "seats: “many” is not a number. signup date: There is no day “2024-02-30”."
    )
    assert said[4] == "This row has neither an ID nor a name of a customer."
    assert said[5] == "id: This text has 121 characters; at most 120 fit."
    assert said[6] == "This row has 6 cells, but the header has 5."
    assert ImportRejection.objects.get(row_number=3).raw == ["2", "Beta", "Atlantis", "many", "2024-02-30"]


def test_bad_cells_may_be_left_out_instead() -> None:
    rows = [["id", "name", "country", "seats"], ["1", "Acme", "Atlantis", "5"]]
    job = import_rows("customers", rows, bad_values="blank")
    assert counts(job) == (1, 0, 0, 0)
    assert Customer.objects.get().country == ""
    assert job.warnings == [
        {
            "row": 2,
            "column": "country",
            "text": "“Atlantis” is not a country; a name such as Germany or a code such as DE is. It was left out.",
        }
    ]


def test_without_ids_customers_are_found_by_domain_and_name() -> None:
    makers.make_customer("Acme", domain="acme.example")
    makers.make_customer("Beta")
    makers.make_customer("Twin")
    makers.make_customer("Twin")
    rows = [
        ["company", "website", "seats"],
        ["Acme Ltd", "acme.example", "1"],
        ["Beta", "", "2"],
        ["Gamma", "", "3"],
        ["Twin", "", "4"],
    ]
    job = import_rows("customers", rows)
    assert counts(job) == (1, 2, 0, 1)
    assert list(Customer.objects.exclude(name="Twin").order_by("seats").values_list("name", "seats")) == [
        ("Acme Ltd", 1),
        ("Beta", 2),
        ("Gamma", 3),
    ]
    assert "2 customers have the name “Twin”" in reasons(job)[5]
    assert counts(import_rows("customers", rows)) == (0, 0, 3, 1)


def test_a_file_without_names_uses_the_ids() -> None:
    job = import_rows("customers", [["customerID", "tenure", "Churn"], ["7590-A", "12", "No"], ["5575-G", "1", "Yes"]])
    assert counts(job) == (2, 0, 0, 0)
    first, second = Customer.objects.order_by("-external_id")
    assert (first.name, first.stage, second.stage) == ("7590-A", "adoption", "churned")
    assert first.signed_up_on is not None
    again = import_rows("customers", [["customerID", "tenure", "Churn"], ["7590-A", "99", "No"]])
    assert counts(again) == (0, 0, 1, 0)


def test_a_flag_that_turns_to_no_ends_just_that_stage() -> None:
    makers.make_customer("Back", external_id="1", stage="churned")
    makers.make_customer("New", external_id="2", stage="onboarding")
    job = import_rows("customers", [["id", "churn_flag"], ["1", "no"], ["2", "no"]])
    assert counts(job) == (0, 1, 1, 0)
    assert list(Customer.objects.order_by("external_id").values_list("stage", flat=True)) == ["adoption", "onboarding"]


def test_a_day_of_churn_and_an_active_flag_set_the_stage() -> None:
    rows = [
        ["id", "is_active", "churn_date"],
        ["1", "0", ""],
        ["2", "1", "2024-05-01"],
        ["3", "1", ""],
        ["4", "1", "2199-01-01"],
    ]
    assert counts(import_rows("customers", rows)) == (4, 0, 0, 0)
    stages = list(Customer.objects.order_by("external_id").values_list("stage", flat=True))
    assert stages == ["churned", "churned", "adoption", "adoption"]


def test_tags_are_added_and_custom_fields_changed_one_by_one() -> None:
    CustomField.objects.create(key="region", label="Region", type="choice", choices=["North", "South"])
    CustomField.objects.create(key="nps", label="NPS", type="number")
    CustomField.objects.create(key="reviewed", label="Reviewed on", type="date")
    makers.make_customer("Acme", external_id="1", tags=["vip"], custom={"nps": 3, "region": "North"})
    rows = [["id", "tags", "NPS", "Region", "Reviewed on"], ["1", "VIP; pilot", "9.5", "south", "31.12.2025"]]
    job = import_rows("customers", rows)
    assert counts(job) == (0, 1, 0, 0)
    acme = Customer.objects.get()
    assert acme.tags == ["vip", "pilot"]
    assert acme.custom == {"nps": 9.5, "region": "South", "reviewed": "2025-12-31"}
    assert counts(import_rows("customers", rows)) == (0, 0, 1, 0)


def test_parents_are_found_wherever_they_stand_in_the_file() -> None:
    rows = [
        ["id", "name", "parent_id"],
        ["1", "Grandchild", "2"],
        ["2", "Child", "3"],
        ["3", "Holding", ""],
        ["4", "Orphan", "99"],
        ["5", "Itself", "5"],
        ["6", "By name", "Holding"],
    ]
    job = import_rows("customers", rows)
    assert counts(job) == (4, 0, 0, 2)
    parents = dict(Customer.objects.values_list("name", "parent__name"))
    assert parents == {"Grandchild": "Child", "Child": "Holding", "Holding": None, "By name": "Holding"}
    assert set(reasons(job)) == {5, 6}
    assert counts(import_rows("customers", rows)) == (0, 0, 4, 2)


def test_nobody_becomes_its_own_ancestor() -> None:
    top = makers.make_customer("Top", external_id="1")
    makers.make_customer("Sub", external_id="2", parent=top)
    job = import_rows("customers", [["id", "seats", "parent"], ["1", "7", "2"], ["2", "8", ""]])
    assert counts(job) == (0, 1, 0, 1)
    assert "belongs to it" in reasons(job)[2]
    top.refresh_from_db()
    assert (top.parent, top.seats) == (None, None)


def test_rows_of_one_id_are_applied_in_their_order_and_stay_idempotent() -> None:
    rows = [
        ["id", "name", "seats", "country"],
        ["1", "First", "5", "DE"],
        *[[str(number), f"Filler {number}", "1", "FR"] for number in range(100, 2_300)],
        ["1", "Last", "", "AT"],
        ["1", "Bad", "none at all", "AT"],
    ]
    job = import_rows("customers", rows)
    assert counts(job) == (2_201, 1, 0, 1)
    kept = Customer.objects.get(external_id="1")
    assert (kept.name, kept.seats, kept.country) == ("Last", 5, "AT")
    assert counts(import_rows("customers", rows)) == (0, 0, 2_202, 1)
    assert TimelineEntry.objects.filter(customer=kept).count() == 1


def test_a_merged_customer_is_not_brought_back() -> None:
    kept = makers.make_customer("Kept", external_id="1")
    makers.make_customer("Gone", external_id="2", merged_into=kept)
    job = import_rows("customers", [["id", "name"], ["2", "Gone again"]])
    assert counts(job) == (0, 0, 0, 1)
    assert "merged into another one" in reasons(job)[2]


def test_changed_facts_are_told_to_the_floors_above() -> None:
    told: list[list[int]] = []

    def listen(customer_ids: list[int], **_: object) -> None:
        told.append(customer_ids)

    facts_changed.connect(listen)
    try:
        import_rows("customers", ROWS)
        import_rows("customers", ROWS)
    finally:
        facts_changed.disconnect(listen)
    assert told == [sorted(Customer.objects.values_list("pk", flat=True))]


def test_duplicates_are_looked_for_after_an_import() -> None:
    import_rows("customers", ROWS)
    assert OutboxEntry.objects.filter(kind="accounts.find_duplicates").count() == 1


def test_a_workbook_is_imported_like_a_text_file() -> None:
    rows = [["id", "name", "signup date", "seats"], [1, "Acme", date(2024, 5, 6), 12.0], [2, "Beta", "07.08.2024", "3"]]
    job = start(upload("customers", xlsx_bytes({"Export": rows}), name="export.xlsx"))
    assert counts(job) == (2, 0, 0, 0)
    assert list(Customer.objects.order_by("external_id").values_list("external_id", "signed_up_on", "seats")) == [
        ("1", date(2024, 5, 6), 12),
        ("2", date(2024, 8, 7), 3),
    ]


def test_what_cannot_be_decoded_costs_its_row() -> None:
    good = b"".join(b"%d,M\xc3\xbcller %d\n" % (number, number) for number in range(30))
    job = start(upload("customers", b"id,name\n" + good + b"99,M\xfcller\n"))
    assert counts(job) == (30, 0, 0, 1)
    assert "cannot be read in the file’s encoding" in reasons(job)[32]


def test_a_text_of_control_characters_is_no_text() -> None:
    job = start(upload("customers", b"id,name,country\n1,\x01\x02,DE\n\x03,\x01,DE\n"))
    assert counts(job) == (1, 0, 0, 1)
    assert Customer.objects.get().name == "1"


def test_a_nul_byte_is_no_reason_to_fail() -> None:
    job = start(upload("customers", b"id,name,country\n1,Ac\x00me,DE\n2,B\x00,no\x00where\n"))
    assert counts(job) == (1, 0, 0, 1)
    assert Customer.objects.get().name == "Acme"
    assert ImportRejection.objects.get().raw == ["2", "B", "nowhere"]
