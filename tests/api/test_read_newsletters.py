"""Newsletters over the API: read, with how far each is."""

import pytest
from django.utils import timezone

from tests.newsletters.makers import make_delivery, make_issue

pytestmark = pytest.mark.django_db

PATH = "/api/v1/newsletters/"


def test_read_and_filtered(api, cast):
    draft = make_issue("Draft")
    sending = make_issue("Going out", state="sending", started_at=timezone.now(), frozen_at=timezone.now())
    make_delivery(sending, cast.acme_contact, state="sent")
    make_delivery(sending, cast.globex_contact)
    client = api(cast.csm, "read")
    assert [one["id"] for one in client.get(PATH).json()["results"]] == [draft.pk, sending.pk]
    assert [one["title"] for one in client.get(f"{PATH}?state=sending").json()["results"]] == ["Going out"]
    progress = client.get(f"{PATH}{sending.pk}/").json()["progress"]
    assert (progress["done"], progress["total"], progress["percent"]) == (1, 2, 50)
    assert progress["counts"]["waiting"] == 1
    assert client.get(f"{PATH}{draft.pk}/").json()["progress"] is None


def test_who_may_not_does_not(api, cast):
    make_issue()
    assert api(cast.sdr, "read").get(PATH).status_code == 403
    assert api(cast.csm, "read").get(f"{PATH}0/").status_code == 404
    assert api(cast.csm, "read", "write").post(PATH, {}).status_code == 405
