"""An import is undone as a whole, and what others have done since stays."""

from datetime import date
from typing import Any

import pytest

from accounts.actions import imports as actions
from accounts.imports import running
from accounts.models import Assignment, Contact, Customer, ImportJob, Role, Subscription, TimelineEntry
from accounts.models.people import User
from segments.models import TierMove
from tests import cast as makers
from tests.accounts.import_files import counts, import_rows

pytestmark = pytest.mark.django_db

HEADER = ["id", "name", "country", "seats", "tags"]


@pytest.fixture
def manager() -> User:
    return makers.make_person("kim@company.example", "manager")


def undo(job: ImportJob, actor: User | None = None) -> dict[int, str]:
    """Return what was kept, by the object's id, of an import that is undone now."""
    actions.undo_import(actor=actor, job=job)
    assert running.run(job.pk)
    job.refresh_from_db()
    assert job.state == ImportJob.State.UNDONE
    kept = job.changes.exclude(undo_result__startswith="undone")
    return dict(kept.values_list("object_id", "undo_result"))


def facts(customer: Customer) -> dict[str, Any]:
    names = ("name", "country", "seats", "tags", "custom", "stage", "mrr")
    return Customer.objects.values(*names).get(pk=customer.pk)


def test_new_ones_go_and_changed_ones_come_back(manager: User) -> None:
    acme = makers.make_customer("Acme", external_id="1", country="DE", seats=3, tags=["vip"], custom={"nps": 4})
    before = facts(acme)
    job = import_rows(
        "customers", [HEADER, ["1", "Acme Ltd", "FR", "9", "new"], ["2", "Beta", "DE", "1", ""]], actor=manager
    )
    assert counts(job) == (1, 1, 0, 0)
    assert undo(job, manager) == {}
    assert facts(acme) == before
    assert list(Customer.objects.values_list("name", flat=True)) == ["Acme"]
    told = TimelineEntry.objects.filter(customer=acme).latest("id")
    assert (told.kind, told.actor, told.why) == ("import.undone", manager, "The import of export.csv was undone")
    assert told.summary == "Acme put back: name, country, seats, tags"


def test_what_somebody_changed_since_stays_and_is_named() -> None:
    acme = makers.make_customer("Acme", external_id="1", country="DE", seats=3)
    job = import_rows(
        "customers", [HEADER, ["1", "Acme Ltd", "FR", "9", ""], ["2", "Beta", "DE", "1", ""], ["3", "C", "", "", ""]]
    )
    Customer.objects.filter(pk=acme.pk).update(seats=50)
    beta = Customer.objects.get(external_id="2")
    Customer.objects.filter(pk=beta.pk).update(domain="beta.example")
    assert undo(job) == {
        acme.pk: "seats changed since, so kept as now",
        beta.pk: "domain changed since, so it was kept",
    }
    assert (facts(acme)["name"], facts(acme)["country"], facts(acme)["seats"]) == ("Acme", "DE", 50)
    assert set(Customer.objects.values_list("name", flat=True)) == {"Acme", "Beta"}


@pytest.mark.parametrize("hang_on", ["contact", "subscription", "note", "assignment", "child", "move"])
def test_what_people_hung_on_a_new_customer_keeps_it(hang_on: str, manager: User) -> None:
    job = import_rows("customers", [HEADER, ["1", "Acme", "", "", ""], ["2", "Beta", "", "", ""]])
    acme = Customer.objects.get(external_id="1")
    if hang_on == "contact":
        makers.make_contact(acme, "ann@acme.example")
    elif hang_on == "subscription":
        makers.make_subscription(acme, 10)
    elif hang_on == "note":
        TimelineEntry.objects.create(
            customer=acme, at="2026-01-01T00:00Z", kind="note.call", summary="Called", actor=manager
        )
    elif hang_on == "assignment":
        makers.assign(acme, manager, Role.AM)
    elif hang_on == "child":
        makers.make_customer("Child", parent=acme)
    else:
        TierMove.objects.create(
            customer=acme,
            to_tier="high",
            status="applied",
            reason="pin",
            created_at="2026-01-01T00:00Z",
            decided_by=manager,
        )
    kept = undo(job)
    assert list(kept) == [acme.pk]
    assert kept[acme.pk].endswith("so it was kept")
    assert not Customer.objects.filter(external_id="2").exists()


