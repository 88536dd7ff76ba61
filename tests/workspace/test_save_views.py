"""Saved views: a list under a name, for oneself or shared, and the one with which a list opens."""

from urllib.parse import parse_qs

import pytest

from accounts.models import SavedView
from workspace.models import DefaultView


def save(client, page="customers", **data):
    return client.post(
        f"/lists/{page}/views/new/", {"name": "Big ones", "list": "tier=high&sort=-arr&cols=arr", **data}
    )


def test_saves_what_the_list_shows_and_opens_it(cast, login):
    client = login(cast.administrator)
    address = save(client).headers["Location"]
    view = SavedView.objects.get()
    assert (view.query, view.columns) == ({"tier": ["high"], "sort": ["-arr"]}, ["name", "arr"])
    page = client.get(address).content.decode()
    assert "Acme" in page
    assert "Globex" not in page
    assert "Big ones" in page


def test_shares_with_everybody_who_still_sees_only_their_own(cast, login):
    address = save(login(cast.administrator), is_shared="on", list="sort=name").headers["Location"]
    client = login(cast.csm)
    page = client.get(address).content.decode()
    assert "Big ones" in page
    assert "Acme" in page
    assert "Globex" not in page


def test_a_private_view_is_nobody_elses(cast, login):
    save(login(cast.administrator))
    view = SavedView.objects.get()
    client = login(cast.csm)
    assert "Big ones" not in client.get(f"/customers/?view={view.pk}").content.decode()
    for path in (f"/views/{view.pk}/", f"/views/{view.pk}/delete/"):
        assert client.post(path, {"name": "Mine now"}).status_code == 404


def test_only_its_owner_changes_a_shared_view(cast, login):
    save(login(cast.administrator), is_shared="on")
    view = SavedView.objects.get()
    client = login(cast.csm)
    assert client.post(f"/views/{view.pk}/delete/").status_code == 403
    client.post(f"/views/{view.pk}/", {"name": "Renamed", "is_default": "on"})
    view.refresh_from_db()
    assert (view.name, view.is_shared) == ("Big ones", True)
    assert DefaultView.objects.get().person == cast.csm


def test_opens_the_list_with_the_default(cast, login):
    client = login(cast.administrator)
    save(client, is_default="on")
    view = SavedView.objects.get()
    path, _, query = client.get("/customers/").headers["Location"].partition("?")
    assert (path, parse_qs(query)) == (
        "/customers/",
        {"tier": ["high"], "sort": ["-arr"], "view": [str(view.pk)], "cols": ["name", "arr"]},
    )
    assert "Globex" in client.get("/customers/?view=all").content.decode()
    client.post(f"/views/{view.pk}/", {"name": "Big ones"})
    assert client.get("/customers/").status_code == 200


def test_a_default_that_is_shared_no_more_is_forgotten(cast, login):
    owner = login(cast.administrator)
    save(owner, is_shared="on")
    view = SavedView.objects.get()
    reader = login(cast.csm)
    reader.post(f"/views/{view.pk}/", {"name": "x", "is_default": "on"})
    assert reader.get("/customers/").status_code == 302
    owner.post(f"/views/{view.pk}/", {"name": "Big ones"})
    assert reader.get("/customers/").status_code == 200


def test_changes_and_deletes(cast, login):
    client = login(cast.csm)
    save(client, page="portfolio")
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/", {"name": "Trials", "list": "stage=trial", "keep_list": "1", "is_shared": "on"})
    view.refresh_from_db()
    assert (view.name, view.query, view.columns, view.is_shared) == ("Trials", {"stage": ["trial"]}, [], True)
    assert client.post(f"/views/{view.pk}/delete/").headers["Location"] == "/portfolio/?view=all"
    assert SavedView.objects.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "Big ones"])
def test_refuses_a_name_that_is_none_or_taken(cast, login, name):
    client = login(cast.csm)
    save(client)
    response = save(client, name=name)
    assert response.status_code == 422
    assert SavedView.objects.count() == 1


def test_keeps_a_person_out_of_lists_that_are_not_theirs(cast, login):
    assert save(login(cast.support), page="portfolio").status_code == 403
    assert save(login(cast.support), page="nonsense").status_code == 404


def test_another_portfolio_shows_the_same_view(cast, login):
    client = login(cast.administrator)
    save(client, page="portfolio", list="tier=high")
    page = client.get(f"/portfolio/?person={cast.other_csm.pk}&view={SavedView.objects.get().pk}").content.decode()
    assert f"person={cast.other_csm.pk}" in page
