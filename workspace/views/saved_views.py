"""Saving, sharing and forgetting views of a list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import SavedView, User
from accounts.permissions import require, staff_of
from core.errors import Conflict, Invalid, NotFound
from workspace.actions import views as actions
from workspace.forms import ViewForm
from workspace.lists import CustomerList, read_list
from workspace.lists.reading import PAGES
from workspace.queries.views import default_view, view_for
from workspace.views.lists import NEEDS, view_address


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, page: str) -> HttpResponse:
    """Save what the list shows under a name."""
    user, listing = _posted_list(request, page)
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            view = actions.save_view(
                actor=user, listing=listing, name=form.cleaned_data["name"], is_shared=form.cleaned_data["is_shared"]
            )
        except (Conflict, Invalid) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            if form.cleaned_data["is_default"]:
                actions.open_with(actor=user, page=page, view=view)
            messages.success(request, f"The view “{view.name}” is saved.")
            return redirect(view_address(view))
    return _form_page(request, form, listing, None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename or share a view, keep what the list now shows in it, or open the list with it."""
    user = staff_of(request)
    view = view_for(user, pk)
    user, listing = _posted_list(request, view.page)
    chosen = default_view(user, view.page) == view
    form = ViewForm(request.POST or None, view=view, is_default=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            if view.owner_id == user.pk:
                actions.update_view(
                    actor=user,
                    view=view,
                    listing=listing if request.POST.get("keep_list") else None,
                    name=form.cleaned_data["name"],
                    is_shared=form.cleaned_data["is_shared"],
                )
        except (Conflict, Invalid) as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            _choose_default(user, view, wanted=form.cleaned_data["is_default"], chosen=chosen)
            messages.success(request, f"The view “{view.name}” is saved.")
            return redirect(view_address(view))
    return _form_page(request, form, listing, view)


@require_POST
@login_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a view of one's own."""
    user = staff_of(request)
    view = view_for(user, pk)
    actions.delete_view(actor=user, view=view)
    messages.success(request, f"The view “{view.name}” is deleted.")
    return redirect(f"{PAGES[view.page]}?view=all")


def _choose_default(user: User, view: SavedView, *, wanted: bool, chosen: bool) -> None:
    if wanted != chosen:
        actions.open_with(actor=user, page=view.page, view=view if wanted else None)


def _posted_list(request: HttpRequest, page: str) -> tuple[User, CustomerList]:
    user = staff_of(request)
    if page not in PAGES:
        raise NotFound("There is no such list.")
    require(user, NEEDS[page])
    query = QueryDict(request.POST["list"]) if "list" in request.POST else request.GET
    return user, read_list(page, user, query)


def _form_page(request: HttpRequest, form: ViewForm, listing: CustomerList, view: SavedView | None) -> HttpResponse:
    context = {
        "form": form,
        "listing": listing,
        "view": view,
        "heading": view.name if view else "Save a view",
        "is_own": view is None or view.owner == request.user,
        "list_query": listing.address().partition("?")[2],
    }
    is_part = bool(request.htmx) and request.method != "POST"  # type: ignore[attr-defined]
    status = 422 if form.is_bound and form.errors else 200
    return render(
        request, "workspace/_view_form.html" if is_part else "workspace/view_form.html", context, status=status
    )
