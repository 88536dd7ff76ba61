"""The saved views that a person may use."""

from django.db.models import Q, QuerySet

from accounts.models import SavedView, User
from core.errors import NotFound
from workspace.models import DefaultView


def views_for(user: User, page: str) -> QuerySet[SavedView]:
    """Return the person's own views of a list and those that others share, by name."""
    return (
        SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), page=page).select_related("owner").order_by("name")
    )


def view_for(user: User, pk: int, page: str | None = None) -> SavedView:
    """Return a view that the person may use; raise NotFound otherwise."""
    views = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), pk=pk)
    view = (views.filter(page=page) if page else views).select_related("owner").first()
    if view is None:
        raise NotFound("There is no such view.")
    return view


def default_view(user: User, page: str) -> SavedView | None:
    """Return the view with which the list opens for the person."""
    usable = Q(view__owner=user) | Q(view__is_shared=True)
    found = DefaultView.objects.filter(usable, person=user, page=page).select_related("view").first()
    return found.view if found else None
