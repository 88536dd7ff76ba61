"""Pages of the customers' portal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import portal
from accounts.actions.people import update_profile
from accounts.forms.people import PortalProfileForm
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.queries import portal as queries
from accounts.rules.service import PROMISES, who_comes_next
from core.errors import NotFound
from core.ids import read_id

MOST_COLLEAGUES = 200


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show who looks after the customer, what it was promised, who comes next, and every app's panel."""
    contact = portal.contact_of(request)
    customer = contact.customer
    context = _frame(request) | {
        "helpers": queries.helpers_of(customer),
        "promise": PROMISES.get(customer.tier or ""),
        "next_step": who_comes_next(customer.stage, customer.tier, queries.roles_held(customer), customer.renews_on),
        "panels": portal.panels_for(contact),
    }
    return render(request, "accounts/portal/home.html", context)


@require_GET
def company(request: HttpRequest) -> HttpResponse:
    """Show the own company's facts, subscriptions and people."""
    contact = portal.contact_of(request)
    colleagues = list(queries.colleagues_of(contact)[: MOST_COLLEAGUES + 1])
    context = _frame(request) | {
        "subscriptions": queries.current_subscriptions(contact.customer),
        "colleagues": colleagues[:MOST_COLLEAGUES],
        "more_colleagues": len(colleagues) > MOST_COLLEAGUES,
    }
    return render(request, "accounts/portal/company.html", context)


@require_http_methods(["GET", "POST"])
def portal_profile(request: HttpRequest) -> HttpResponse:
    """Show and change one's own name, language and zone."""
    person = request.user
    assert isinstance(person, User)  # noqa: S101  the middleware lets nobody else in
    form = PortalProfileForm(request.POST or None, initial=PortalProfileForm.initial_of(person))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            update_profile(person=person, changes=form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect("portal_profile")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/portal/profile.html", _frame(request) | {"form": form}, status=status)


@require_POST
def switch_company(request: HttpRequest) -> HttpResponse:
    """Act for another of the login's companies from now on."""
    chosen = read_id(request.POST.get("customer"))
    if chosen is None:
        raise NotFound("There is no such company.")
    contact = portal.choose_company(request, chosen)
    messages.success(request, f"You now see {contact.customer}.")
    return redirect("portal")


def _frame(request: HttpRequest) -> dict:
    contact = portal.contact_of(request)
    return {"contact": contact, "customer": contact.customer, "companies": portal.contacts_of(request)}
