"""The customers' portal: the own company and nothing else."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import portal
from accounts.models import Contact, Customer, Role, User
from accounts.rules.service import who_comes_next
from tests import cast as makers

PAGES = ("/portal/", "/portal/company/", "/portal/profile/")


@pytest.fixture
def ann(cast, login):
    return login(cast.acme_contact.user)


def text(browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_home_shows_people_promise_and_next_step(cast, ann):
    makers.assign(cast.acme, cast.am, Role.AM)
    Customer.objects.filter(pk=cast.acme.pk).update(stage="adoption", renews_on=date(2027, 3, 1))
    page = text(ann, "/portal/")
    assert cast.csm.name in page
    assert cast.csm.email in page
    assert "first point of contact" in page
    assert "constant touch" in page
    assert "renewal manager" in page
    assert "Mar 1, 2027" in page


def test_own_company_only(cast, ann):
    makers.assign(cast.globex, cast.renewal_manager, Role.RENEWAL_MANAGER)
    makers.make_contact(cast.globex, "secret@globex.example", first_name="Hidden")
    for path in PAGES:
        page = text(ann, path)
        assert "Globex" not in page
        assert "Hidden" not in page
        assert cast.other_csm.email not in page
    assert ann.post("/portal/switch/", {"customer": cast.globex.pk}).status_code == 404


def test_what_the_company_is_worth_is_not_shown(cast, ann):
    Customer.objects.filter(pk=cast.acme.pk).update(
        mrr=98765, is_brand=True, is_strategic=True, tags=["at-risk"], custom={"secret": "value"}
    )
    makers.make_subscription(cast.acme, 98765, edition="Gold")
    for path in PAGES:
        page = text(ann, path)
        for hidden in ("98765", "98,765", "at-risk", "trategic", "secret", "well-known"):
            assert hidden not in page
    assert "Gold" in text(ann, "/portal/company/")


def test_company_page_lists_colleagues(cast, ann):
    makers.make_contact(cast.acme, "bob@acme.example", first_name="Bob", job_title="Buyer")
    makers.make_contact(cast.acme, "gone@acme.example", first_name="Gone", is_active=False)
    page = text(ann, "/portal/company/")
    assert "Buyer" in page
    assert "Gone" not in page


def test_portal_works_without_javascript(cast, ann):
    page = text(ann, "/portal/")
    assert cast.csm.name in page.replace("<script", "").split("<main")[1]


def test_profile_is_changed(cast, ann):
    answer = ann.post("/portal/profile/", {"name": "Ann Acme", "language": "fr", "time_zone": "Europe/Paris"})
    assert answer.status_code == 302
    user = User.objects.get(pk=cast.acme_contact.user_id)
    assert (user.name, user.language, user.time_zone) == ("Ann Acme", "fr", "Europe/Paris")
    assert ann.post("/portal/profile/", {"name": ""}).status_code == 422


def test_login_of_two_companies_switches(cast, ann):
    makers.make_contact(cast.globex, "ann@acme.example", user=cast.acme_contact.user)
    assert "Acme" in text(ann, "/portal/")
    ann.post("/portal/switch/", {"customer": cast.globex.pk})
    page = text(ann, "/portal/")
    assert cast.other_csm.name in page
    assert f"mailto:{cast.csm.email}" not in page
    for bad in ("", "x", "0", "²", "9" * 30, "9" * 5000, str(makers.make_customer("Third").pk)):
        assert ann.post("/portal/switch/", {"customer": bad}).status_code == 404
    assert cast.other_csm.name in text(ann, "/portal/")


def test_company_that_was_chosen_and_is_gone_gives_way(cast, ann):
    second = makers.make_contact(cast.globex, "ann@acme.example", user=cast.acme_contact.user)
    ann.post("/portal/switch/", {"customer": cast.globex.pk})
    Contact.objects.filter(pk=second.pk).update(is_active=False)
    assert cast.csm.name in text(ann, "/portal/")


@pytest.mark.parametrize("way", ["contact", "merged", "user", "address"])
def test_who_is_let_go_is_logged_out_at_once(cast, ann, way):
    text(ann, "/portal/")
    if way == "contact":
        Contact.objects.filter(pk=cast.acme_contact.pk).update(is_active=False)
    elif way == "merged":
        Customer.objects.filter(pk=cast.acme.pk).update(merged_into=cast.globex)
    elif way == "user":
        User.objects.filter(pk=cast.acme_contact.user_id).update(is_active=False)
    else:
        Contact.objects.filter(pk=cast.acme_contact.pk).update(email="somebody.else@acme.example")
    answer = ann.get("/portal/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert ann.get("/accounts/login/").status_code == 200


def test_staff_does_not_enter(cast, login):
    answer = login(cast.administrator).get("/portal/")
    assert answer.status_code == 403
    assert "customers" in answer.content.decode()


@pytest.mark.parametrize("path", ["/people/", "/profile/", "/profile/tokens/", "/accounts/2fa/"])
def test_contact_does_not_reach_staff_pages(ann, path):
    assert ann.get(path)["Location"] == "/portal/"
    assert ann.get(path, headers={"HX-Request": "true"}).status_code == 403
    assert ann.post(path).status_code == 403


def test_panel_of_another_app_is_shown(cast, ann, monkeypatch):
    monkeypatch.setattr(portal, "_panels", {})
    portal.register(
        portal.PortalPanel("b", "Second", "bulb", 20, "accounts/portal/_switch.html", lambda contact: {"x": 1})
    )
    portal.register(portal.PortalPanel("a", "First", "bulb", 10, "accounts/portal/_switch.html", lambda contact: {}))
    portal.register(portal.PortalPanel("c", "Nothing", "bulb", 5, "no/such.html", lambda contact: None))
    page = text(ann, "/portal/")
    assert page.index("First") < page.index("Second")
    assert "Nothing" not in page


def test_pages_take_the_same_queries_for_many_colleagues(cast, ann, django_assert_num_queries):
    text(ann, "/portal/company/")
    with CaptureQueriesContext(connection) as few:
        text(ann, "/portal/company/")
    for number in range(50):
        makers.make_contact(cast.acme, f"c{number}@acme.example")
        makers.make_subscription(cast.acme, 10)
    with django_assert_num_queries(len(few)):
        text(ann, "/portal/company/")


@pytest.mark.parametrize(
    ("stage", "tier", "held", "renews_on", "told"),
    [
        ("lead", None, (), None, "account executive"),
        ("trial", None, ("ae",), None, "account manager"),
        ("onboarding", "high", ("dc",), None, "meet a customer success manager"),
        ("onboarding", "low", ("dc", "csm"), None, "takes over"),
        ("onboarding", "tech", (), None, "own pace"),
        ("adoption", "high", ("csm",), date(2027, 1, 1), "Three months before"),
        ("adoption", "high", ("csm",), None, ""),
        ("renewal", "high", ("csm", "renewal_manager"), date(2027, 1, 1), "talks with you"),
        ("churned", "high", (), None, ""),
    ],
)
def test_who_comes_next_follows_the_stage(stage, tier, held, renews_on, told):
    sentence = who_comes_next(stage, tier, held, renews_on)
    assert told in sentence if told else sentence == ""
