"""The portfolio and the customers: one list machinery, two pages."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import people_within
from accounts.models import Assignment, User
from accounts.permissions import may, require, staff_of
from core.errors import NotFound
from workspace.forms import filter_helper
from workspace.lists import CustomerList, columns_of, read_list
from workspace.lists.chips import chips
from workspace.lists.columns import all_columns
from workspace.lists.filters import NONE
from workspace.lists.reading import PAGES, encode
from workspace.queries.facets import offer_values, people_to_look_at
from workspace.queries.portfolio import summary_of, team_loads
from workspace.queries.views import default_view, views_for

REGION = "list-region"
NEEDS = {"portfolio": "portfolio.view", "customers": "customer.view"}
# Parameters that say which list, but do not narrow or arrange it: with these alone the default view may open.
BARE = {"person"}


@require_safe
@login_required
@vary_on_headers("HX-Request", "HX-Target")
def portfolio(request: HttpRequest) -> HttpResponse:
    """Show one's own portfolio, or the one of a person whom one may look at."""
    user = staff_of(request)
    require(user, "portfolio.view")
    if not request.GET and _looks_after_nobody(user) and may(user, "team.view"):
        return render(request, "workspace/portfolios.html", {"rows": team_loads(people_within(user))})
    return _list_page(request, user, "portfolio")


@require_safe
@login_required
@vary_on_headers("HX-Request", "HX-Target")
def customers(request: HttpRequest) -> HttpResponse:
    """Show all customers that one may see."""
    user = staff_of(request)
    require(user, "customer.view")
    return _list_page(request, user, "customers")


@require_safe
@login_required
@vary_on_headers("HX-Request")
def filters(request: HttpRequest, page: str) -> HttpResponse:
    """Show all filters of a list, with the values that its customers have."""
    user, listing = listing_of(request, page)
    offer_values(listing.filters, read_list(page, user, {"person": [request.GET.get("person", "")]}).customers())
    context = {
        "listing": listing,
        "helper": filter_helper(listing.filters),
        "kept": kept_fields(listing, without=set(listing.filters.fields) - {"q"}),
    }
    return render(request, _part(request, "filters"), context)


@require_safe
@login_required
@vary_on_headers("HX-Request")
def columns(request: HttpRequest, page: str) -> HttpResponse:
    """Show the columns that a list can have, the chosen ones first and in their order."""
    _, listing = listing_of(request, page)
    known = all_columns(listing.custom_fields)
    shown = listing.column_keys
    rest = [column for key, column in known.items() if key not in shown]
    context = {
        "listing": listing,
        "shown": listing.columns[1:],
        "rest": rest,
        "kept": kept_fields(listing, without={"cols"}),
        "plain": listing.address(cols=None),
        "defaults": columns_of(page, [], listing.custom_fields),
    }
    return render(request, _part(request, "columns"), context)


def listing_of(request: HttpRequest, page: str) -> tuple[User, CustomerList]:
    """Return the person and the list that the address asks for; raise NotFound for a list that is not there."""
    user = staff_of(request)
    if page not in PAGES:
        raise NotFound("There is no such list.")
    require(user, NEEDS[page])
    return user, read_list(page, user, request.GET)


def kept_fields(listing: CustomerList, *, without: set[str]) -> list[tuple[str, str]]:
    """Return (name, value) of what a form of this list carries along beside its own fields."""
    kept: dict[str, list[str]] = dict(listing.query)
    if listing.params.getlist("cols"):
        kept["cols"] = listing.column_keys
    if listing.params.get("view"):
        kept["view"] = [listing.params.get("view", "")]
    return [(name, text) for name, texts in kept.items() if name not in without for text in texts]


def _list_page(request: HttpRequest, user: User, page: str) -> HttpResponse:
    opening = _opening_address(request, user, page)
    if opening:
        return redirect(opening)
    listing = read_list(page, user, request.GET)
    context = list_context(request, listing)
    if request.htmx and request.htmx.target == REGION:  # type: ignore[attr-defined]
        return render(request, "workspace/_list.html", context)
    context |= _head(user, listing)
    return render(request, "workspace/list.html", context)


def _opening_address(request: HttpRequest, user: User, page: str) -> str:
    """Return the address of the default view where the address asks for nothing in particular."""
    if set(request.GET) - BARE:
        return ""
    view = default_view(user, page)
    return view_address(view, person=request.GET.get("person", "")) if view else ""


def view_address(view: Any, *, person: str = "") -> str:
    """Return the address of a list as the view keeps it."""
    query: dict[str, Any] = {**view.query, "view": view.pk}
    if view.columns:
        query["cols"] = view.columns
    if person:
        query["person"] = person
    return f"{PAGES[view.page]}?{encode(query)}"


def list_context(request: HttpRequest, listing: CustomerList) -> dict[str, Any]:
    """Return what the list's region shows."""
    user = listing.viewer
    page = listing.read_page(request.GET.get("after") or request.GET.get("before") or "")
    views = list(views_for(user, listing.page))
    current = next((view for view in views if str(view.pk) == request.GET.get("view")), None)
    return {
        "listing": listing,
        "page": page,
        "chips": chips(listing),
        "problems": [f"{label}: {problem}" for label, problem in listing.filters.problems()],
        "heading": heading_of(listing),
        "tiers": _tier_links(listing),
        "views": [(view, view_address(view, person=request.GET.get("person", ""))) for view in views],
        "current_view": current,
        "is_changed": current is not None and _differs(current, listing),
        "kept": kept_fields(listing, without={"q"}),
        "may_change": may(user, "customer.edit"),
        "may_assign": may(user, "assignment.change"),
        "may_export": may(user, "customer.export"),
        "everything": listing.address(**dict.fromkeys(listing.filters.fields), view="all", sort=None),
        "tools_query": listing.address().partition("?")[2],
    }


def heading_of(listing: CustomerList) -> str:
    """Return what the list is called for the person who reads it."""
    if listing.person is None:
        return "Customers"
    return "My portfolio" if listing.person == listing.viewer else f"Portfolio of {listing.person}"


def _differs(view: Any, listing: CustomerList) -> bool:
    kept = {name: values for name, values in view.query.items() if name != "person"}
    now = {name: values for name, values in listing.query.items() if name != "person"}
    shown = listing.column_keys if listing.params.getlist("cols") else []
    return kept != now or (view.columns or []) != shown


def _tier_links(listing: CustomerList) -> list[tuple[str, str, bool]]:
    chosen = listing.filters.active().get("tier", [])
    options = [("", "All"), ("high", "High"), ("low", "Low"), ("tech", "Tech")]
    links = []
    for value, label in options:
        is_on = chosen == ([value] if value else [])
        links.append((label, listing.address(tier=value or None), is_on))
    if chosen == [NONE] or len(chosen) > 1:
        links[0] = (links[0][0], links[0][1], False)
    return links


def _head(user: User, listing: CustomerList) -> dict[str, Any]:
    context: dict[str, Any] = {"may_create": may(user, "customer.create"), "may_import": may(user, "customer.import")}
    if listing.page == "portfolio" and listing.person is not None:
        held = read_list("portfolio", user, {"person": [str(listing.person.pk)]})
        context["summary"] = summary_of(listing.person, held.customers())
        if may(user, "team.view"):
            context["people"] = people_to_look_at(user, people_within(user))
    return context


def _looks_after_nobody(user: User) -> bool:
    return not Assignment.objects.filter(person=user, ends_at=None).exists()


def _part(request: HttpRequest, name: str) -> str:
    return f"workspace/_{name}.html" if request.htmx else f"workspace/{name}.html"  # type: ignore[attr-defined]
