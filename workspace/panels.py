"""The registry of the customer page's panels: each app registers its own in its apps.py, and the page shows them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from accounts.models import Customer, User


@dataclass(frozen=True)
class Visit:
    """Who looks at which customer, and what that person may do with it."""

    viewer: User
    customer: Customer
    allowed: frozenset[str]


@dataclass(frozen=True)
class Panel:
    """One panel of the customer page.

    `context` returns what the template finds as `data`, in a fixed number of queries, or None where there is nothing
    to show. The template also has `customer`, `allowed` (actions of accounts.permissions) and `panel`.
    """

    name: str
    title: str
    template: str
    context: Callable[[Visit], dict[str, Any] | None]
    order: int
    # An action of accounts.permissions that the viewer must be allowed with this customer.
    action: str = "customer.view"
    column: Literal["main", "side"] = "main"
    icon: str = ""


@dataclass(frozen=True)
class ShownPanel:
    """A panel with what it shows of one customer."""

    panel: Panel
    data: dict[str, Any]


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> None:
    """Add the panel, or replace the one of the same name."""
    _panels[panel.name] = panel


def registered() -> list[Panel]:
    """Return the panels in the order shown."""
    return sorted(_panels.values(), key=lambda panel: panel.order)


def panels_for(visit: Visit) -> list[ShownPanel]:
    """Return the panels that the viewer sees of this customer."""
    shown = []
    for panel in registered():
        if panel.action not in visit.allowed:
            continue
        data = panel.context(visit)
        if data is not None:
            shown.append(ShownPanel(panel, data))
    return shown
