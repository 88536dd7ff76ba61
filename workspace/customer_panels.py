"""The customer page's panels for what the floors below keep."""

from accounts.permissions import may
from newsletters.queries.customers import newsletters_panel
from queues.queries.hours import hours_panel as queue_hours
from segments.panels import hours_panel, people_panel
from workspace.panels import Panel, register
from workspace.queries import customer as queries


def register_panels() -> None:
    """Register the panels of the floors below."""
    for panel in (
        Panel("duplicates", "Perhaps there twice", _at("duplicates"), queries.duplicates_panel, 5, icon="copy"),
        Panel("tier", "Tier and why", "segments/_tier_panel.html", queries.tier_panel, 10, icon="stairs-up"),
        Panel("subscriptions", "Subscriptions", _at("subscriptions"), queries.subscriptions_panel, 20, icon="contract"),
        Panel("contacts", "Contacts", _at("contacts"), queries.contacts_panel, 30, icon="address-book"),
        Panel(
            "queue_hours",
            "Hours with experts",
            "queues/_hours_panel.html",
            lambda visit: queue_hours(visit.customer),
            40,
            icon="hourglass",
        ),
        Panel(
            "newsletters",
            "Newsletters",
            "newsletters/_customer_panel.html",
            lambda visit: newsletters_panel(visit.customer) if may(visit.viewer, "newsletter.view") else None,
            50,
            icon="news",
        ),
        Panel("timeline", "Timeline", _at("timeline"), queries.timeline_panel, 90, icon="timeline"),
        Panel("facts", "Facts", _at("facts"), queries.facts_panel, 10, column="side", icon="list-details"),
        Panel(
            "people",
            "People",
            "segments/_people_panel.html",
            lambda visit: people_panel(visit.customer),
            20,
            column="side",
        ),
        Panel(
            "hours",
            "Hours",
            "segments/_hours_panel.html",
            lambda visit: hours_panel(visit.customer, visit.viewer),
            30,
            column="side",
        ),
        Panel(
            "family", "Parent and subsidiaries", _at("family"), queries.family_panel, 40, column="side", icon="sitemap"
        ),
    ):
        register(panel)


def _at(name: str) -> str:
    return f"workspace/panels/_{name}.html"
