"""The pages open for whom they are, and for nobody else."""

import pytest

STAFF = ["sdr", "ae", "support", "am", "dc", "csm", "renewal_manager", "specialist", "manager", "administrator"]


@pytest.mark.parametrize("role", STAFF)
def test_opens_pages_for_every_role(cast, login, role):
    client = login(getattr(cast, role))
    for path in ("/", "/customers/", "/search/?q=ac", "/customers/?view=all&csm=none"):
        assert client.get(path).status_code == 200, path
    looks_after = role in ("csm", "am", "manager", "administrator")
    assert client.get("/portfolio/").status_code == (200 if looks_after else 403)


def test_refuses_whoever_has_no_role(cast, login):
    client = login(cast.nobody)
    assert client.get("/").status_code == 200
    for path in ("/customers/", "/portfolio/", "/lists/customers/filters/", "/exports/"):
        assert client.get(path).status_code == 403, path
    assert client.get(f"/customers/{cast.acme.pk}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/customers/", "/portfolio/", "/search/?q=a", "/exports/", "/customers/1/", "/lists/customers/columns/"]
)
def test_turns_away_contacts_and_strangers(cast, login, client, path):
    assert login(cast.acme_contact.user).get(path).headers["Location"] == "/portal/"
    assert client.get(path).status_code == 302


def test_sends_a_contact_to_the_portal(cast, login):
    response = login(cast.acme_contact.user).get("/")
    assert (response.status_code, response.headers.get("Location")) == (302, "/portal/")


def test_shows_a_list_with_everything_in_it(cast, login):
    page = (
        login(cast.administrator)
        .get("/customers/?cols=role_csm&cols=tags&cols=hours_left&cols=last_contact")
        .content.decode()
    )
    assert "Acme" in page
    assert "Globex" in page
    assert "Other Csm" in page


def test_answers_htmx_with_the_list_alone(cast, login):
    client = login(cast.administrator)
    response = client.get("/customers/?q=acm", headers={"HX-Request": "true", "HX-Target": "list-region"})
    page = response.content.decode()
    assert page.lstrip().startswith('<div id="list-region"')
    assert "Acme" in page
    assert "Globex" not in page
    assert "<html" not in page
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("tool", ["filters", "columns", "views/new"])
def test_opens_the_tools_of_a_list(cast, login, tool):
    client = login(cast.csm)
    for page in ("customers", "portfolio"):
        assert "<html" in client.get(f"/lists/{page}/{tool}/?tier=high&cols=arr").content.decode()
        part = client.get(f"/lists/{page}/{tool}/", headers={"HX-Request": "true"}).content.decode()
        assert "<form" in part
        assert "<html" not in part
    assert client.get(f"/lists/nonsense/{tool}/").status_code == 404


def test_shows_the_customer_page(cast, login):
    page = login(cast.csm).get(f"/customers/{cast.acme.pk}/").content.decode()
    for text in ("Acme", "Ann", "Timeline", "Subscriptions", "Hours", "People"):
        assert text in page


def test_hides_others_customers_as_if_they_were_not_there(cast, login):
    client = login(cast.csm)
    for path in (f"/customers/{cast.globex.pk}/", "/customers/99999999/", "/customers/99999999999999999999/"):
        response = client.get(path)
        assert response.status_code == 404
    assert client.get(f"/customers/{cast.globex.pk}/timeline/").status_code == 404
    assert client.post(f"/customers/{cast.globex.pk}/notes/", {"text": "x"}).status_code == 404
