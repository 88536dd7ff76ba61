"""Actions on customers and contacts: what is written, told and refused."""

from types import SimpleNamespace

import pytest

from accounts.actions.contacts import create_contact, update_contact
from accounts.actions.customers import create_customer, set_stage, tag_customers, update_customer
from accounts.models import Customer, CustomField, TimelineEntry
from accounts.signals import facts_changed
from accounts.timeline import record
from core.errors import Conflict, Invalid


@pytest.fixture
def news() -> list[int]:
    """Return the list that fills with the ids of customers whose facts changed."""
    heard: list[int] = []

    def hear(customer_ids: list[int], **_: object) -> None:
        heard.extend(customer_ids)

    facts_changed.connect(hear, weak=False)
    yield heard
    facts_changed.disconnect(hear)


def test_create_customer_cleans_and_tells(cast: SimpleNamespace, news: list[int]) -> None:
    made = create_customer(
        actor=cast.ae,
        name="  Initech \n Ltd ",
        domain="HTTPS://www.Initech.Example/about",
        country="germany",
        language="PT_br",
        tags="VIP, vip; pilot",
        seats="12",
        external_id="",
    )
    made.refresh_from_db()
    assert (made.name, made.domain, made.country, made.language) == ("Initech Ltd", "initech.example", "DE", "pt")
    assert (made.tags, made.seats, made.external_id) == (["VIP", "pilot"], 12, None)
    entry = made.timeline.get()
    assert (entry.kind, entry.actor, entry.actor_name) == ("customer.created", cast.ae, cast.ae.name)
    assert news == [made.pk]


def test_update_customer_says_from_what_to_what(cast: SimpleNamespace, news: list[int]) -> None:
    CustomField.objects.create(key="region", label="Region", type="choice", choices=["North", "South"])
    update_customer(
        actor=cast.csm,
        customer=cast.acme,
        changes={"country": "DE", "tags": ["vip"], "custom": {"region": "north"}},
        why="They moved",
    )
    entry = cast.acme.timeline.get()
    assert entry.summary == "Country: US → DE; Tags: +vip; region: none → North"
    assert entry.data["changes"]["country"] == ["US", "DE"]
    assert entry.why == "They moved"
    assert news == [cast.acme.pk]


def test_update_with_nothing_new_writes_nothing(cast: SimpleNamespace, news: list[int]) -> None:
    before = Customer.objects.values().get(pk=cast.acme.pk)
    update_customer(actor=cast.csm, customer=cast.acme, changes={"name": "Acme", "country": "us"})
    assert Customer.objects.values().get(pk=cast.acme.pk) == before
    assert not TimelineEntry.objects.exists()
    assert news == []


def test_update_after_somebody_else_is_refused_and_told(cast: SimpleNamespace) -> None:
    seen = cast.acme.updated_at
    update_customer(actor=cast.manager, customer=cast.acme, changes={"seats": 5}, expected_updated_at=seen)
    record(cast.acme, "note.added", "A note is no change of facts", actor=cast.manager)
    with pytest.raises(Conflict, match="Manager: Seats: none → 5") as refused:
        update_customer(actor=cast.csm, customer=cast.acme, changes={"seats": 6}, expected_updated_at=seen)
    assert refused.value.code == "changed_since"
    assert len(refused.value.details["changes"]) == 1
    cast.acme.refresh_from_db()
    assert cast.acme.seats == 5


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "  ", "required"),
        ("name", "x" * 256, "too_long"),
        ("country", "Atlantis", "unknown_country"),
        ("language", "xx-YY", "unknown_language"),
        ("time_zone", "Mars/Base", "unknown_time_zone"),
        ("domain", "not a host", "not_a_domain"),
        ("seats", "-1", "not_a_count"),
        ("seats", "99999999999", "not_a_count"),
        ("stage", "asleep", "not_a_choice"),
        ("tags", ["x" * 61], "too_long"),
        ("tags", [str(n) for n in range(31)], "too_many"),
        ("tier", "high", "unknown_field"),
        ("external_id", "globex", "taken"),
        ("signed_up_on", "31.12.2025", "not_a_date"),
        ("signed_up_on", "0001-01-01", "date_out_of_range"),
    ],
)
def test_wrong_fact_is_refused(cast: SimpleNamespace, field: str, value: object, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        update_customer(actor=cast.csm, customer=cast.acme, changes={field: value})
    assert (refused.value.field, refused.value.code) == (field, code)


def test_every_problem_is_in_the_details(db: None) -> None:
    with pytest.raises(Invalid) as refused:
        create_customer(actor=None, name="", country="??", custom={"nope": 1})
    assert [p["field"] for p in refused.value.details["problems"]] == ["name", "country", "custom.nope"]


def test_parent_circle_is_refused(cast: SimpleNamespace) -> None:
    update_customer(actor=None, customer=cast.acme, changes={"parent": cast.globex})
    with pytest.raises(Invalid, match="belongs to") as refused:
        update_customer(actor=None, customer=cast.globex, changes={"parent": cast.acme})
    assert refused.value.code == "circle"


def test_tag_many(cast: SimpleNamespace, news: list[int]) -> None:
    update_customer(actor=None, customer=cast.acme, changes={"tags": ["old", "kept"]})
    everybody = Customer.objects.all()
    assert tag_customers(actor=cast.manager, customers_queryset=everybody, add=["VIP"], remove=["OLD"]) == 2
    cast.acme.refresh_from_db()
    assert cast.acme.tags == ["kept", "VIP"]
    assert cast.acme.timeline.latest("id").summary == "Tags: +VIP −old"
    assert tag_customers(actor=cast.manager, customers_queryset=everybody, add=["vip"]) == 0


def test_set_stage_of_many(cast: SimpleNamespace) -> None:
    done = set_stage(actor=cast.manager, customers_queryset=Customer.objects.all(), stage="renewal", why="Season")
    assert done == 2
    assert cast.globex.timeline.get().summary == "Stage: adoption → renewal"


def test_contact_address_once_a_customer(cast: SimpleNamespace) -> None:
    made = create_contact(actor=cast.csm, customer=cast.acme, email="Bo@Acme.example", first_name="Bo")
    assert made.email == "bo@acme.example"
    with pytest.raises(Invalid) as refused:
        update_contact(actor=cast.csm, contact=made, changes={"email": "ann@acme.example"})
    assert (refused.value.code, refused.value.field) == ("taken", "email")
    update_contact(actor=cast.csm, contact=made, changes={"is_active": False}, why="Left")
    assert cast.acme.timeline.latest("id").summary == "Contact Bo: Is active: yes → no"