def test_what_the_product_did_by_itself_goes_along(manager: User) -> None:
    job = import_rows("customers", [HEADER, ["1", "Acme", "", "", ""]])
    acme = Customer.objects.get()
    makers.assign(acme, manager, Role.CSM, source=Assignment.Source.AUTOMATIC, tier="low")
    TierMove.objects.create(
        customer=acme, to_tier="low", status="applied", reason="first", created_at="2026-01-01T00:00Z"
    )
    Customer.objects.filter(pk=acme.pk).update(tier="low", tier_since="2026-01-01T00:00Z")
    assert undo(job) == {}
    assert not Customer.objects.exists()
    assert not TierMove.objects.exists()


def test_parents_and_children_of_one_import_go_together() -> None:
    job = import_rows("customers", [["id", "name", "parent"], ["1", "Child", "2"], ["2", "Holding", ""]])
    assert counts(job) == (2, 0, 0, 0)
    assert undo(job) == {}
    assert not Customer.objects.exists()


def test_subscriptions_are_undone_with_their_figures() -> None:
    acme = makers.make_customer("Acme", external_id="1")
    old = makers.make_subscription(acme, 100, external_id="S1")
    header = ["id", "customer id", "start", "mrr", "end date"]
    job = import_rows(
        "subscriptions", [header, ["S1", "1", "2025-01-01", "70", ""], ["S2", "1", "2025-01-01", "7", "2025-12-31"]]
    )
    acme.refresh_from_db()
    assert acme.mrr == 70
    assert undo(job) == {}
    acme.refresh_from_db()
    old.refresh_from_db()
    assert (acme.mrr, old.mrr, old.ends_on) == (100, 100, None)
    assert Subscription.objects.count() == 1
    assert TimelineEntry.objects.filter(customer=acme, kind="import.undone").count() == 2


def test_a_contact_that_logs_in_stays() -> None:
    makers.make_customer("Acme", external_id="1", domain="acme.example")
    job = import_rows("contacts", [["email"], ["ann@acme.example"], ["bo@acme.example"]])
    ann = Contact.objects.get(email="ann@acme.example")
    ann.user = User.objects.create_user(ann.email, name="Ann", kind=User.Kind.CONTACT)
    ann.save()
    assert undo(job) == {ann.pk: "it has a login, so it was kept"}
    assert Contact.objects.get() == ann


def test_an_undone_import_may_be_imported_again() -> None:
    rows = [HEADER, ["1", "Acme", "DE", "3", ""]]
    undo(import_rows("customers", rows))
    assert counts(import_rows("customers", rows)) == (1, 0, 0, 0)


def test_the_older_of_two_imports_leaves_what_the_newer_wrote() -> None:
    first = import_rows("customers", [HEADER, ["1", "Acme", "DE", "3", ""]])
    second = import_rows("customers", [HEADER, ["1", "Acme", "FR", "3", ""]])
    acme = Customer.objects.get()
    assert undo(first) == {acme.pk: "country changed since, so it was kept"}
    assert undo(second) == {}
    assert Customer.objects.get().country == "DE"


def test_an_import_goes_back_in_many_chunks() -> None:
    rows = [[str(number), f"Company {number}", "DE", "1", ""] for number in range(1_203)]
    job = import_rows("customers", [HEADER, *rows])
    assert undo(job) == {}
    assert not Customer.objects.exists()
    assert (job.options["undone"], job.options["to_undo"]) == (1_203, 1_203)


def test_a_date_and_an_amount_are_put_back_as_they_were() -> None:
    acme = makers.make_customer("Acme", external_id="1", signed_up_on=date(2020, 2, 3))
    job = import_rows("customers", [["id", "signup date"], ["1", "2021-03-04"]])
    assert undo(job) == {}
    acme.refresh_from_db()
    assert acme.signed_up_on == date(2020, 2, 3)
