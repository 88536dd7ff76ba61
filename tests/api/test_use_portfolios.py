"""Portfolios over the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment, Role
from segments.models import TierTerms
from tests.cast import make_customer, make_person

pytestmark = pytest.mark.django_db


def test_a_manager_sees_the_portfolios_of_its_teams(api, cast):
    rows = api(cast.manager).get("/api/v1/portfolios/").json()["results"]
    assert [row["name"] for row in rows] == [cast.csm.name]
    assert rows[0]["tiers"]["high"]["used"] == 1
    assert rows[0]["tiers"]["high"]["limit"] == 15


def test_a_csm_sees_its_own_portfolio_only(api, cast):
    client = api(cast.csm)
    assert [r["id"] for r in client.get("/api/v1/portfolios/").json()["results"]] == [cast.csm.pk]
    assert client.get(f"/api/v1/portfolios/{cast.other_csm.pk}/").status_code == 404
    assert client.get(f"/api/v1/portfolios/{cast.other_csm.pk}/customers/").status_code == 404
    names = [r["name"] for r in client.get(f"/api/v1/portfolios/{cast.csm.pk}/customers/").json()["results"]]
    assert names == ["Acme"]


def test_assigning_past_the_limit_is_a_conflict_until_overridden(api, cast):
    TierTerms.objects.filter(tier="high").update(portfolio_limit=1)
    customer = make_customer("Initech", tier="high")
    url = f"/api/v1/portfolios/{cast.csm.pk}/assign/"
    client = api(cast.administrator)
    refused = client.post(url, {"customer": customer.pk}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "over_limit")
    assert not Assignment.objects.filter(customer=customer).exists()
    body = {"customer": customer.pk, "override_reason": "Their former CSM is back"}
    assert client.post(url, body, format="json").status_code == 200
    assert Assignment.objects.get(customer=customer, ends_at=None).over_limit_reason == "Their former CSM is back"


def test_a_csm_may_not_assign(api, cast):
    answer = api(cast.csm).post(f"/api/v1/portfolios/{cast.csm.pk}/assign/", {"customer": cast.acme.pk}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_another_team_s_customer_cannot_be_taken(api, cast):
    answer = api(cast.manager).post(
        f"/api/v1/portfolios/{cast.csm.pk}/assign/", {"customer": cast.globex.pk}, format="json"
    )
    assert answer.status_code == 404
    assert Assignment.objects.get(customer=cast.globex, role=Role.CSM, ends_at=None).person == cast.other_csm


def test_the_number_of_queries_does_not_grow_with_csms(api, cast):
    client = api(cast.administrator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/api/v1/portfolios/").status_code == 200
        return len(captured)

    queries()  # the first call of a token notes when it was used
    few = queries()
    for number in range(20):
        make_person(f"more{number}@company.example", Role.CSM)
    assert queries() == few
