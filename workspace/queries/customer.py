"""What the customer page's own panels show, each in a fixed number of queries."""

from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Q

from accounts.access import visible_customers
from accounts.custom_fields import active_fields
from accounts.figures import company_today, mrr_on_days
from accounts.models import Assignment, Contact, Customer, DuplicatePair, Role, Subscription, TimelineEntry
from core.pagination import KeysetPage, keyset_page
from core.reading import current_locale
from segments.models import TierMove, TierPin
from segments.queries.why import why_this_tier
from workspace.panels import Visit

MONTHS = 24
SHOWN_CONTACTS = 50
SHOWN_SUBSCRIPTIONS = 50
SHOWN_CHILDREN = 20
TIMELINE_SIZE = 20

# Groups of timeline kinds that a person tells apart; the word before the dot.
TIMELINE_GROUPS = {
    "note": "Notes and talks",
    "tier": "Tier",
    "assignment": "People",
    "subscription": "Subscriptions",
    "contact": "Contacts",
    "time": "Hours",
    "newsletter": "Newsletters",
    "customer": "Facts",
}


def tier_story(customer: Customer) -> dict[str, Any]:
    """Return the move that explains the present tier, the pin that holds it and the move that waits, in two queries."""
    applied, waiting = None, None
    moves = (
        TierMove.objects.filter(customer=customer, status__in=[TierMove.Status.APPLIED, TierMove.Status.WAITING])
        .select_related("rule_set", "decided_by")
        .order_by("-created_at", "-id")[:20]
    )
    for move in moves:
        if move.status == TierMove.Status.WAITING:
            waiting = waiting or move
        elif applied is None and move.to_tier == customer.tier:
            applied = move
    pin = TierPin.objects.filter(customer=customer, ended_at=None).select_related("pinned_by").first()
    return {"move": applied, "waiting": waiting, "pin": pin, "why": _why(customer, applied, pin)}


def _why(customer: Customer, move: TierMove | None, pin: TierPin | None) -> str:
    if customer.tier is None:
        return "No tier run has placed this customer yet."
    if pin is not None and pin.tier == customer.tier:
        return f"Pinned by {pin.pinned_by or 'somebody who has left'}: {pin.reason}"
    if move is None:
        return "It came with this tier; no rule has moved it since."
    return move.why or (f"Rule “{move.rule_name}”" if move.rule_name else move.get_reason_display())


def facts_panel(visit: Visit) -> dict[str, Any]:
    """Return the custom fields with their values, and the parent where the viewer may see it."""
    customer = visit.customer
    values = [(field, customer.custom.get(field.key)) for field in active_fields()]
    return {"custom": values}


def tier_panel(visit: Visit) -> dict[str, Any]:
    """Return why the customer is in its tier, and its last moves."""
    moves = TierMove.objects.filter(customer=visit.customer).select_related("decided_by").order_by("-created_at", "-id")
    return {"sentence": why_this_tier(visit.customer, locale=current_locale()), "moves": list(moves[:5])}


def subscriptions_panel(visit: Visit) -> dict[str, Any]:
    """Return the subscriptions, running ones first, and the MRR of the past months as a chart."""
    today = company_today()
    found = Subscription.objects.filter(customer=visit.customer).order_by("-starts_on", "-id")
    subscriptions = list(found[: SHOWN_SUBSCRIPTIONS + 1])
    shown = sorted(subscriptions[:SHOWN_SUBSCRIPTIONS], key=lambda one: _standing(one, today))
    days = [today.replace(day=1) - relativedelta(months=back) for back in range(MONTHS - 1, 0, -1)] + [today]
    values = mrr_on_days(visit.customer, days)
    chart = None
    if any(values):
        chart = {
            "categories": [f"{day:%Y-%m}" for day in days],
            "series": [{"name": "MRR", "values": [float(round(value, 2)) for value in values]}],
        }
    year_ago = values[-13] if len(values) >= 13 else Decimal(0)
    return {
        "subscriptions": [(one, _standing(one, today)) for one in shown],
        "more": len(subscriptions) > SHOWN_SUBSCRIPTIONS,
        "chart": chart,
        "change": (values[-1] - year_ago) / year_ago if year_ago else None,
    }


def _standing(subscription: Subscription, today: date) -> int:
    """Return 0 for a subscription that runs, 1 for one to come, 2 for one that ended."""
    if subscription.is_active_on(today):
        return 0
    return 1 if subscription.starts_on > today else 2


def contacts_panel(visit: Visit) -> dict[str, Any]:
    """Return the contacts, those who decide first."""
    found = Contact.objects.filter(customer=visit.customer).order_by(
        "-is_active", "-is_decision_maker", "last_name", "first_name", "id"
    )
    contacts = list(found[: SHOWN_CONTACTS + 1])
    return {"contacts": contacts[:SHOWN_CONTACTS], "more": len(contacts) > SHOWN_CONTACTS}


def family_panel(visit: Visit) -> dict[str, Any] | None:
    """Return the parent and the children that the viewer may see; None where there are none."""
    visible = visible_customers(visit.viewer)
    family = visible.filter(Q(parent=visit.customer) | Q(pk=visit.customer.parent_id or 0)).order_by("name", "pk")
    found = list(family[: SHOWN_CHILDREN + 2])
    parent = next((one for one in found if one.pk == visit.customer.parent_id), None)
    children = [one for one in found if one != parent]
    if parent is None and not children:
        return None
    return {"parent": parent, "children": children[:SHOWN_CHILDREN], "more": len(children) > SHOWN_CHILDREN}


def duplicates_panel(visit: Visit) -> dict[str, Any] | None:
    """Return the open suggestions that this customer is there twice; None where there is none."""
    visible = visible_customers(visit.viewer).values("pk")
    customer = visit.customer
    pairs = (
        DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN)
        .filter(Q(first=customer, second__in=visible) | Q(second=customer, first__in=visible))
        .select_related("first", "second")
        .order_by("-score", "id")[:5]
    )
    found = [(pair, pair.second if pair.first_id == customer.pk else pair.first) for pair in pairs]
    return {"pairs": found} if found else None


def timeline_page(customer: Customer, *, group: str = "", cursor: str = "") -> KeysetPage:
    """Return a page of the timeline, the newest first; `group` is one of `TIMELINE_GROUPS` or empty.

    Raises Invalid for a cursor that this timeline did not make.
    """
    entries = TimelineEntry.objects.filter(customer=customer)
    if group in TIMELINE_GROUPS:
        entries = entries.filter(kind__startswith=f"{group}.")
    return keyset_page(entries, order="-at", cursor=cursor, size=TIMELINE_SIZE)


def timeline_panel(visit: Visit) -> dict[str, Any]:
    """Return the newest of the timeline."""
    return {"page": timeline_page(visit.customer), "groups": TIMELINE_GROUPS, "group": ""}


def csm_of(customer: Customer) -> Assignment | None:
    """Return the assignment of the customer's CSM."""
    held = Assignment.objects.filter(customer=customer, role=Role.CSM, ends_at=None)
    return held.select_related("person").first()
