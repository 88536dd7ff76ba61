"""The pages of duplicates and merging, from the suggestion to the undo."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from accounts.actions.customers import update_customer
from accounts.models import Customer, CustomerMerge, CustomField, DuplicatePair
from core import outbox
from tests.cast import make_customer


def chosen(client: Client, url: str, **choices: str) -> dict[str, str]:
    """Return what the page of two customers side by side would post."""
    form = client.get(url).context["form"]
    return {field.html_name: field.value() or "" for field in form} | {f"take.{k}": v for k, v in choices.items()}


def test_from_suggestion_to_undo(cast: SimpleNamespace, login: Any) -> None:
    CustomField.objects.create(key="region", label="Region", type="text")
    double = make_customer("ACME Inc.", domain="acme.example", country="FR", custom={"region": "North"}, seats=9)
    client = login(cast.administrator)
    assert client.post("/customers/duplicates/find/").status_code == 302
    outbox.drain()
    page = client.get("/customers/duplicates/")
    assert [pair.second for pair in page.context["page"].rows] == [double]

    url = f"/customers/{cast.acme.pk}/merge/?with={double.pk}"
    shown = client.get(url).content.decode()
    assert "ACME Inc." in shown
    body = chosen(client, url, name="merge", country="keep") | {"reason": "Same domain"}
    # What the kept customer lacks is proposed.
    assert (body["take.seats"], body["take.custom.region"]) == ("merge", "merge")
    answer = client.post(url, body)
    assert (answer.status_code, answer.url) == (302, f"/customers/{cast.acme.pk}/")
    cast.acme.refresh_from_db()
    assert (cast.acme.name, cast.acme.country, cast.acme.seats) == ("ACME Inc.", "US", 9)
    assert cast.acme.custom == {"region": "North"}
    assert DuplicatePair.objects.get().state == "merged"
    assert client.get(f"/customers/{double.pk}/edit/").status_code == 404

    merge = CustomerMerge.objects.get()
    assert f"/customers/merges/{merge.pk}/undo/" in client.get("/customers/duplicates/").content.decode()
    assert f"/customers/merges/{merge.pk}/undo/" in client.get(f"/customers/{cast.acme.pk}/history/").content.decode()
    answer = client.post(f"/customers/merges/{merge.pk}/undo/", follow=True)
    assert "a customer of its own again" in answer.content.decode()
    cast.acme.refresh_from_db()
    double.refresh_from_db()
    assert (cast.acme.name, cast.acme.custom, double.merged_into) == ("Acme", {}, None)
    answer = client.post(f"/customers/merges/{merge.pk}/undo/", follow=True)
    assert "undone already" in answer.content.decode()


def test_somebody_edits_while_comparing(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.administrator)
    url = f"/customers/{cast.acme.pk}/merge/?with={cast.globex.pk}"
    body = chosen(client, url, name="merge", country="merge") | {"reason": "One company"}
    update_customer(actor=cast.other_csm, customer=cast.globex, changes={"country": "FR"})
    answer = client.post(url, body)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Other Csm: Country: DE → FR" in page
    assert 'value="One company"' in page
    form = answer.context["form"]
    assert form["take.name"].value() == "merge"
    assert not CustomerMerge.objects.exists()
    again = {field.html_name: field.value() or "" for field in form}
    assert client.post(url, again).status_code == 302
    cast.acme.refresh_from_db()
    assert cast.acme.country == "FR"


def test_merging_twice_is_told(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.administrator)
    url = f"/customers/{cast.acme.pk}/merge/?with={cast.globex.pk}"
    body = chosen(client, url)
    assert client.post(url, body).status_code == 302
    assert client.post(url, body).status_code == 404
    assert CustomerMerge.objects.count() == 1


def test_choose_the_other_one(cast: SimpleNamespace, login: Any) -> None:
    client = login(cast.administrator)
    page = client.get(f"/customers/{cast.acme.pk}/merge/?q=lobe").content.decode()
    assert f"?with={cast.globex.pk}" in page
    assert client.get(f"/customers/{cast.acme.pk}/merge/?q=zzz").status_code == 200
    assert client.get(f"/customers/{cast.acme.pk}/merge/?with={cast.acme.pk}").status_code == 302
    assert client.get(f"/customers/{cast.acme.pk}/merge/?with=999999").status_code == 404


def test_dismissed_pair_is_gone(cast: SimpleNamespace, login: Any) -> None:
    pair = DuplicatePair.objects.create(first=cast.acme, second=cast.globex, score=0.9, reason="Same name")
    client = login(cast.administrator)
    assert client.post(f"/customers/duplicates/{pair.pk}/dismiss/").status_code == 302
    assert client.get("/customers/duplicates/").context["page"].rows == []
    pair.refresh_from_db()
    assert pair.decided_by == cast.administrator


def test_a_manager_sees_pairs_of_its_teams_only(cast: SimpleNamespace, login: Any) -> None:
    """Globex is in another team: neither the pair nor the pages of merging are there."""
    pair = DuplicatePair.objects.create(first=cast.acme, second=cast.globex, score=0.9, reason="Same name")
    client = login(cast.manager)
    assert client.get("/customers/duplicates/").context["page"].rows == []
    assert client.post(f"/customers/duplicates/{pair.pk}/dismiss/").status_code == 404
    assert client.get(f"/customers/{cast.acme.pk}/merge/?with={cast.globex.pk}").status_code == 404
    free = Customer.objects.create(name="Free")
    record = client.post(f"/customers/{cast.acme.pk}/merge/?with={free.pk}", {"seen": ""})
    assert record.status_code == 302
    merge = CustomerMerge.objects.get()
    assert login(cast.other_csm).post(f"/customers/merges/{merge.pk}/undo/").status_code == 404
    assert client.post(f"/customers/merges/{merge.pk}/undo/").status_code == 302


@pytest.mark.parametrize("path", ["duplicates/", "{acme}/merge/"])
def test_csm_may_not_merge(cast: SimpleNamespace, login: Any, path: str) -> None:
    assert login(cast.csm).get("/customers/" + path.format(acme=cast.acme.pk)).status_code == 403
