"""A page of the sample company's own product, with the widget in it, and the backend that vouches for its user.

It is there in local settings alone. It goes by another name than the product does (localhost, not 127.0.0.1), so that
it is on another origin, as a real product is.
"""

import time
from urllib.parse import urlsplit
from uuid import uuid4

import jwt
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from accounts.models import Contact
from accounts.sealing import unseal
from core.ids import read_id
from demo.logins import CONTACTS
from demo.this_machine import this_machine
from newsletters.actions.products import create_product, update_product
from newsletters.models import Delivery, Product
from newsletters.widget.identity import audience_of

NAME = "Larkspur app"
OTHER_NAME = "localhost"
MOST_USERS = 8
IDENTITY_SECONDS = 300


@require_safe
@this_machine
def product_page(request: HttpRequest) -> HttpResponse:
    """Show the sample product as one of its users sees it."""
    here = urlsplit(_origin(request))
    if here.hostname != OTHER_NAME:
        port = f":{here.port}" if here.port else ""
        return HttpResponseRedirect(f"http://{OTHER_NAME}{port}{request.get_full_path()}")
    _let_in(_origin(request))
    users = _users()
    user = _user(request, users)
    context = {"users": users, "user_now": user, "server": settings.PUBLIC_URL, "identity_url": ""}
    if user is not None:
        context["identity_url"] = f"{reverse('demo-product-identity')}?user={user.pk}"
    response = render(request, "demo/product.html", context)
    response["Content-Security-Policy"] = _policy()
    return response


@require_safe
@this_machine
def product_identity(request: HttpRequest) -> HttpResponse:
    """Vouch for the product's user, as the backend of a real one does for whoever is logged in there."""
    user = _user(request, _users())
    product = Product.objects.filter(name=NAME).first()
    if user is None or product is None:
        raise Http404
    now = int(time.time())
    claims = {
        "iss": str(product.uid),
        "aud": audience_of(product),
        "iat": now,
        "exp": now + IDENTITY_SECONDS,
        "jti": uuid4().hex,
        "customer": {"id": user.customer_id},
        "contact": {"id": user.pk},
    }
    token = jwt.encode(claims, unseal(product.secret), algorithm="HS256", headers={"kid": str(product.uid)})
    return JsonResponse({"identity": token}, headers={"Cache-Control": "no-store"})


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _let_in(origin: str) -> None:
    """Let pages of this origin show the sample product's notices; each run may have a port of its own."""
    product = Product.objects.filter(name=NAME).first()
    if product is None:
        create_product(actor=None, name=NAME, origins=[origin])
    elif origin not in product.origins:
        update_product(actor=None, product=product, name=NAME, origins=[*product.origins[-10:], origin])


def _users() -> list[Contact]:
    """Return some contacts who have notices, those whom the launcher names first."""
    has_notices = Exists(Delivery.objects.filter(contact=OuterRef("pk"), notice__isnull=False))
    known = Contact.objects.filter(is_active=True, customer__merged_into=None).select_related("customer")
    named = list(known.filter(email__in=[login.email for login in CONTACTS]).order_by("pk"))
    others = known.filter(has_notices).exclude(pk__in=[one.pk for one in named]).order_by("pk")
    return [*named, *others[: MOST_USERS - len(named)]]


def _user(request: HttpRequest, users: list[Contact]) -> Contact | None:
    wanted = read_id(request.GET.get("user"))
    return next((user for user in users if user.pk == wanted), users[0] if users else None)


def _policy() -> str:
    """Return a policy as strict as the widget's page in the docs promises to work under."""
    server = settings.PUBLIC_URL
    return (
        f"default-src 'none'; script-src {server}; connect-src 'self' {server}; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )


urlpatterns = [
    path("", product_page, name="demo-product"),
    path("identity/", product_identity, name="demo-product-identity"),
]
