"""The identity that a product's backend vouches for: a JWT, signed with the product's secret, good for minutes.

Claims: `iss` and the header's `kid` are the product's uid, `aud` is `audience_of(uid)`, `exp` is at most
`LONGEST_SECONDS` after `iat`, `jti` is different each time. `customer` is {"id": …} or {"external_id": …}, `contact` is
{"id": …}, {"external_id": …} or {"email": …} of a contact of that customer.
"""

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import jwt

from accounts.models import Contact, Customer
from accounts.sealing import unseal
from core.errors import NotFound, ProductError
from newsletters.models import Product

ALGORITHM = "HS256"
LONGEST_SECONDS = 600
# How far the clocks of two servers may be apart.
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 4096
LONGEST_JTI = 128
REQUIRED = ["iss", "aud", "exp", "iat", "jti", "customer", "contact"]
# Customers that were merged into one another are followed so far.
MOST_MERGES = 10
REMEMBERED_SECONDS = 60
_SIGNATURES = jwt.PyJWS()


class IdentityRefused(ProductError):
    """The identity is not one to believe."""

    status = 401
    code = "identity_refused"


class IdentityForged(IdentityRefused):
    """No product has signed it; anybody can make such ones without end."""

    code = "identity_forged"


@dataclass(frozen=True)
class Identity:
    """For whom a product vouched, and once."""

    product: Product
    contact: Contact
    jti: str
    expires_at: datetime


def audience_of(product: Product) -> str:
    """Return the only `aud` that an identity for this product may have."""
    return f"cs-platform/notices/{product.uid}"


def read_identity(token: str) -> Identity:
    """Return what the token vouches for.

    Raises IdentityRefused where it is forged, over, for another audience or too long-lived, and NotFound where customer
    or contact are not known here.
    """
    product = _signer(token)
    claims = _claims(token, product)
    if not product.is_active:
        raise IdentityRefused("This product is switched off.", code="product_inactive")
    ends = datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, UTC) + timedelta(seconds=1)
    contact = _contact(_customer(claims["customer"]), claims["contact"])
    return Identity(product=product, contact=contact, jti=claims["jti"], expires_at=ends)


def is_signed(token: str) -> bool:
    """Tell whether a product has signed the token, by the secrets as they were within the last minute: no query.

    Where forged identities come in numbers, this tells the good ones among them.
    """
    try:
        secret = _secrets(int(time.time()) // REMEMBERED_SECONDS).get(_named_signer(token))
        return secret is not None and bool(_SIGNATURES.decode(token, secret, algorithms=[ALGORITHM]))
    except (IdentityForged, jwt.PyJWTError):
        return False


@lru_cache(maxsize=1)
def _secrets(minute: int) -> dict[UUID, str]:
    """Return the products' secrets, asked for anew in another minute."""
    found = {}
    for uid, sealed in Product.objects.values_list("uid", "secret"):
        # What was sealed with a key that is gone vouches for nobody.
        with suppress(ValueError):
            found[uid] = unseal(sealed)
    return found


def _signer(token: str) -> Product:
    """Return the product that the token says it comes from; its signature is yet to be checked."""
    product = Product.objects.filter(uid=_named_signer(token)).first()
    if product is None:
        raise IdentityForged("The signature is not that of a product known here.")
    return product


def _named_signer(token: str) -> UUID:
    if len(token) > LONGEST_TOKEN:
        raise IdentityForged("This is no identity: it is too long.", code="identity_malformed")
    try:
        header = jwt.get_unverified_header(token)
        uid = UUID(header.get("kid", ""))
    except (jwt.PyJWTError, ValueError, AttributeError, TypeError) as error:
        raise IdentityForged("This is no identity that a product has signed.", code="identity_malformed") from error
    if header.get("alg") != ALGORITHM:
        raise IdentityForged(f"An identity is signed with {ALGORITHM}.", code="identity_algorithm")
    return uid


def _claims(token: str, product: Product) -> dict[str, Any]:
    """Return the claims of a token that the product has signed and that holds now."""
    try:
        claims = jwt.decode(
            token,
            unseal(product.secret),
            algorithms=[ALGORITHM],
            audience=audience_of(product),
            issuer=str(product.uid),
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED, "strict_aud": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise IdentityRefused("The identity is over; make a new one.", code="identity_expired") from error
    except jwt.ImmatureSignatureError as error:
        raise IdentityRefused("The identity does not hold yet; is the clock right?", code="identity_early") from error
    except jwt.InvalidAudienceError as error:
        raise IdentityRefused("The identity is meant for somebody else.", code="identity_audience") from error
    except jwt.MissingRequiredClaimError as error:
        raise IdentityRefused(f"The identity lacks {error.claim}.", code="identity_malformed") from error
    except jwt.DecodeError as error:
        raise IdentityForged("The signature is not that of a product known here.") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise IdentityRefused("The signature is not that of a product known here.", code="identity_forged") from error
    _check_values(claims)
    return claims


def _check_values(claims: dict[str, Any]) -> None:
    begins, ends, jti = claims["iat"], claims["exp"], claims["jti"]
    if not (_is_moment(begins) and _is_moment(ends)):
        raise IdentityRefused("iat and exp are seconds since 1970.", code="identity_malformed")
    if ends - begins > LONGEST_SECONDS:
        raise IdentityRefused(
            f"An identity holds for at most {LONGEST_SECONDS // 60} minutes.", code="identity_too_long"
        )
    if not isinstance(jti, str) or not 1 <= len(jti) <= LONGEST_JTI or "\0" in jti:
        raise IdentityRefused(f"jti is a text of 1 to {LONGEST_JTI} signs.", code="identity_malformed")


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _customer(claim: Any) -> Customer:
    name, value = _named(claim, ("id", "external_id"))
    customer = Customer.objects.filter(**{name: value}).first()
    for _ in range(MOST_MERGES):
        if customer is None or customer.merged_into_id is None:
            break
        customer = customer.merged_into
    if customer is None or customer.merged_into_id is not None:
        raise NotFound("This customer is not known here.", code="customer_unknown")
    return customer


def _contact(customer: Customer, claim: Any) -> Contact:
    name, value = _named(claim, ("id", "external_id", "email"))
    if name == "email":
        value = value.lower()
    contact = Contact.objects.filter(**{name: value}, customer=customer, is_active=True).first()
    if contact is None:
        raise NotFound("This contact is not known here.", code="contact_unknown")
    return contact


def _named(claim: Any, names: tuple[str, ...]) -> tuple[str, Any]:
    """Return the one name and value by which the claim finds its object."""
    if isinstance(claim, dict) and len(claim) == 1:
        name, value = next(iter(claim.items()))
        if name == "id" and isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            return name, value
        if name in names and name != "id" and isinstance(value, str) and value and "\0" not in value:
            return name, value
    raise IdentityRefused(
        f"customer and contact are objects with one of: {', '.join(names)}.", code="identity_malformed"
    )
