"""The newsletters' part of the portal's first page."""

from typing import Any

from accounts.models import Contact
from accounts.portal import PortalPanel
from newsletters.queries.portal import fresh_of


def news_panel(contact: Contact) -> dict[str, Any] | None:
    """Return what is new for the contact; None where nothing is."""
    fresh = fresh_of(contact)
    return {"fresh": fresh} if fresh else None


PANEL = PortalPanel("news", "News", "news", 40, "newsletters/portal/_home_panel.html", news_panel)
