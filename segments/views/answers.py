"""How this app's forms answer: a page, or a part of one for htmx; refused input comes back with what was typed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import visible_customers
from accounts.models import Customer, User

# A form that comes back with errors; htmx shows it in place.
REFUSED = 422


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))


def sent(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, which may be nothing at all; None where nothing was sent."""
    return request.POST if request.method == "POST" else None


def crumbs_to(customer: Customer) -> list[tuple[str, str]]:
    """Return the way back to the customer's page, for the head of a page about it."""
    return [("Customers", "/customers/"), (customer.name, f"/customers/{customer.pk}/")]


def back_to_customer(request: HttpRequest, user: User, customer: Customer, text: str) -> HttpResponse:
    """Return to the customer's page with the good news; to the list where the customer is no longer the person's."""
    messages.success(request, text)
    stays = visible_customers(user).filter(pk=customer.pk).exists()
    target = f"/customers/{customer.pk}/" if stays else "/customers/"
    return HttpResponseClientRedirect(target) if is_htmx(request) else redirect(target)
