"""The session of one widget: a signed token for a quarter of an hour, good for one contact, product and origin."""

import hashlib
from dataclasses import dataclass

from django.core import signing
from django.utils.crypto import constant_time_compare

from accounts.models import Contact
from core.errors import NotAllowed, ProductError
from newsletters.models import Product

SALT = "newsletters.widget.sessions"
LASTS_SECONDS = 15 * 60
# Written out for the same reason as the feed: it goes before every call of a widget.
PRODUCT = """
SELECT product.* FROM newsletters_product AS product
WHERE product.uid = %(uid)s AND product.is_active AND EXISTS (
    SELECT FROM accounts_contact AS contact JOIN accounts_customer AS customer ON customer.id = contact.customer_id
    WHERE contact.id = %(contact)s AND contact.is_active AND customer.merged_into_id IS NULL
)
"""


class SessionRefused(ProductError):
    """The session is over or was never one; the widget asks for a new identity."""

    status = 401
    code = "session_over"


@dataclass(frozen=True)
class WidgetSession:
    """As whom a widget asks."""

    product: Product
    contact_id: int
    origin: str


def session_token(product: Product, contact: Contact, origin: str) -> str:
    """Return the token of a new session."""
    content = [product.uid.hex, contact.pk, origin, _secret_mark(product)]
    return signing.dumps(content, salt=SALT)


def session_of(token: str, origin: str) -> WidgetSession:
    """Return the session of the token, one query.

    Raises SessionRefused where it is over, the contact has gone, or the product was switched off or has a new secret;
    NotAllowed where another origin asks than the one it was opened for, or one that is no longer allowed.
    """
    try:
        uid, contact_id, opened_for, mark = signing.loads(token, salt=SALT, max_age=LASTS_SECONDS)
    except signing.BadSignature as error:
        raise SessionRefused("The session is over; begin a new one.") from error
    product = next(iter(Product.objects.raw(PRODUCT, {"uid": uid, "contact": contact_id})), None)
    if product is None or not constant_time_compare(mark, _secret_mark(product)):
        raise SessionRefused("The session is over; begin a new one.")
    if origin != opened_for:
        raise NotAllowed("This session belongs to another origin.", code="wrong_origin")
    require_origin(product, origin)
    return WidgetSession(product, contact_id, origin)


def require_origin(product: Product, origin: str) -> None:
    """Return nothing where pages of this origin may ask for the product's notices; raise NotAllowed otherwise."""
    if origin not in product.origins:
        raise NotAllowed("Pages of this origin may not show this product's notices.", code="wrong_origin")


def is_known_origin(origin: str) -> bool:
    """Tell whether any product that is switched on allows this origin."""
    return Product.objects.filter(is_active=True, origins__contains=[origin]).exists()


def _secret_mark(product: Product) -> str:
    """Return what changes with the product's secret and does not give it away."""
    return hashlib.sha256(product.secret.encode()).hexdigest()[:16]
