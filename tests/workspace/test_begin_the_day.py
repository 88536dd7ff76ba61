"""My day and search: what waits, for whom it waits, as far as one may see."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Assignment, CompanySettings, Customer, User
from segments.models import RuleSet, TierMove, TierTerms, TimeEntry
from tests import cast as makers
from workspace.queries.my_day import setup_steps


def day_of(client):
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def waiting(customer, **fields):
    fields = {"from_tier": "low", "to_tier": "high", "reason": "rule", "why": "Grew", **fields}
    return TierMove.objects.create(customer=customer, status="waiting", created_at=timezone.now(), **fields)


def test_shows_a_csm_what_waits_in_the_portfolio(cast, login):
    today = timezone.localdate()
    TierTerms.current()
    soon = makers.make_customer("Soon Renewed", tier="low", renews_on=today + timedelta(days=10))
    over = makers.make_customer("Gave Much", tier="low")
    for customer in (soon, over):
        makers.assign(customer, cast.csm)
    TimeEntry.objects.create(customer=over, person=cast.csm, on=today, minutes=200)
    waiting(soon)
    past = timezone.now() - timedelta(days=5)
    Assignment.objects.create(
        customer=over,
        person=cast.other_csm,
        role="csm",
        tier="low",
        starts_at=past,
        ends_at=past,
        handover_note="Likes calls",
    )
    page = day_of(login(cast.csm))
    for text in ("Soon Renewed", "in 10 days", "1 h 20 m over", "Grew", "Likes calls", "no talk on record"):
        assert text in page
    assert "Globex" not in page


def test_asks_for_hand_over_notes_that_have_no_words_yet(cast, login):
    given_back = timezone.now() - timedelta(days=1)
    for name, note in (("Without Words", "Csm was the CSM."), ("With Words", "Csm was the CSM.\n\nCall on Mondays.")):
        customer = makers.make_customer(name, tier="low")
        past = {"starts_at": given_back, "ends_at": given_back, "handover_note": note}
        Assignment.objects.create(customer=customer, person=cast.csm, role="csm", tier="low", **past)
    page = day_of(login(cast.csm))
    assert "Without Words" in page
    assert "With Words" not in page


def test_shows_a_manager_what_to_decide_in_its_teams(cast, login):
    TierTerms.current()
    waiting(cast.acme, from_tier="tech", to_tier="high", arr=5)
    waiting(cast.globex, arr=7)
    makers.make_customer("Nobody's", tier="low")
    TierTerms.objects.filter(tier="high").update(portfolio_limit=0)
    page = day_of(login(cast.manager))
    assert "Acme" in page
    assert "Globex" not in page
    assert "Nobody&#x27;s" in page
    assert "High touch 1 of 0" in page


def test_leads_an_administrator_through_setting_up(db, login):
    admin = makers.make_person("admin@company.example", "administrator")
    steps = setup_steps(admin)
    assert [step.done for step in steps] == [False] * 6
    assert "Import your customers" in day_of(login(admin))
    CompanySettings.objects.update(name="Initech")
    csm = makers.make_person("csm@company.example", "csm")
    makers.make_team("Team", manager=admin, members=(csm,))
    makers.assign(makers.make_customer("First", tier="low"), csm)
    assert RuleSet.objects.filter(status="active").exists()
    assert setup_steps(admin) == []


@pytest.mark.parametrize("role", ["sdr", "support", "specialist", "dc", "nobody"])
def test_has_something_to_say_to_everybody(cast, login, role):
    page = day_of(login(getattr(cast, role)))
    assert "empty-state" in page
    assert "Set the product up" not in page


def test_takes_the_same_queries_however_much_waits(cast, login, django_assert_num_queries):
    TierTerms.current()
    TierTerms.objects.update(portfolio_limit=None)
    CompanySettings.current()
    cast.csm.role_grants.create(role="manager")
    client = login(cast.csm)

    def fill(count):
        for number in range(count):
            customer = makers.make_customer(
                f"More {number}", tier="low", mrr=number, renews_on=timezone.localdate() + timedelta(days=5)
            )
            makers.assign(customer, cast.csm)
            makers.make_customer(f"Unowned {number}", tier="low")
            TimeEntry.objects.create(
                customer=customer, person=cast.csm, on=timezone.localdate(), minutes=300, activity="preparation"
            )
            waiting(customer)

    fill(2)
    day_of(client)
    with CaptureQueriesContext(connection) as few:
        day_of(client)
    few_queries = len(few)
    fill(60)
    with django_assert_num_queries(few_queries):
        day_of(client)


def test_searches_customers_contacts_and_people(cast, login):
    Customer.objects.filter(pk=cast.acme.pk).update(name="Acme 100%")
    client = login(cast.administrator)
    assert "Acme 100%" in client.get("/search/?q=%25").content.decode()
    assert "Globex" not in client.get("/search/?q=%25").content.decode()
    assert "ann@acme.example" in client.get("/search/?q=ann+acme.ex").content.decode()
    assert f"/portfolio/?person={cast.other_csm.pk}" in client.get("/search/?q=other").content.decode()
    assert "Nothing found" in client.get("/search/?q=__").content.decode()


def test_finds_only_what_one_may_see(cast, login):
    client = login(cast.csm)
    page = client.get("/search/?q=gl").content.decode() + client.get("/search/?q=gil").content.decode()
    assert "globex" not in page.lower()
    assert f"person={cast.other_csm.pk}" not in client.get("/search/?q=other").content.decode()
    assert "Acme" in client.get("/search/?q=acme").content.decode()


@pytest.mark.parametrize("text", ["", " ", "x" * 10_000, "\x00", "%", "'; drop table accounts_customer; --", "𝒳 🙂"])
def test_takes_any_words_to_search_for(cast, login, text):
    response = login(cast.administrator).get("/search/", {"q": text})
    assert response.status_code == 200
    assert User.objects.exists()


def test_answers_the_box_with_the_list_alone(cast, login):
    response = login(cast.csm).get("/search/?q=acme", headers={"HX-Request": "true", "HX-Target": "search-results"})
    page = response.content.decode()
    assert "data-search-result" in page
    assert "<html" not in page


def test_numbers_lead_each_role_to_a_list_of_exactly_those_customers(cast, login):
    soon = timezone.localdate() + timedelta(days=10)
    for name, person, role in (
        ("Deployed", cast.dc, "dc"),
        ("Supported", cast.support, "support"),
        ("Sold", cast.am, "am"),
    ):
        makers.assign(makers.make_customer(name, tier="tech", renews_on=soon), person, role)
        client = login(person)
        day = day_of(client)
        address = day.split("Renewals in the next 90 days")[1].split('<a href="')[1].split('"')[0].replace("&amp;", "&")
        page = client.get(address).content.decode()
        assert ">1 customer<" in page
        assert name in page
