"""The settings of capacity: what is planned, and what that makes of the team."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms.refusals import refusals_shown_in
from accounts.permissions import require, staff_of
from segments.actions.capacity_terms import fingerprint, set_capacity_terms
from segments.forms.capacity import CapacityTermsForm
from segments.queries.capacity.effect import effect_of
from segments.queries.capacity.terms import terms_now
from segments.views.answers import REFUSED, sent
from segments.views.capacity.behind import HOME


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show the terms, show what a change would make of the team, and change them."""
    user = staff_of(request)
    require(user, "capacity.settings")
    terms = terms_now()
    form = CapacityTermsForm(sent(request), terms=terms, seen=fingerprint(terms))
    context = {"form": form, "terms": terms, "crumbs": [HOME]}
    if request.method == "POST" and form.is_valid():
        effect = effect_of(user, terms, form.new_terms())
        if "preview" in request.POST:
            return render(request, "segments/capacity/settings.html", context | {"effect": effect})
        with refusals_shown_in(form):
            set_capacity_terms(actor=user, terms=form.new_terms(), seen=form.cleaned_data["seen"])
            messages.success(
                request,
                f"Saved. The next four weeks were {effect.before.percent} promised and are {effect.after.percent} now.",
            )
            return redirect("capacity_settings")
    return render(request, "segments/capacity/settings.html", context, status=REFUSED if form.is_bound else 200)
