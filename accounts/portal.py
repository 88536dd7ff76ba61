"""The customers' portal: as whom a login acts, and the panels that every app puts on its first page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.models import Contact
from core.errors import NotAllowed, NotFound

COMPANY_KEY = "portal_customer"


@dataclass(frozen=True)
class PortalPanel:
    """One app's part of the portal's first page.

    `load` gets the contact that looks and returns what the template shows as `data`; None leaves the panel out. It
    shows the contact's own company only, and what it shows works without JavaScript.
    """

    key: str
    title: str
    icon: str
    order: int
    template: str
    load: Callable[[Contact], dict[str, Any] | None]


@dataclass(frozen=True)
class ShownPanel:
    """A panel with what it shows to one contact."""

    title: str
    icon: str
    template: str
    data: dict[str, Any]


_panels: dict[str, PortalPanel] = {}


def register(panel: PortalPanel) -> None:
    """Add the panel, or replace the one with the same key; called in an app's `ready`."""
    _panels[panel.key] = panel


def panels_for(contact: Contact) -> list[ShownPanel]:
    """Return the panels that have something to show to this contact, in their order."""
    loaded = ((panel, panel.load(contact)) for panel in sorted(_panels.values(), key=lambda panel: panel.order))
    return [ShownPanel(panel.title, panel.icon, panel.template, data) for panel, data in loaded if data is not None]


def contacts_of(request: HttpRequest) -> list[Contact]:
    """Return the contacts as whom the login may act, one a company; raise NotAllowed where it is no contact's."""
    found: list[Contact] | None = getattr(request, "portal_contacts", None)
    if not found:
        raise NotAllowed("This page is for customers.")
    return found


def contact_of(request: HttpRequest) -> Contact:
    """Return the contact as whom the login acts now, with its customer: the company chosen last, or the first."""
    contacts = contacts_of(request)
    chosen = request.session.get(COMPANY_KEY)
    return next((contact for contact in contacts if contact.customer_id == chosen), contacts[0])


def choose_company(request: HttpRequest, customer_id: int) -> Contact:
    """Return the contact as whom the login acts from now on; raise NotFound for a company that is not its own."""
    contact = next((contact for contact in contacts_of(request) if contact.customer_id == customer_id), None)
    if contact is None:
        raise NotFound("There is no such company.")
    request.session[COMPANY_KEY] = customer_id
    return contact
