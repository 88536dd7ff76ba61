"""Customers, contacts and subscriptions over the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, Customer, Subscription, TimelineEntry
from tests.cast import make_customer, make_subscription

pytestmark = pytest.mark.django_db


def test_list_shows_only_what_the_caller_may_see(api, cast):
    names = {row["name"] for row in api(cast.csm).get("/api/v1/customers/").json()["results"]}
    assert names == {"Acme"}
    names = {row["name"] for row in api(cast.administrator).get("/api/v1/customers/").json()["results"]}
    assert names == {"Acme", "Globex"}


def test_another_portfolio_s_customer_is_not_there(api, cast):
    answer = api(cast.csm).get(f"/api/v1/customers/{cast.globex.pk}/")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_create_writes_customer_and_timeline(api, cast):
    body = {"name": "Initech", "external_id": "x-1", "country": "US", "tags": ["beta"], "seats": 12}
    answer = api(cast.administrator).post("/api/v1/customers/", body, format="json")
    assert answer.status_code == 201, answer.json()
    customer = Customer.objects.get(pk=answer.json()["id"])
    assert (customer.name, customer.tags, customer.seats) == ("Initech", ["beta"], 12)
    assert TimelineEntry.objects.filter(customer=customer, actor=cast.administrator).exists()


def test_create_without_permission_is_refused(api, cast):
    answer = api(cast.csm).post("/api/v1/customers/", {"name": "Mine"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": ""}, "invalid"),
        ({"name": "X", "country": "Atlantis"}, "invalid"),
        ({"name": "X", "nonsense": 1}, "unknown_field"),
        ({"name": "X", "tier": "high"}, "unknown_field"),
        ([1, 2], "not_an_object"),
    ],
)
def test_bad_bodies_are_refused_by_name(api, cast, body, code):
    answer = api(cast.administrator).post("/api/v1/customers/", body, format="json")
    assert answer.status_code == 422, answer.json()
    assert answer.json()["code"] == code
    assert not Customer.objects.filter(name="X").exists()


def test_the_same_external_id_twice_is_a_conflict(api, cast):
    answer = api(cast.administrator).post("/api/v1/customers/", {"name": "Copy", "external_id": "acme"}, format="json")
    assert answer.status_code in (409, 422)
    assert Customer.objects.filter(external_id="acme").count() == 1


def test_a_csm_edits_its_own_customer_only(api, cast):
    assert api(cast.csm).patch(f"/api/v1/customers/{cast.acme.pk}/", {"seats": 9}, format="json").status_code == 200
    assert api(cast.csm).patch(f"/api/v1/customers/{cast.globex.pk}/", {"seats": 9}, format="json").status_code == 404
    cast.globex.refresh_from_db()
    assert cast.globex.seats is None


def test_bulk_upsert_keeps_good_rows_beside_bad_ones(api, cast):
    rows = [
        {"external_id": "acme", "seats": 77},
        {"external_id": "new-1", "name": "Initech"},
        {"external_id": "new-2", "name": "Bad", "country": "Nowhere"},
        {"name": "No id"},
        {"external_id": "globex"},
        "not an object",
    ]
    answer = api(cast.administrator).post("/api/v1/customers/bulk/", rows, format="json").json()
    assert [r["outcome"] for r in answer["results"]] == [
        "updated", "created", "rejected", "rejected", "unchanged", "rejected",
    ]  # fmt: skip
    assert (answer["created"], answer["updated"], answer["unchanged"], answer["rejected"]) == (1, 1, 1, 3)
    assert Customer.objects.get(external_id="acme").seats == 77
    assert not Customer.objects.filter(external_id="new-2").exists()
    again = api(cast.administrator).post("/api/v1/customers/bulk/", rows[:2], format="json").json()
    assert (again["unchanged"], again["created"], again["updated"]) == (2, 0, 0)


def test_bulk_checks_every_row_s_customer(api, cast):
    rows = [{"external_id": "acme", "seats": 5}, {"external_id": "globex", "seats": 5}]
    answer = api(cast.csm).post("/api/v1/customers/bulk/", rows, format="json").json()
    assert [r["outcome"] for r in answer["results"]] == ["updated", "rejected"]
    assert answer["results"][1]["error"]["code"] == "not_found"


def test_bulk_refuses_too_many_rows(api, cast):
    answer = api(cast.administrator).post("/api/v1/customers/bulk/", [{}] * 1001, format="json")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")


def test_contacts_and_subscriptions_are_made_for_visible_customers_only(api, cast):
    client = api(cast.am)
    body = {"customer": cast.globex.pk, "email": "new@globex.example"}
    assert client.post("/api/v1/contacts/", body, format="json").status_code == 422
    admin = api(cast.administrator)
    made = admin.post("/api/v1/contacts/", body, format="json")
    assert made.status_code == 201, made.json()
    assert Contact.objects.get(pk=made.json()["id"]).customer == cast.globex
    body = {"customer": cast.acme.pk, "mrr": "120.50", "starts_on": "2026-01-01", "currency": "USD"}
    made = admin.post("/api/v1/subscriptions/", body, format="json")
    assert made.status_code == 201, made.json()
    assert Subscription.objects.get().mrr == 120.5
    cast.acme.refresh_from_db()
    assert cast.acme.mrr == 120.5


def test_filters_find_by_name_part_tier_and_owner(api, cast):
    client = api(cast.administrator)

    def names(query: str) -> set[str]:
        return {row["name"] for row in client.get(f"/api/v1/customers/?{query}").json()["results"]}

    assert names("name=lob") == {"Globex"}
    assert names("tier=high") == {"Acme"}
    assert names(f"owner={cast.csm.pk}") == {"Acme"}
    assert client.get("/api/v1/customers/?tier=golden").status_code == 422


def test_pages_follow_the_cursor_without_loss(api, cast):
    for number in range(25):
        make_customer(f"Customer {number}")
    client, url, seen = api(cast.administrator), "/api/v1/customers/?page_size=10", []
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(seen) == len(set(seen)) == 27


def test_the_number_of_queries_does_not_grow_with_rows(api, cast):
    client = api(cast.administrator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/customers/?page_size=300").status_code == 200
        return len(captured)

    queries()  # the first call of a token notes when it was used
    few = queries()
    for number in range(60):
        make_subscription(make_customer(f"Customer {number}"), 10)
    assert queries() == few


def test_timeline_is_read_newest_first(api, cast):
    client = api(cast.administrator)
    client.patch(f"/api/v1/customers/{cast.acme.pk}/", {"seats": 1}, format="json")
    client.patch(f"/api/v1/customers/{cast.acme.pk}/", {"seats": 2}, format="json")
    entries = client.get(f"/api/v1/customers/{cast.acme.pk}/timeline/").json()["results"]
    assert len(entries) == 2
    assert entries[0]["at"] > entries[1]["at"]
    assert api(cast.csm).get(f"/api/v1/customers/{cast.globex.pk}/timeline/").status_code == 404


@pytest.mark.parametrize("path", ["customers/0/", "customers/abc/", "customers/99999999999999999999/", "nothing/"])
def test_what_is_not_there_is_404(api, cast, path):
    assert api(cast.administrator).get(f"/api/v1/{path}").status_code == 404


def test_broken_json_is_400_with_a_code(api, cast):
    answer = api(cast.administrator).post("/api/v1/customers/", data="{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
