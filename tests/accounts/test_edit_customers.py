"""Pages that make and change customers, contacts and subscriptions; nothing that a person typed is lost."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.actions.customers import update_customer
from accounts.actions.subscriptions import update_subscription
from accounts.models import Contact, Customer, CustomField, Subscription
from tests.cast import make_customer, make_subscription


def shown(client: Client, url: str) -> dict[str, str]:
    """Return what a browser would post from the page's form, untouched."""
    form = client.get(url).context["form"]
    data = {}
    for field in form:
        value = field.value()
        if isinstance(value, bool):
            if value:
                data[field.html_name] = "on"
        else:
            data[field.html_name] = "" if value is None else str(value)
    return data


def test_add_a_customer(cast: SimpleNamespace, login: Any) -> None:
    CustomField.objects.create(key="region", label="Region", type="choice", choices=["North"])
    client = login(cast.administrator)
    body = shown(client, "/customers/new/") | {
        "name": "Initech",
        "domain": "https://www.initech.example/",
        "country": "DE",
        "tags": "vip, new",
        "seats": "12",
        "parent": "acme",
        "custom.region": "North",
        "signed_up_on": "2026-02-03",
    }
    answer = client.post("/customers/new/", body)
    made = Customer.objects.get(name="Initech")
    assert (answer.status_code, answer.url) == (302, f"/customers/{made.pk}/")
    assert (made.domain, made.country, made.tags, made.seats) == ("initech.example", "DE", ["vip", "new"], 12)
    assert (made.parent, made.custom, made.signed_up_on) == (cast.acme, {"region": "North"}, date(2026, 2, 3))
    assert made.timeline.get().actor == cast.administrator


def test_wrong_facts_are_told_at_their_fields(cast: SimpleNamespace, login: Any) -> None:
    body = {
        "name": "Initech",
        "domain": "no domain",
        "tags": "x" * 61,
        "parent": "",
        "stage": "trial",
        "industry": "Ink",
    }
    answer = login(cast.ae).post("/customers/new/", body)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert set(errors) == {"domain", "tags"}
    assert 'value="Ink"' in answer.content.decode()
    assert not Customer.objects.filter(name="Initech").exists()


def test_edit_a_customer(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/edit/"
    answer = client.post(url, shown(client, url) | {"country": "FR", "is_brand": "on", "why": "New seat"})
    assert answer.status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.country, cast.acme.is_brand) == ("FR", True)
    entry = cast.acme.timeline.get()
    assert entry.summary == "Country: US → FR; Well-known brand: no → yes"
    assert entry.why == "New seat"


def test_saving_an_untouched_form_writes_nothing(cast: SimpleNamespace, login: Any) -> None:
    update_customer(
        actor=None,
        customer=cast.acme,
        changes={
            "language": "de",
            "time_zone": "Asia/Kathmandu",
            "tags": ["a"],
            "seats": 3,
            "signed_up_on": "2025-01-01",
        },
    )
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/edit/"
    before = Customer.objects.values().get(pk=cast.acme.pk)
    assert client.post(url, shown(client, url)).status_code == 302
    assert Customer.objects.values().get(pk=cast.acme.pk) == before


def test_two_edit_at_once(cast: SimpleNamespace, login: Any) -> None:
    """The second one keeps what it typed, sees what the first saved, and undoes nothing it did not touch."""
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/edit/"
    mine = shown(client, url) | {"country": "FR", "industry": "Toys"}
    update_customer(actor=cast.manager, customer=cast.acme, changes={"country": "DE", "seats": 70})

    answer = client.post(url, mine | {"why": "Moved"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Manager: Country: US → DE; Seats: none → 70" in page
    assert answer.context["others"] == [("Country", "Germany")]
    again = {field.html_name: field.value() or "" for field in answer.context["form"]}
    assert (again["country"], again["industry"], again["seats"]) == ("FR", "Toys", "70")
    assert 'value="Moved"' in page
    cast.acme.refresh_from_db()
    assert cast.acme.country == "DE"

    assert client.post(url, {k: v for k, v in again.items() if v is not False}).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.country, cast.acme.industry, cast.acme.seats) == ("FR", "Toys", 70)


@pytest.mark.parametrize("was", ["", "[]", "nonsense", '{"name": 1}'])
def test_a_form_that_lost_its_memory_still_saves(cast: SimpleNamespace, login: Any, was: str) -> None:
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/edit/"
    answer = client.post(url, shown(client, url) | {"name": "Acme Two", "was": was, "seen": was})
    assert answer.status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.name, cast.acme.country) == ("Acme Two", "US")


