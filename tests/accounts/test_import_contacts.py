"""Rows become contacts of customers that are there."""

import pytest

from accounts.models import Contact, Customer
from tests import cast as makers
from tests.accounts.import_files import counts, import_rows, reasons

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def customers() -> None:
    makers.make_customer("Acme", external_id="A-1", domain="acme.example")
    makers.make_customer("Beta", external_id="A-2")


def acme() -> Customer:
    return Customer.objects.get(name="Acme")


def test_rows_become_contacts() -> None:
    rows = [
        ["Record ID", "First Name", "Last Name", "Email", "Job Title", "Account ID", "Decision Maker"],
        ["1", "Ann", "Lee", "Ann.Lee@Acme.example", "CTO", "A-1", "yes"],
        ["2", "Bo", "", "bo@beta.example", "", "A-2", "no"],
        ["3", "Cy", "Fox", "no address", "", "A-2", ""],
        ["4", "Di", "Fox", "di@beta.example", "", "A-9", ""],
        ["5", "Ed", "Fox", "", "", "A-2", ""],
    ]
    job = import_rows("contacts", rows)
    assert counts(job) == (2, 0, 0, 3)
    ann = Contact.objects.get(external_id="1")
    assert (ann.name, ann.email, ann.customer.name, ann.job_title, ann.is_decision_maker) == (
        "Ann Lee",
        "ann.lee@acme.example",
        "Acme",
        "CTO",
        True,
    )
    said = reasons(job)
    assert said[4].startswith("Email: “no address” is not an e-mail address.")
    assert said[5] == "Account ID: No customer has the ID “A-9”. Import the customers first."
    assert said[6] == "Email: A new contact needs an e-mail address."
    assert counts(import_rows("contacts", rows)) == (0, 0, 2, 3)


@pytest.mark.parametrize(
    ("full", "first", "last"),
    [("Ann Lee", "Ann", "Lee"), ("Ann Mary Lee", "Ann Mary", "Lee"), ("Lee, Ann", "Ann", "Lee"), ("Ann", "Ann", "")],
)
def test_a_full_name_is_cut_in_two(full: str, first: str, last: str) -> None:
    import_rows("contacts", [["name", "email"], [full, "ann@acme.example"]])
    assert Contact.objects.values_list("first_name", "last_name").get() == (first, last)


def test_the_address_finds_the_customer_where_nothing_else_names_it() -> None:
    job = import_rows("contacts", [["email"], ["ann@acme.example"], ["bo@gmail.com"], ["cy@nowhere.example"]])
    assert counts(job) == (1, 0, 0, 2)
    assert Contact.objects.get().customer.name == "Acme"
    assert reasons(job)[3] == "This row names no customer."


def test_a_contact_made_by_hand_gets_the_id_of_its_row() -> None:
    ann = makers.make_contact(acme(), "ann@acme.example")
    job = import_rows("contacts", [["id", "email", "phone"], ["77", "ANN@acme.example", "+1"]])
    assert counts(job) == (0, 1, 0, 0)
    ann.refresh_from_db()
    assert (ann.external_id, ann.phone) == ("77", "+1")


def test_an_address_is_not_given_to_two_contacts_of_a_customer() -> None:
    makers.make_contact(acme(), "ann@acme.example", external_id="1")
    makers.make_contact(acme(), "bo@acme.example", external_id="2")
    job = import_rows(
        "contacts", [["id", "email"], ["2", "ann@acme.example"], ["3", "ann@acme.example"], ["1", "ann@acme.example"]]
    )
    assert counts(job) == (0, 0, 1, 2)
    assert reasons(job) == {
        2: "email: Another contact of this customer has the address ann@acme.example.",
        3: "id: ann@acme.example has the ID “1” at this customer already.",
    }


def test_an_address_that_only_one_contact_has_finds_it() -> None:
    beta = Customer.objects.get(name="Beta")
    makers.make_contact(beta, "bo@gmail.com", first_name="Bo")
    makers.make_contact(beta, "bo@elsewhere.example", first_name="Bo")
    job = import_rows("contacts", [["email", "phone"], ["bo@gmail.com", "1"], ["bo@elsewhere.example", "2"]])
    assert counts(job) == (0, 2, 0, 0)
