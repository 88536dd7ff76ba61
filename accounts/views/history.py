"""The page of a customer's whole history."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import customer_for, may_with
from accounts.permissions import staff_of
from accounts.queries.history import history_page, merges_of
from accounts.views.customers import crumbs_of


@require_GET
def customer_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show who changed what and when, from what to what, whoever wrote it."""
    viewer = staff_of(request)
    customer = customer_for(viewer, pk)
    context = {
        "customer": customer,
        "page": history_page(customer, cursor=request.GET.get("after", "")),
        "is_first": not request.GET.get("after"),
        "merges": merges_of(customer),
        "may_merge": may_with(viewer, customer, "customer.merge"),
        "crumbs": crumbs_of(customer),
    }
    return render(request, "accounts/customers/history.html", context)
