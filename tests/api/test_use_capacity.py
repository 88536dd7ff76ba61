"""Capacity over the API."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segments.queries.allowances import company_today
from segments.queries.capacity.figures import team_capacity
from tests.cast import assign, make_customer, make_person

pytestmark = pytest.mark.django_db


def test_a_manager_reads_its_teams_weeks(api, cast):
    rows = api(cast.manager).get("/api/v1/capacity/").json()["results"]
    assert [row["name"] for row in rows] == [cast.csm.name]
    [one] = team_capacity([cast.csm.pk], today=company_today()).people
    assert rows[0]["tiers"]["high"] == {"customers": 1, "limit": 15, "arr": "0.0000"}
    assert rows[0]["near"]["promised_minutes"] == pytest.approx(one.near.promised)
    assert [week["state"] for week in rows[0]["weeks"]] == [str(week.state) for week in one.weeks]
    assert rows[0]["weeks"][0]["causes"]["high"] == pytest.approx(one.weeks[0].causes["high"])


def test_weeks_of_all_are_their_sum(api, cast):
    client = api(cast.administrator)
    rows = client.get("/api/v1/capacity/").json()["results"]
    weeks = client.get("/api/v1/capacity/weeks/").json()
    assert weeks["people"] == len(rows) == 2
    for number, week in enumerate(weeks["weeks"]):
        assert week["promised_minutes"] == pytest.approx(sum(row["weeks"][number]["promised_minutes"] for row in rows))
    assert weeks["near"]["available_minutes"] == pytest.approx(sum(row["near"]["available_minutes"] for row in rows))


def test_another_teams_person_is_not_there_and_a_csm_may_not(api, cast):
    assert api(cast.manager).get(f"/api/v1/capacity/{cast.csm.pk}/").status_code == 200
    assert api(cast.manager).get(f"/api/v1/capacity/{cast.other_csm.pk}/").status_code == 404
    assert api(cast.manager).get(f"/api/v1/capacity/{'9' * 30}/").status_code == 404
    for path in ("", f"{cast.csm.pk}/", "weeks/"):
        assert api(cast.csm).get(f"/api/v1/capacity/{path}").status_code == 403
    assert api(cast.manager).post("/api/v1/capacity/", {}, format="json").status_code == 405


def test_the_number_of_queries_does_not_grow(api, cast):
    client = api(cast.administrator)

    def queries() -> int:
        client.get("/api/v1/capacity/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/v1/capacity/")
        return len(captured)

    few = queries()
    for number in range(12):
        person = make_person(f"csm{number}@company.example", "csm", team=cast.team)
        assign(make_customer(f"C {number}", tier="low", renews_on=company_today() + timedelta(days=9)), person)
    assert queries() == few
