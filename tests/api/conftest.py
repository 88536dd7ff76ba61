"""API clients that call with a token, as programs do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiToken, User


def make_token(user: User, *scopes: str, expiry: timedelta | None = timedelta(days=30)) -> str:
    """Return the secret of a new token of the person."""
    _, secret = ApiToken.objects.create(user=user, expiry=expiry, name="test", scopes=list(scopes or ("read", "write")))
    return secret


@pytest.fixture
def api() -> Callable[..., APIClient]:
    """Return a function that gives an API client with a token of the person and these scopes."""

    def as_person(user: User, *scopes: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(user, *scopes)}")
        return client

    return as_person
