"""The capacity page: hours promised against hours there are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import may, require, staff_of
from core.ids import read_id
from segments.queries.capacity.page import DEFAULT_SORT, capacity_page


@require_safe
def capacity(request: HttpRequest) -> HttpResponse:
    """Show whether the teams that the person manages can carry their customers, and what is behind it."""
    user = staff_of(request)
    require(user, "capacity.view")
    page = capacity_page(user, team=read_id(request.GET.get("team")), sort=request.GET.get("sort") or DEFAULT_SORT)
    context = {
        "page": page,
        "may_set": may(user, "capacity.settings"),
        "may_place": may(user, "assignment.change"),
        "may_try": may(user, "scenario.edit"),
        "may_rebalance": may(user, "rebalance.propose"),
    }
    return render(request, "segments/capacity/page.html", context)
