"""Pages of duplicates: the suggestions, two customers side by side, merging and taking it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import customer_for
from accounts.actions.duplicates import dismiss_duplicate
from accounts.actions.merges import merge_customers, undo_merge
from accounts.forms.merges import MergeForm
from accounts.models import Customer, User
from accounts.permissions import require, staff_of
from accounts.queries import duplicates as queries
from accounts.queries.customers import suggestions
from accounts.views.customers import crumbs_of, page_of
from core import outbox
from core.errors import Conflict, ProductError
from core.ids import read_id


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show the pairs of customers that look like one, and what was merged lately."""
    viewer = staff_of(request)
    require(viewer, "customer.merge")
    context = {
        "page": queries.open_pairs(viewer, cursor=request.GET.get("after") or request.GET.get("before", "")),
        "merges": queries.recent_merges(viewer),
        "crumbs": [("Customers", "/customers/")],
    }
    return render(request, "accounts/customers/duplicates.html", context)


@require_POST
def duplicates_find(request: HttpRequest) -> HttpResponse:
    """Have the worker compare all customers again."""
    require(staff_of(request), "customer.merge")
    outbox.enqueue("accounts.find_duplicates", {}, key="all")
    messages.info(request, "All customers are being compared; new pairs appear here in a moment.")
    return redirect("duplicates")


@require_POST
def duplicate_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the two of a pair are different customers."""
    viewer = staff_of(request)
    pair = queries.pair_for(viewer, pk)
    try:
        dismiss_duplicate(actor=viewer, pair=pair)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "These two are not suggested again.")
    return redirect("duplicates")


@require_http_methods(["GET", "POST"])
def customer_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what to merge into the customer; then, side by side, which values survive."""
    viewer = staff_of(request)
    keep = customer_for(viewer, pk, "customer.merge")
    other = read_id(request.GET.get("with"))
    if other is None:
        return _choose_other(request, viewer, keep)
    merge = customer_for(viewer, other, "customer.merge")
    if merge.pk == keep.pk:
        messages.error(request, "A customer cannot be merged into itself.")
        return redirect("customer_merge", pk=keep.pk)
    form = _form(request.POST or None, keep, merge)
    if request.method != "POST":
        return _side_by_side(request, form, keep, merge, status=200)
    if not form.is_valid():
        return _side_by_side(request, form, keep, merge, status=422)
    try:
        merge_customers(
            actor=viewer,
            keep=keep,
            merge=merge,
            reason=form.cleaned_data["reason"],
            take=form.take(),
            expected_updated_at=form.expected(),
        )
    except Conflict as error:
        return _after_conflict(request, viewer, error, keep, merge)
    messages.success(request, f"{merge} was merged into this customer. Its history page can undo it.")
    return redirect(page_of(keep))


@require_POST
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    viewer = staff_of(request)
    merge = queries.merge_for(viewer, pk)
    try:
        undo_merge(actor=viewer, merge=merge, why=request.POST.get("why", "")[:300])
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{merge.merged} is a customer of its own again.")
    return redirect("customer_history", pk=merge.kept_id)


def _choose_other(request: HttpRequest, viewer: User, keep: Customer) -> HttpResponse:
    words = request.GET.get("q", "")[:255]
    context = {
        "customer": keep,
        "words": words,
        "found": [each for each in suggestions(viewer, words, "customer.merge") if each.pk != keep.pk],
        "pairs": queries.pairs_of(viewer, keep),
        "crumbs": crumbs_of(keep),
    }
    return render(request, "accounts/customers/merge_choose.html", context)


def _form(data: Any, keep: Customer, merge: Customer) -> MergeForm:
    return MergeForm(data, rows=queries.compare(keep, merge), keep=keep, merge=merge)


def _side_by_side(
    request: HttpRequest, form: MergeForm, keep: Customer, merge: Customer, *, status: int, problem: str = ""
) -> HttpResponse:
    context = {
        "keep": keep,
        "merge": merge,
        "form": form,
        "going": queries.going_along(merge),
        "problem": problem,
        "swap": f"{reverse('customer_merge', args=[merge.pk])}?with={keep.pk}",
        "crumbs": crumbs_of(keep),
    }
    return render(request, "accounts/customers/merge.html", context, status=status)


def _after_conflict(
    request: HttpRequest, viewer: User, error: Conflict, keep: Customer, merge: Customer
) -> HttpResponse:
    """Show the two as they are now with the choices made, or lead away where one of them is gone."""
    if error.code != "changed_since":
        messages.error(request, error.message)
        return redirect("duplicates")
    keep, merge = (customer_for(viewer, each.pk, "customer.merge") for each in (keep, merge))
    fresh = _form(None, keep, merge)
    data = QueryDict(mutable=True)
    data.update(request.POST.dict() | {"seen": fresh.initial["seen"]})
    return _side_by_side(request, _form(data, keep, merge), keep, merge, status=error.status, problem=error.message)
