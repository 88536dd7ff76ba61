"""The queue's part of the portal's first page."""

from typing import Any

from django.utils import timezone

from accounts.models import Contact
from accounts.portal import PortalPanel
from calendars.rules.clock import zone_of
from queues.access import queues_serving
from queues.models import Booking, Offer
from queues.portal import offers_within


def hours_panel(contact: Contact) -> dict[str, Any] | None:
    """Return the contact's offer or next hour, or that it can book one; None where there is nothing for it."""
    now = timezone.now()
    offer = offers_within(contact).filter(state=Offer.State.OPEN, expires_at__gt=now).order_by("expires_at").first()
    ahead = Booking.objects.filter(contact=contact, state=Booking.State.BOOKED, ends_at__gt=now)
    booking = ahead.select_related("host").order_by("starts_at").first()
    if offer is None and booking is None and not queues_serving(contact):
        return None
    zone = zone_of(booking.time_zone).key if booking else ""
    return {"offer": offer, "booking": booking, "zone": zone}


PANEL = PortalPanel(
    "hours", "An hour with an expert", "calendar-event", 20, "queues/portal/_home_panel.html", hours_panel
)
