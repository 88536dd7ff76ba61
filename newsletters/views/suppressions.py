"""The addresses that get no newsletter, and what colleagues choose for a contact."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import contact_for
from accounts.forms.refusals import refusals_shown_in
from accounts.permissions import require, staff_of
from core.errors import NotFound
from core.pages import page_of
from newsletters.actions.preferences import choose_several
from newsletters.actions.suppressions import lift_suppression, suppress_address
from newsletters.forms.preferences import PreferencesForm
from newsletters.forms.suppressions import LiftForm, SuppressForm
from newsletters.models import Preference, Suppression
from newsletters.queries.suppressions import suppressions
from newsletters.views.answers import GET_POST, form_page
from segments.views.answers import REFUSED, is_htmx


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the suppressed addresses, the newest first."""
    require(staff_of(request), "suppression.edit")
    text, reason = request.GET.get("q", ""), request.GET.get("reason", "")
    found = suppressions(text=text, reason=reason)
    page = page_of(request, found, order="-created_at")
    context = {
        "rows": page["rows"],
        "page": page,
        "text": text,
        "reason": reason,
        "reasons": Suppression.Reason.choices,
        "is_narrowed": bool(text or reason),
    }
    return render(request, "newsletters/suppressed/list.html", context)


@require_http_methods(GET_POST)
def add(request: HttpRequest) -> HttpResponse:
    """Suppress an address."""
    user = staff_of(request)
    require(user, "suppression.edit")
    form = SuppressForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            made = suppress_address(actor=user, **form.cleaned_data)
            messages.success(request, f"No newsletter goes to {made.address} any more.")
            return redirect("suppressions")
    context = {"crumbs": [("Suppressed addresses", reverse("suppressions"))]}
    return form_page(request, "newsletters/suppressed/add.html", form, context)


@require_http_methods(GET_POST)
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Let newsletters go to the address again."""
    user = staff_of(request)
    require(user, "suppression.edit")
    found = Suppression.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("This address is not suppressed.")
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            lift_suppression(actor=user, suppression=found, **form.cleaned_data)
            messages.success(request, f"Newsletters may go to {found.address} again.")
            return redirect("suppressions")
    context = {"suppression": found, "crumbs": [("Suppressed addresses", reverse("suppressions"))]}
    return form_page(request, "newsletters/suppressed/lift.html", form, context)


@require_http_methods(GET_POST)
def contact_preferences(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose topics for a contact who asked a colleague to."""
    user = staff_of(request)
    contact = contact_for(user, pk, "contact.edit")
    form = PreferencesForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_bound and form.is_valid():
        changed = choose_several(contact=contact, choices=form.changes(), origin=Preference.Origin.STAFF, actor=user)
        words = f"What {contact.name} gets is changed." if changed else f"{contact.name} gets what it got before."
        messages.success(request, words)
        return redirect(f"/customers/{contact.customer_id}/")
    context = {
        "contact": contact,
        "form": form,
        "suppression": Suppression.objects.filter(address=contact.email).first(),
        "crumbs": [(contact.customer.name, f"/customers/{contact.customer_id}/")],
        "is_page": not is_htmx(request),
    }
    template = "newsletters/suppressed/_contact.html" if is_htmx(request) else "newsletters/suppressed/contact.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)
