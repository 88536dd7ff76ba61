"""The limits page: what each tier promises, what each CSM carries and may carry."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.refusals import refusals_shown_in
from accounts.models import Tier, User
from accounts.permissions import Reach, may, reach_of, require, staff_of
from core.errors import NotAllowed, NotFound
from segments.access import csm_to_limit
from segments.actions.limits import clear_person_limit, set_person_limit, set_tier_terms
from segments.forms.limits import PersonLimitForm, TierTermsForm
from segments.models import TierTerms
from segments.queries.limits import limit_cell, limit_table
from segments.queries.placement import unassigned_customers, why_without_csm
from segments.views.answers import REFUSED, is_htmx, sent

SHOWN_UNASSIGNED = 5


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """Show the tiers' terms, and for every CSM the load, the room and what is past a limit."""
    user = staff_of(request)
    require(user, "portfolio.view")
    context = {
        "table": limit_table(user),
        "may_set_terms": reach_of(user, "limits.edit") == Reach.ALL,
    }
    if may(user, "assignment.change"):
        waiting = unassigned_customers(user)
        context["unassigned"] = list(waiting.order_by("-mrr", "-pk")[:SHOWN_UNASSIGNED])
        context["reasons"] = why_without_csm(waiting) if context["unassigned"] else {}
    return render(request, "segments/limits.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, tier: str) -> HttpResponse:
    """Show and set a tier's terms for the whole company."""
    user = staff_of(request)
    require(user, "limits.edit")
    if reach_of(user, "limits.edit") < Reach.ALL:
        raise NotAllowed("The whole company's terms are an administrator's to set.", action="limits.edit")
    now = TierTerms.current()[_tier(tier)]
    initial = {"portfolio_limit": now.portfolio_limit, "monthly_minutes": now.monthly_minutes}
    form = TierTermsForm(sent(request), initial=initial, auto_id=f"id_{tier}_%s")
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            now = set_tier_terms(actor=user, tier=tier, **form.cleaned_data)
            if is_htmx(request):
                return render(request, "segments/_terms_row.html", {"terms": now, "may_set_terms": True})
            messages.success(request, f"{now} has new terms.")
            return redirect("limits")
    template = "segments/_terms_form.html" if is_htmx(request) else "segments/terms.html"
    return render(request, template, {"form": form, "terms": now}, status=REFUSED if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def person_limit(request: HttpRequest, pk: int, tier: str) -> HttpResponse:
    """Show, set and clear a CSM's own limit in a tier."""
    user = staff_of(request)
    person = csm_to_limit(user, pk)
    cell = limit_cell(person, _tier(tier))
    if is_htmx(request) and "cancel" in request.GET:
        return render(request, "segments/_limit_cell.html", {"person": person, "cell": cell, "may_edit": True})
    initial = {"portfolio_limit": cell.load.limit, "why": cell.own.why if cell.own else ""}
    form = PersonLimitForm(sent(request), initial=initial, auto_id=f"id_{pk}_{tier}_%s")
    if request.method == "POST":
        clears = "clear" in request.POST
        if clears or form.is_valid():
            with refusals_shown_in(form):
                if clears:
                    clear_person_limit(actor=user, person=person, tier=tier)
                else:
                    set_person_limit(actor=user, person=person, tier=tier, **form.cleaned_data)
                return _limit_set(request, person, tier)
    context = {"form": form, "person": person, "cell": cell, "tier": Tier(tier)}
    template = "segments/_limit_form.html" if is_htmx(request) else "segments/person_limit.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)


def _limit_set(request: HttpRequest, person: User, tier: str) -> HttpResponse:
    if is_htmx(request):
        context = {"person": person, "cell": limit_cell(person, tier), "may_edit": True}
        return render(request, "segments/_limit_cell.html", context)
    messages.success(request, f"{person} has a new limit.")
    return redirect("limits")


def _tier(name: str) -> str:
    if name not in Tier.values:
        raise NotFound("There is no such tier.")
    return name