def test_parent_by_name(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.administrator)
    url = f"/customers/{cast.acme.pk}/edit/"
    for words, status in (("globex", 302), ("Nobody Ltd", 422), ("Acme", 422)):
        assert client.post(url, shown(client, url) | {"parent": words}).status_code == status
    make_customer("Globex")
    assert "Several customers" in client.post(url, shown(client, url) | {"parent": "Globex "}).content.decode()
    cast.acme.refresh_from_db()
    assert cast.acme.parent == cast.globex


def test_suggestions_are_of_visible_customers(cast: SimpleNamespace, login: Any) -> None:
    assert "Globex" in login(cast.administrator).get("/customers/suggest/?parent=lob").content.decode()
    assert "Globex" not in login(cast.am).get("/customers/suggest/?parent=lob").content.decode()
    assert login(cast.administrator).get("/customers/suggest/?parent=l").content.decode().strip() == ""


def test_contacts(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.csm)
    url = f"/customers/{cast.acme.pk}/contacts/new/"
    body = shown(client, url) | {"email": "Bo@acme.example", "first_name": "Bo", "is_decision_maker": "on"}
    assert client.post(url, body).status_code == 302
    bo = Contact.objects.get(email="bo@acme.example")
    assert bo.is_decision_maker
    assert "already" in client.post(url, body).content.decode()

    url = f"/customers/contacts/{bo.pk}/edit/"
    assert client.post(url, shown(client, url) | {"job_title": "CTO"}).status_code == 302
    assert client.post(f"/customers/contacts/{bo.pk}/state/", {"active": "no"}).status_code == 302
    bo.refresh_from_db()
    assert (bo.job_title, bo.is_active, bo.is_decision_maker) == ("CTO", False, True)


def test_subscriptions(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.administrator)
    url = f"/customers/{cast.acme.pk}/subscriptions/new/"
    body = shown(client, url) | {"mrr": "99.50", "starts_on": "2026-01-01", "edition": "Pro"}
    assert client.post(url, body).status_code == 302
    made = Subscription.objects.get()
    assert (made.currency, made.mrr, made.auto_renews) == ("USD", 99.5, True)
    assert "cannot end before" in client.post(url, body | {"ends_on": "2025-01-01"}).content.decode()

    url = f"/customers/subscriptions/{made.pk}/edit/"
    assert client.post(url, shown(client, url) | {"mrr": "120"}).status_code == 302
    url = f"/customers/subscriptions/{made.pk}/end/"
    tomorrow = (date(2026, 11, 21) + timedelta(days=400)).isoformat()
    assert client.post(url, shown(client, url) | {"ends_on": tomorrow, "why": "Bankrupt"}).status_code == 302
    made.refresh_from_db()
    assert (made.mrr, made.ends_on.isoformat(), made.auto_renews) == (120, tomorrow, False)
    assert cast.acme.timeline.latest("id").why == "Bankrupt"


def test_ending_what_another_changed_asks_again(cast: SimpleNamespace, login: Any) -> None:
    subscription = make_subscription(cast.acme, 10)
    client = login(cast.administrator)
    url = f"/customers/subscriptions/{subscription.pk}/end/"
    mine = shown(client, url) | {"ends_on": "2027-05-05", "why": "Too dear"}
    update_subscription(actor=cast.manager, subscription=subscription, changes={"mrr": 20})
    answer = client.post(url, mine)
    assert answer.status_code == 409
    again = {field.html_name: field.value() or "" for field in answer.context["form"]}
    assert (again["ends_on"], again["why"]) == ("2027-05-05", "Too dear")
    assert client.post(url, again).status_code == 302


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("csm", "{acme}/edit/", 200),
        ("am", "{acme}/edit/", 404),
        ("support", "{acme}/edit/", 403),
        ("csm", "{globex}/edit/", 404),
        ("csm", "{acme}/contacts/new/", 200),
        ("csm", "{acme}/subscriptions/new/", 403),
        ("csm", "contacts/{gil}/edit/", 404),
        ("csm", "contacts/999999/edit/", 404),
        ("csm", "subscriptions/999999/edit/", 404),
        ("csm", "new/", 403),
        ("ae", "new/", 200),
        ("acme_login", "{acme}/edit/", 302),
    ],
)
def test_who_may_open(cast: SimpleNamespace, login: Any, who: str, path: str, status: int) -> None:
    people = vars(cast) | {"acme_login": cast.acme_contact.user}
    path = path.format(acme=cast.acme.pk, globex=cast.globex.pk, gil=cast.globex_contact.pk)
    assert login(people[who]).get(f"/customers/{path}").status_code == status
