"""Rebalances over the API: asked for, read, applied, undone."""

import pytest
from django.test import Client

from segments.actions.assignments import assign_csm
from segments.actions.rebalances import run_rebalance
from segments.models import Rebalance
from tests.segments.rebalancing.companies import overloaded, portfolios

pytestmark = pytest.mark.django_db

PATH = "/api/v1/rebalances/"


@pytest.fixture
def company():
    return overloaded()


@pytest.fixture
def browser(company, login) -> Client:
    return login(company.manager)


def post(browser: Client, path: str, **body):
    return browser.post(path, body, content_type="application/json")


def proposed(company, browser: Client) -> str:
    answer = post(browser, PATH, people=[company.dana.pk, company.ana.pk], tiers=["high"], renewal_days=30)
    assert answer.status_code == 202
    run_rebalance(answer.json()["id"])
    return f"{PATH}{answer.json()['id']}/"


def test_asked_for_read_applied_and_undone(company, browser: Client) -> None:
    before, path = portfolios(), proposed(company, browser)
    read = browser.get(path).json()
    assert (read["state"], read["progress"], read["options"]["renewal_days"]) == ("proposed", 100, 30)
    moves = browser.get(f"{path}moves/").json()["results"]
    assert [(move["from_person"], move["to_person"]) for move in moves] == [(company.dana.pk, company.ana.pk)] * 2
    assert "the limit is 3" in moves[0]["why"]
    assert post(browser, f"{path}apply/", note="By the planner").json()["state"] == "applied"
    assert len(portfolios()["Ana"]) == 3
    assert post(browser, f"{path}undo/").json()["state"] == "undone"
    assert portfolios() == before
    assert [one["id"] for one in browser.get(f"{PATH}?state=undone").json()["results"]] == [read["id"]]


def test_what_changed_comes_back_in_the_answer(company, browser: Client) -> None:
    path = proposed(company, browser)
    move = Rebalance.objects.get().moves.first()
    company.ben.portfolio_limits.update(portfolio_limit=9)
    assign_csm(actor=None, customer=move.customer, person=company.ben)
    answer = post(browser, f"{path}apply/")
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_since")
    assert answer.json()["details"]["changes"] == [
        {"customer": move.customer_id, "name": move.customer.name, "text": "was with Dana, is with Ben now"}
    ]
    assert post(browser, f"{path}apply/", drop=[move.customer_id]).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"people": []}, 422),
        ({"people": ["x"]}, 422),
        ({"people": [10**9]}, 404),
        ({"people": [1], "surprise": 1}, 422),
        ({"people": [1], "zone": "moon"}, 422),
        ({"people": [1], "renewal_days": -1}, 422),
    ],
)
def test_bad_requests_are_refused(browser: Client, body, status: int) -> None:
    assert post(browser, PATH, **body).status_code == status
    assert not Rebalance.objects.exists()


def test_discarded_it_is_not_applied(company, browser: Client) -> None:
    path = proposed(company, browser)
    assert post(browser, f"{path}discard/").json()["state"] == "discarded"
    assert post(browser, f"{path}apply/").json()["code"] == "decided"
