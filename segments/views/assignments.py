"""Pages to give a role to somebody and to take it back, customers without a CSM, and hand-over notes."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import customer_for, may_with
from accounts.actions.portfolios import OWNING_ROLES, assign_role, open_assignment, release_role, role_label
from accounts.forms.refusals import refusals_shown_in, show_refusal
from accounts.models import Customer, Role, User
from accounts.permissions import Reach, reach_of, require, staff_of
from core.errors import NotFound, ProductError
from core.outbox import enqueue
from core.pages import page_of
from segments.access import csm_to_assign, past_assignment_for
from segments.actions.assignments import assign_csm, release_csm, write_handover_note
from segments.forms.assignments import AssignCsmForm, AssignRoleForm, HandoverNoteForm, ReleaseForm
from segments.queries.panels import given_back_by
from segments.queries.placement import suggestions_for, unassigned_customers, why_without_csm
from segments.views.answers import REFUSED, back_to_customer, crumbs_to, is_htmx, sent

BEST = 8


@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    """Show who may take the role, and give it."""
    user = staff_of(request)
    customer = customer_for(user, pk, "assignment.change")
    wanted = _role(role)
    if wanted == Role.CSM:
        return _assign_csm(request, user, customer)
    form = AssignRoleForm(sent(request), role=wanted)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            assignment = assign_role(actor=user, customer=customer, role=wanted, **form.cleaned_data)
            text = f"{assignment.person} is now the {role_label(wanted)} of {customer}."
            return back_to_customer(request, user, customer, text)
    context = {"form": form, "customer": customer, "role": wanted, "now": open_assignment(customer, wanted)}
    return _form_page(request, "assign_role", context, failed=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: int, role: str) -> HttpResponse:
    """Ask why nobody has the role any more, and take it back."""
    user = staff_of(request)
    customer = customer_for(user, pk, "assignment.change")
    wanted = _role(role)
    form = ReleaseForm(sent(request), role=wanted)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            if wanted == Role.CSM:
                closed = release_csm(actor=user, customer=customer, **form.cleaned_data)
            else:
                closed = release_role(actor=user, customer=customer, role=wanted, **form.cleaned_data)
            text = f"{closed.person} is no longer the {role_label(wanted)} of {customer}."
            return back_to_customer(request, user, customer, text)
    context = {"form": form, "customer": customer, "role": wanted, "now": open_assignment(customer, wanted)}
    return _form_page(request, "release_role", context, failed=form.is_bound)


@require_safe
def unassigned(request: HttpRequest) -> HttpResponse:
    """List the high- and low-touch customers without a CSM, and why they have none."""
    user = staff_of(request)
    require(user, "assignment.change")
    customers = unassigned_customers(user)
    tier = request.GET.get("tier", "")
    if tier in {"high", "low"}:
        customers = customers.filter(tier=tier)
    context = {
        "page": page_of(request, customers, order="-mrr"),
        "reasons": why_without_csm(customers),
        "tier": tier,
        "may_fill": reach_of(user, "assignment.change") == Reach.ALL or reach_of(user, "tier.reassign") == Reach.ALL,
    }
    return render(request, "segments/unassigned.html", context)


@require_POST
def fill(request: HttpRequest) -> HttpResponse:
    """Ask the worker to fill portfolios now."""
    user = staff_of(request)
    require(user, "tier.reassign")
    enqueue("segments.fill_portfolios", {}, key="asked")
    messages.success(request, "Portfolios are being filled; the list shortens in a moment.")
    return redirect("unassigned")


@require_safe
def handovers(request: HttpRequest) -> HttpResponse:
    """List the customers that the person was CSM of, with the hand-over notes."""
    return render(request, "segments/handovers.html", {"given_back": given_back_by(staff_of(request))})


@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the next CSM should know."""
    user = staff_of(request)
    assignment = past_assignment_for(user, pk)
    _, _, words = assignment.handover_note.partition("\n\n")
    form = HandoverNoteForm(sent(request), initial={"note": words})
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            write_handover_note(actor=user, assignment=assignment, note=form.cleaned_data["note"])
            messages.success(request, f"The hand-over note of {assignment.customer} is written.")
            return redirect("handovers")
    return render(
        request,
        "segments/handover.html",
        {"form": form, "assignment": assignment},
        status=REFUSED if form.is_bound else 200,
    )


def _assign_csm(request: HttpRequest, user: User, customer: Customer) -> HttpResponse:
    now = open_assignment(customer, Role.CSM)
    may_override = may_with(user, customer, "assignment.override_limit")
    form = AssignCsmForm(sent(request), has_csm=now is not None, may_override=may_override)
    refusal = None
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data
        try:
            person = csm_to_assign(chosen["person"])
            others = {field: chosen[field] for field in ("why", "handover_note", "override_reason") if field in chosen}
            assignment = assign_csm(actor=user, customer=customer, person=person, **others)
        except ProductError as error:
            refusal = error
            show_refusal(form, error)
        else:
            return back_to_customer(request, user, customer, f"{assignment.person} is now the CSM of {customer}.")
    suggestions = suggestions_for(customer)
    # Those with room come first.
    all_full = bool(suggestions) and not suggestions[0].has_room
    context = {
        "form": form,
        "customer": customer,
        "now": now,
        "best": suggestions[:BEST],
        "others": suggestions[BEST:],
        "chosen": form["person"].value() or "",
        "refusal": refusal,
        "may_override": may_override,
        "all_full": all_full,
        "asks_reason": may_override and (customer.tier == "tech" or all_full or _is_past_limit(refusal)),
    }
    return _form_page(request, "assign_csm", context, failed=form.is_bound)


def _is_past_limit(refusal: ProductError | None) -> bool:
    return refusal is not None and refusal.code in {"over_limit", "tech_touch"}


def _form_page(request: HttpRequest, name: str, context: dict, *, failed: bool) -> HttpResponse:
    context["crumbs"] = crumbs_to(context["customer"])
    template = f"segments/_{name}_form.html" if is_htmx(request) else f"segments/{name}.html"
    return render(request, template, context, status=REFUSED if failed else 200)


def _role(name: str) -> Role:
    if name not in OWNING_ROLES:
        raise NotFound("There is no such role.")
    return Role(name)
