"""Pins: a person's word that a customer is in a tier."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import customer_for, customers_within, may_with
from accounts.figures import company_today
from accounts.forms.refusals import refusals_shown_in
from accounts.permissions import may, require, staff_of
from core.errors import ProductError
from core.pages import page_of
from segments.access import pin_for, pins_within
from segments.actions.tiers import end_pin, pin_tier
from segments.forms.tiers import EndPinForm, PinForm
from segments.queries.why import why_this_tier
from segments.views.answers import REFUSED, back_to_customer, crumbs_to, is_htmx, sent

USUAL_PIN = timedelta(days=90)


@require_safe
def pins(request: HttpRequest) -> HttpResponse:
    """List the pins that hold, or those that ended, of the customers that the person may see."""
    user = staff_of(request)
    require(user, "rules.view")
    ended = request.GET.get("state") == "ended"
    found = pins_within(user).filter(ended_at__isnull=not ended).select_related("customer", "pinned_by", "ended_by")
    page = page_of(request, found, order="-ended_at" if ended else "until")
    mine = set()
    if may(user, "tier.pin"):
        ids = [pin.customer_id for pin in page["rows"]]
        mine = set(customers_within(user, "tier.pin").filter(pk__in=ids).values_list("pk", flat=True))
    return render(request, "segments/pins.html", {"page": page, "ended": ended, "may_end": mine})


@require_http_methods(["GET", "HEAD", "POST"])
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin a customer to a tier."""
    user = staff_of(request)
    customer = customer_for(user, pk, "tier.pin")
    initial = {"tier": customer.tier or "high", "until": company_today() + USUAL_PIN}
    may_override = may_with(user, customer, "assignment.override_limit")
    asks_override = may_override and request.method == "POST"
    form = PinForm(sent(request), initial=initial, asks_override=asks_override)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            made = pin_tier(actor=user, customer=customer, **form.cleaned_data)
            return back_to_customer(
                request, user, customer, f"{customer} is pinned to {made.get_tier_display().lower()}."
            )
    context = {
        "form": form,
        "customer": customer,
        "sentence": why_this_tier(customer),
        "crumbs": crumbs_to(customer),
        "asks_override": "override_reason" in form.errors,
    }
    template = "segments/_pin_form.html" if is_htmx(request) else "segments/pin.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def unpin(request: HttpRequest, pk: int) -> HttpResponse:
    """End a pin before its day; the rules decide again."""
    user = staff_of(request)
    found = pin_for(user, pk)
    form = EndPinForm(sent(request))
    if form.is_bound and form.is_valid():
        try:
            end_pin(actor=user, pin=found, why=form.cleaned_data["why"])
        except ProductError as error:
            messages.warning(request, error.message)
            return redirect("tier_pins")
        text = f"{found.customer} is no longer pinned; the rules decide again in a moment."
        return back_to_customer(request, user, found.customer, text)
    context = {"form": form, "pin": found, "crumbs": crumbs_to(found.customer)}
    template = "segments/_unpin_form.html" if is_htmx(request) else "segments/unpin.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)
