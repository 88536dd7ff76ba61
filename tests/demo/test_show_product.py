"""The sample product shows notices to its user; it answers this machine alone, and only in local runs."""

import pytest
from django.test import Client

from demo.logins import CONTACTS
from newsletters.models import Product
from tests.cast import make_contact
from tests.newsletters.notices.making import give_notice

pytestmark = pytest.mark.django_db
PAGE = "/demo/product/"


@pytest.fixture
def connie(cast):
    """Return the sample's contact, who has a notice."""
    contact = make_contact(cast.acme, CONTACTS[0].email)
    give_notice(contact, "Hello from the sample")
    return contact


def test_the_page_is_on_another_origin_than_its_server(connie, settings):
    answer = Client().get(PAGE, headers={"host": "127.0.0.1:8000"})
    assert answer["Location"] == f"http://localhost:8000{PAGE}"
    page = Client().get(PAGE, headers={"host": "localhost:8000"})
    assert f'src="{settings.PUBLIC_URL}/widget/notices.js"' in page.content.decode()
    assert f"script-src {settings.PUBLIC_URL};" in page["Content-Security-Policy"]
    assert Product.objects.get().origins == ["http://localhost:8000"]
    Client().get(PAGE, headers={"host": "localhost:8001"})
    assert Product.objects.get().origins == ["http://localhost:8000", "http://localhost:8001"]


def test_the_identity_opens_the_users_notices(connie):
    browser = Client(headers={"host": "localhost:8000"})
    browser.get(PAGE)
    identity = browser.get(f"{PAGE}identity/?user={connie.pk}").json()["identity"]
    origin = {"origin": "http://localhost:8000"}
    opened = browser.post(
        "/api/v1/notices/session/", {"identity": identity}, content_type="application/json", headers=origin
    )
    assert opened.status_code == 201
    feed = browser.get("/api/v1/notices/feed/", headers=origin | {"authorization": f"Bearer {opened.json()['token']}"})
    assert [notice["title"] for notice in feed.json()["notices"]] == ["Hello from the sample"]


def test_nobody_else_and_no_real_installation_has_it(connie, settings):
    assert Client(REMOTE_ADDR="192.0.2.7").get(PAGE, headers={"host": "localhost"}).status_code == 404
    assert Client(REMOTE_ADDR="192.0.2.7").get(f"{PAGE}identity/").status_code == 404
    settings.MAIL_CATCHER_DIR = None
    assert Client().get(PAGE, headers={"host": "localhost"}).status_code == 404
    assert Client().get(f"{PAGE}identity/").status_code == 404


def test_a_product_without_users_says_what_to_do(db):
    page = Client().get(PAGE, headers={"host": "localhost"}).content.decode()
    assert "Load the sample company" in page
    assert "notices.js" not in page
    assert Client().get(f"{PAGE}identity/").status_code == 404
