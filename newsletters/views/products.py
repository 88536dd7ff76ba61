"""Pages of the company's products that show notices: who they are, their secret, and how to build the widget in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from accounts.sealing import seal, unseal
from newsletters.access_notices import product_for, products_within
from newsletters.actions.products import create_product, rotate_secret, switch_product, update_product
from newsletters.forms.products import ProductForm
from newsletters.models import Product
from newsletters.views.answers import GET_POST, form_page
from newsletters.widget.identity import audience_of

NEW_SECRET = "new_product_secret"  # noqa: S105  a key of the session
CRUMBS = [("Notices", "/newsletters/notices/"), ("Products", "/newsletters/notices/products/")]
LANGUAGES = (("python", "Python"), ("node", "Node"), ("php", "PHP"), ("ruby", "Ruby"))


@require_safe
def products(request: HttpRequest) -> HttpResponse:
    """Show the products in which notices show."""
    context = {"products": products_within(_setter(request)), "crumbs": CRUMBS[:1]}
    return render(request, "newsletters/products/list.html", context)


@require_http_methods(GET_POST)
def product_new(request: HttpRequest) -> HttpResponse:
    """Add a product; its secret is shown once, on its page."""
    viewer = _setter(request)
    form = ProductForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            product, secret = create_product(actor=viewer, **form.cleaned_data)
            return _show_once(request, product, secret)
    return form_page(request, "newsletters/products/form.html", form, {"crumbs": CRUMBS})


@never_cache
@require_safe
def product(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one product, its new secret where there is one, and what to build in."""
    found = product_for(_setter(request), pk)
    context: dict[str, Any] = {
        "product": found,
        "crumbs": CRUMBS,
        "new_secret": _secret_to_show(request, found),
        "audience": audience_of(found),
        "script_url": settings.PUBLIC_URL + reverse("notices_script"),
        "server": settings.PUBLIC_URL,
        "examples": [(label, f"newsletters/products/examples/{name}.txt") for name, label in LANGUAGES],
    }
    return render(request, "newsletters/products/product.html", context)


@require_http_methods(GET_POST)
def product_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a product's name and origins."""
    viewer = _setter(request)
    found = product_for(viewer, pk)
    form = ProductForm(request.POST if request.method == "POST" else None, initial=ProductForm.initial_of(found))
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            saved = update_product(actor=viewer, product=found, **form.cleaned_data)
            messages.success(request, f"{saved} is saved.")
            return redirect("notice_product", pk=pk)
    return form_page(request, "newsletters/products/form.html", form, {"product": found, "crumbs": CRUMBS})


@require_POST
def product_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a product a new secret; the old one ends at once."""
    viewer = _setter(request)
    found = product_for(viewer, pk)
    return _show_once(request, found, rotate_secret(actor=viewer, product=found))


@require_POST
def product_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch a product on or off."""
    viewer = _setter(request)
    saved = switch_product(actor=viewer, product=product_for(viewer, pk), is_active=request.POST.get("on") == "1")
    said = "is switched on: its pages show notices." if saved.is_active else "is switched off: its pages show none."
    messages.success(request, f"{saved} {said}")
    return redirect("notice_product", pk=pk)


def _setter(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "newsletter.settings")
    return viewer


def _show_once(request: HttpRequest, product: Product, secret: str) -> HttpResponse:
    # Kept until the next page shows it, which forgets it: going back or loading again shows it no more.
    request.session[NEW_SECRET] = {"product": product.pk, "sealed": seal(secret)}
    return redirect("notice_product", pk=product.pk)


def _secret_to_show(request: HttpRequest, product: Product) -> str:
    kept = request.session.get(NEW_SECRET)
    if request.method != "GET" or not kept or kept["product"] != product.pk:
        return ""
    del request.session[NEW_SECRET]
    return unseal(kept["sealed"])
