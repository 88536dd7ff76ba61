"""Tokens: who is let in, and how a refusal reads."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiToken
from tests.api.conftest import make_token

pytestmark = pytest.mark.django_db


def test_no_token_is_refused_with_a_code(cast):
    answer = APIClient().get("/api/v1/customers/")
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_refused(cast):
    answer = APIClient().get("/api/v1/customers/", HTTP_AUTHORIZATION="Bearer " + "0" * 64)
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_unknown"


def test_an_expired_token_is_refused(cast):
    secret = make_token(cast.csm, expiry=timedelta(seconds=-1))
    assert APIClient().get("/api/v1/customers/", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401


def test_the_secret_is_not_stored(cast):
    secret = make_token(cast.csm)
    token = ApiToken.objects.get()
    assert secret not in (token.digest, token.token_key)
    assert len(token.token_key) < 20


def test_a_read_token_cannot_write(api, cast):
    client = api(cast.administrator, "read")
    assert client.get(f"/api/v1/customers/{cast.acme.pk}/").status_code == 200
    answer = client.patch(f"/api/v1/customers/{cast.acme.pk}/", {"name": "Other"}, format="json")
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"
    cast.acme.refresh_from_db()
    assert cast.acme.name == "Acme"


def test_a_deactivated_person_is_refused(api, cast):
    client = api(cast.csm)
    cast.csm.is_active = False
    cast.csm.save()
    assert client.get("/api/v1/customers/").status_code == 401


def test_a_contact_is_refused(api, cast):
    answer = api(cast.acme_contact.user).get("/api/v1/customers/")
    assert answer.status_code == 403
    assert not answer.json().get("results")
