"""The company's own products: who vouches for its users, with which secret, and from which pages it asks."""

import secrets
from collections.abc import Iterable

from accounts.models import User
from accounts.permissions import require
from accounts.sealing import seal
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction
from newsletters.models import Product
from newsletters.rules.origins import origin_of

MOST_ORIGINS = 50
LONGEST_ORIGIN = 255
# 288 bits; HS256 wants at least 256.
SECRET_BYTES = 36


@repeated_transaction
def create_product(*, actor: User | None, name: str, origins: Iterable[str]) -> tuple[Product, str]:
    """Return the product now there and its secret, which is told only now.

    Raises Invalid for origins that are none, Conflict for a name that is taken.
    """
    _may(actor)
    secret = _new_secret()
    product = Product(secret=seal(secret), created_by=actor)
    _take_facts(product, name, origins)
    product.save()
    return product, secret


@repeated_transaction
def update_product(*, actor: User | None, product: Product, name: str, origins: Iterable[str]) -> Product:
    """Return the product with this name and these origins; sessions from other origins end at once."""
    _may(actor)
    locked = Product.objects.select_for_update().get(pk=product.pk)
    _take_facts(locked, name, origins)
    locked.save()
    return locked


@repeated_transaction
def rotate_secret(*, actor: User | None, product: Product) -> str:
    """Return the product's new secret, which is told only now; the old one and its sessions end at once."""
    _may(actor)
    locked = Product.objects.select_for_update().get(pk=product.pk)
    secret = _new_secret()
    locked.secret = seal(secret)
    locked.save(update_fields=["secret"])
    return secret


@repeated_transaction
def switch_product(*, actor: User | None, product: Product, is_active: bool) -> Product:
    """Return the product, switched on or off; switched off, its sessions end at once."""
    _may(actor)
    locked = Product.objects.select_for_update().get(pk=product.pk)
    locked.is_active = is_active
    locked.save(update_fields=["is_active"])
    return locked


def _may(actor: User | None) -> None:
    if actor is not None:
        require(actor, "newsletter.settings")


def _new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _take_facts(product: Product, name: str, origins: Iterable[str]) -> None:
    product.name = name.strip()
    if not product.name:
        raise Invalid("Give the product a name.", field="name")
    product.origins = _checked(origins)
    if Product.objects.filter(name__iexact=product.name).exclude(pk=product.pk).exists():
        raise Conflict("Another product has this name.", code="name_taken", field="name")


def _checked(origins: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in origins:
        try:
            origin = origin_of(text)
        except (ValueError, UnicodeError) as error:
            raise Invalid(
                f"“{text[:80]}” is no origin. Write it as https://app.example.com, without a path; only pages on this "
                "machine may come by http.",
                field="origins",
            ) from error
        if len(origin) > LONGEST_ORIGIN:
            raise Invalid("An origin is too long.", field="origins")
        found[origin] = None
    if not found:
        raise Invalid("Name at least one origin; nobody else may ask.", field="origins")
    if len(found) > MOST_ORIGINS:
        raise Invalid(f"At most {MOST_ORIGINS} origins.", field="origins")
    return list(found)
