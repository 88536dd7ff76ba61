"""Saving views of a list: its filters, order and columns under a name."""

from django.db import IntegrityError, transaction

from accounts.models import Role, SavedView, User
from accounts.permissions import roles_of
from core.errors import Conflict, Invalid, NotAllowed
from workspace.lists import CustomerList
from workspace.models import DefaultView

MAX_NAME = 80
# More than anybody looks through; it keeps the menu a menu.
MAX_VIEWS = 100


def save_view(*, actor: User, listing: CustomerList, name: str, is_shared: bool = False) -> SavedView:
    """Return the new saved view of this list.

    Raises Invalid for an empty or too long name, Conflict where the person has a view of this name.
    """
    name = _clean_name(name)
    if SavedView.objects.filter(owner=actor, page=listing.page).count() >= MAX_VIEWS:
        raise Conflict(f"You have {MAX_VIEWS} views of this list already; delete one first.", field="name")
    view = SavedView(
        owner=actor,
        page=listing.page,
        name=name,
        query=listing.query,
        columns=listing.column_keys if listing.params.getlist("cols") else [],
        is_shared=is_shared,
    )
    return _save(view)


def update_view(
    *,
    actor: User,
    view: SavedView,
    listing: CustomerList | None = None,
    name: str | None = None,
    is_shared: bool | None = None,
) -> SavedView:
    """Return the view with a new name, new sharing, or what the list now shows.

    Raises NotAllowed for another person's view, and as `save_view` does.
    """
    _require_own(actor, view)
    if name is not None:
        view.name = _clean_name(name)
    if is_shared is not None:
        view.is_shared = is_shared
    if listing is not None:
        view.query = listing.query
        view.columns = listing.column_keys if listing.params.getlist("cols") else []
    view = _save(view)
    if not view.is_shared:
        DefaultView.objects.filter(view=view).exclude(person=view.owner).delete()
    return view


def delete_view(*, actor: User, view: SavedView) -> None:
    """Delete the view, for everybody with whom it was shared too; raises NotAllowed for another person's view."""
    _require_own(actor, view)
    view.delete()


def open_with(*, actor: User, page: str, view: SavedView | None) -> None:
    """Make the list open with this view for the person, or with everything where None is given."""
    with transaction.atomic():
        if view is None:
            DefaultView.objects.filter(person=actor, page=page).delete()
        else:
            DefaultView.objects.update_or_create(person=actor, page=page, defaults={"view": view})


def _require_own(actor: User, view: SavedView) -> None:
    if view.owner_id != actor.pk and Role.ADMINISTRATOR not in roles_of(actor):
        raise NotAllowed("Only the person who saved a view may change it.")


def _clean_name(name: str) -> str:
    name = " ".join(name.replace("\x00", " ").split())
    if not name:
        raise Invalid("Give the view a name.", field="name")
    if len(name) > MAX_NAME:
        raise Invalid(f"A name has at most {MAX_NAME} characters.", field="name")
    return name


def _save(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Conflict(f"You have a view named “{view.name}” already.", field="name") from error
    return view
