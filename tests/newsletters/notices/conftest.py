"""A product of the company, and a page of it that asks for notices."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from newsletters.widget import identity, limits
from tests.newsletters.notices.making import ORIGIN, make_identity, make_product


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """Begin with no request counted, and with a cache that answers."""
    cache.clear()
    limits._alone.clear()
    limits._cache_rests_until = 0.0
    identity._secrets.cache_clear()
    yield
    limits._cache_rests_until = 0.0


@pytest.fixture
def product(cast: SimpleNamespace) -> SimpleNamespace:
    """Return a product with its secret, and a function that makes identities for it."""
    made, secret = make_product()
    return SimpleNamespace(
        row=made,
        secret=secret,
        identity=lambda contact=cast.acme_contact, /, **changes: make_identity(made, secret, contact, **changes),
    )


class WidgetPage:
    """A page of a product in a browser: it sends its origin and no cookies."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.token = ""
        self.client = Client()

    def begin(self, identity: str):  # type: ignore[no-untyped-def]
        """Return the answer to an identity, and keep the session that it opened."""
        answer = self.send("POST", "/api/v1/notices/session/", {"identity": identity})
        self.token = answer.json().get("token", "")
        return answer

    def feed(self, **headers: str):  # type: ignore[no-untyped-def]
        """Return the answer with the contact's notices."""
        return self.send("GET", "/api/v1/notices/feed/", **headers)

    def step(self, notice, step: str):  # type: ignore[no-untyped-def]
        """Return the answer to what the contact did with the notice."""
        return self.send("POST", f"/api/v1/notices/{notice.uid}/{step}/")

    def send(self, method: str, path: str, body=None, **headers: str):  # type: ignore[no-untyped-def]
        """Return the answer to a request of the page."""
        if self.origin:
            headers["origin"] = self.origin
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        return self.client.generic(
            method, path, content_type="application/json", headers=headers, **({} if body is None else _body(body))
        )


def _body(body) -> dict:  # type: ignore[no-untyped-def,type-arg]
    return {"data": body if isinstance(body, bytes) else json.dumps(body)}


@pytest.fixture
def page() -> Callable[..., WidgetPage]:
    """Return a function that opens a page of this origin."""
    return WidgetPage


@pytest.fixture
def ann(product: SimpleNamespace) -> WidgetPage:
    """Return a page on which Acme's contact has a session."""
    opened = WidgetPage()
    assert opened.begin(product.identity()).status_code == 201
    return opened
