"""Booked hours whose host is away by now, and where they could go instead."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may
from calendars.models import Absence
from queues.access import bookings_within
from queues.models import Booking
from queues.queries.slots import Slot, nearest, reasons_at

SHOWN = 20


@dataclass(frozen=True)
class Proposal:
    """A booked hour whose host is away, with who else is free at that time and which hours are near."""

    booking: Booking
    absence: Absence | None
    others: list[User]
    hours: list[Slot]


def conflicts(viewer: User) -> QuerySet[Booking]:
    """Return the coming hours that the viewer may change and whose host is away then, the next ones first."""
    if not may(viewer, "queue.view"):
        return Booking.objects.none()
    away = Absence.objects.filter(
        person=OuterRef("host_id"),
        cancelled_at=None,
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    coming = bookings_within(viewer, "booking.change").filter(
        Exists(away), state=Booking.State.BOOKED, starts_at__gt=timezone.now()
    )
    return coming.order_by("starts_at", "pk")


def conflict_count(viewer: User) -> int:
    """Return how many hours need another host or time, counted no further than the page shows."""
    return conflicts(viewer).values("pk")[:SHOWN].count()


def proposals(viewer: User) -> list[Proposal]:
    """Return the next hours of absent hosts with what could be done; some queries for each, so only the first 20."""
    return [_proposal(booking) for booking in conflicts(viewer)[:SHOWN]]


def _proposal(booking: Booking) -> Proposal:
    absence = (
        Absence.objects.filter(
            person=booking.host_id, cancelled_at=None, starts_at__lt=booking.ends_at, ends_at__gt=booking.starts_at
        )
        .select_related("cover")
        .order_by("starts_at")
        .first()
    )
    reasons = reasons_at(booking.queue, booking.starts_at, now=timezone.now())
    free = [host for host, reason in reasons.items() if reason is None and host != booking.host_id]
    others = list(User.objects.filter(pk__in=free).order_by("name", "pk"))
    near = nearest(booking.queue, booking.starts_at, customer=booking.customer, moving=booking)
    return Proposal(booking, absence, others, near)
