"""Absences over the API: the same people, the same refusals as on the pages."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Cover
from calendars.models import Absence, Commitment

pytestmark = pytest.mark.django_db

Caller = Callable[..., APIClient]
PATH = "/api/v1/absences/"
DAYS = {"first": "2026-12-01", "last": "2026-12-02"}


def post(client: APIClient, path: str = PATH, **body: Any) -> Any:
    return client.post(path, body, format="json")


def test_an_absence_is_entered_read_and_cancelled(cast: SimpleNamespace, api: Caller) -> None:
    client = api(cast.csm)
    entered = post(client, **DAYS, cover=cast.other_csm.pk, note="Lisbon", kind="training")
    assert entered.status_code == 201
    body = entered.json()
    assert (body["person"], body["first"], body["last"]) == (cast.csm.pk, "2026-12-01", "2026-12-02")
    assert (body["cover_name"], body["is_whole_days"], body["time_zone"]) == ("Other Csm", True, "UTC")
    assert (body["starts_at"], body["ends_at"]) == ("2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z")
    assert Cover.objects.count() == Commitment.objects.filter(active=True).count() == 1
    assert client.get(f"{PATH}{body['id']}/").json() == body
    assert [one["id"] for one in client.get(f"{PATH}?cancelled=false").json()["results"]] == [body["id"]]
    assert client.get(f"{PATH}?starts_before=2026-12-01T00:00:00Z").json()["results"] == []
    for _ in range(2):
        cancelled = post(client, f"{PATH}{body['id']}/cancel/")
        assert cancelled.status_code == 200
        assert cancelled.json()["cancelled_at"]
    assert not Cover.objects.exists()
    assert not Commitment.objects.filter(active=True).exists()


def test_a_refusal_has_a_code_and_a_field(cast: SimpleNamespace, api: Caller) -> None:
    client = api(cast.csm)
    assert post(client, **DAYS).status_code == 201
    again = post(client, **DAYS)
    assert (again.status_code, again.json()["code"]) == (409, "absence_overlaps")
    for body, code in (
        ({"first": "2026-12-09", "last": "2026-12-08"}, "ends_before_it_starts"),
        ({**DAYS, "cover": cast.csm.pk}, "covers_itself"),
        ({**DAYS, "cover": cast.acme_contact.user.pk}, "cannot_cover"),
        ({**DAYS, "cover": 10**9}, "cannot_cover"),
        ({**DAYS, "starts": 1440}, "invalid"),
        ({**DAYS, "kind": "lunch"}, "invalid"),
        ({**DAYS, "colour": "red"}, "unknown_field"),
        ({"first": "soon", "last": "later"}, "invalid"),
        ({}, "invalid"),
    ):
        answer = post(client, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert Absence.objects.count() == 1


def test_nobody_reaches_the_absences_of_others(cast: SimpleNamespace, api: Caller) -> None:
    of_csm = post(api(cast.manager), **DAYS, person=cast.csm.pk).json()["id"]
    stranger = api(cast.other_csm)
    assert post(stranger, **DAYS, person=cast.csm.pk).status_code == 404
    assert stranger.get(f"{PATH}{of_csm}/").status_code == 404
    assert post(stranger, f"{PATH}{of_csm}/cancel/").status_code == 404
    assert stranger.get(PATH).json()["results"] == []
    assert post(api(cast.csm, "read"), **DAYS).status_code == 403
    assert Absence.objects.get().cancelled_at is None
