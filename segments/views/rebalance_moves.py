"""A proposal's moves: keep them or take them out, find another customer, choose another CSM."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import customer_for
from accounts.forms.refusals import show_refusal
from accounts.permissions import staff_of
from core.errors import Conflict, Invalid, ProductError
from core.ids import read_ids
from segments.access import rebalance_for
from segments.actions.rebalances import accept_moves, move_to
from segments.actions.rebalances.editing import choice_for
from segments.forms.rebalances import TargetForm
from segments.models import Rebalance, RebalanceMove
from segments.queries.rebalances import movable_customers
from segments.views.answers import REFUSED, is_htmx, sent

MOST_AT_ONCE = 1_000
LONGEST_QUERY = 500


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep moves in the proposal, or take them out: the one of the button, or all that are ticked."""
    user = staff_of(request)
    rebalance = rebalance_for(user, pk)
    keeps = "keep" in request.POST
    one = request.POST.get("keep" if keeps else "remove", "")
    raw = [one] if one not in ("", "ticked") else request.POST.getlist("ids")
    if not raw:
        raise Invalid("Tick at least one move.", code="nothing_selected")
    if len(raw) > MOST_AT_ONCE:
        raise Invalid("This selection is not one of the list.", code="bad_selection")
    count = accept_moves(actor=user, rebalance=rebalance, moves=read_ids(raw), accepted=keeps)
    word = "kept" if keeps else "taken out"
    messages.success(request, f"{count} {'move' if count == 1 else 'moves'} {word}.")
    return redirect(f"{reverse('rebalance', args=[pk])}?{request.POST.get('list', '')[:LONGEST_QUERY]}#moves")


@require_safe
def find(request: HttpRequest, pk: int) -> HttpResponse:
    """Find a customer of these portfolios to move by hand."""
    user = staff_of(request)
    rebalance = rebalance_for(user, pk)
    name = request.GET.get("q", "").strip()[:100]
    context = {
        "rebalance": rebalance,
        "q": name,
        "found": movable_customers(rebalance, user, name) if name else [],
        "crumbs": _crumbs(rebalance),
    }
    return render(request, "segments/rebalances/find.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def target(request: HttpRequest, pk: int, customer: int) -> HttpResponse:
    """Choose to whom a customer goes; a choice that breaks a guard rail says which, and is asked again."""
    user = staff_of(request)
    rebalance = rebalance_for(user, pk)
    moved = customer_for(user, customer, "assignment.change")
    move = RebalanceMove.objects.filter(rebalance=rebalance, customer=moved).select_related("to_person").first()
    initial = {"person": move.to_person_id if move is not None and move.is_accepted else None}
    form = TargetForm(sent(request), initial=initial)
    broken: list[str] = []
    if form.is_bound and form.is_valid():
        try:
            made = move_to(actor=user, rebalance=rebalance, customer=moved.pk, **form.cleaned_data)
        except ProductError as error:
            broken = error.details.get("rails", []) if isinstance(error, Conflict) else []
            if not broken:
                show_refusal(form, error)
        else:
            messages.success(request, f"{moved} goes to {made.to_person}.")
            address = f"{reverse('rebalance', args=[pk])}?name={made.customer.name}#moves"
            return HttpResponseClientRedirect(address) if is_htmx(request) else redirect(address)
    context = {
        "rebalance": rebalance,
        "customer": moved,
        "move": move,
        "choice": choice_for(rebalance, moved.pk),
        "form": form,
        "chosen": form["person"].value() or "",
        "broken": broken,
        "crumbs": _crumbs(rebalance),
    }
    template = "segments/rebalances/_target_form.html" if is_htmx(request) else "segments/rebalances/target.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)


def _crumbs(rebalance: Rebalance) -> list[tuple[str, str]]:
    page = reverse("rebalance", args=[rebalance.pk])
    return [("Rebalances", reverse("rebalances")), (f"Rebalance {rebalance.pk}", page)]
