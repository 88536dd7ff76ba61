"""Products, identities and delivered notices for tests."""

import time
from typing import Any
from uuid import uuid4

import jwt
from django.utils import timezone

from accounts.models import Contact
from newsletters.actions.products import create_product
from newsletters.models import Channel, Delivery, Notice, Product
from newsletters.widget.identity import audience_of
from tests.newsletters.makers import make_notice

ORIGIN = "https://app.company.example"


def make_product(name: str = "App", *origins: str) -> tuple[Product, str]:
    """Return a product that pages of these origins belong to, and its secret."""
    return create_product(actor=None, name=name, origins=origins or (ORIGIN,))


def claims_of(product: Product, contact: Contact, /, **changes: Any) -> dict[str, Any]:
    """Return the claims of a good identity, with the changes; a change to None takes the claim away."""
    now = int(time.time())
    claims = {
        "iss": str(product.uid),
        "aud": audience_of(product),
        "iat": now,
        "exp": now + 300,
        "jti": uuid4().hex,
        "customer": {"id": contact.customer_id},
        "contact": {"email": contact.email},
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def make_identity(product: Product, secret: str, contact: Contact, /, **changes: Any) -> str:
    """Return an identity as the product's backend makes it, with the changes to its claims."""
    claims = claims_of(product, contact, **changes)
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": str(product.uid)})


def give_notice(contact: Contact, title: str = "New report", **fields: Any) -> Notice:
    """Return a published notice that the contact has."""
    fields = {"state": Notice.State.PUBLISHED, "published_at": timezone.now(), **fields}
    notice = make_notice(title, **fields)
    deliver(notice, contact)
    return notice


def deliver(notice: Notice, contact: Contact, **fields: Any) -> Delivery:
    """Return the contact's delivery of the notice."""
    return Delivery.objects.create(
        notice=notice,
        channel=Channel.NOTICE,
        contact=contact,
        address=contact.email,
        state=Delivery.State.SENT,
        due_at=timezone.now(),
        **fields,
    )
