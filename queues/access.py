"""The only way to get at queues, bookings and holds: what is not yours is not there."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from accounts.access import customers_within, people_within, visible_customers
from accounts.models import Contact, Customer, User
from accounts.permissions import Reach, may, reach_of, require
from core.errors import NotAllowed, NotFound
from queues.models import Booking, Hold, Queue
from queues.queries.customers import refusal_of

WITH_BOOKING = ("queue", "customer", "contact", "host", "topic")


# --- queues ---------------------------------------------------------------------------------------
def queues_within(user: User, action: str = "queue.view") -> QuerySet[Queue]:
    """Return the queues with which the member of staff may do `action`; raise NotAllowed for who may not at all."""
    require(user, action)
    return Queue.objects.all()


def queue_for(user: User, slug: str, action: str = "queue.view") -> Queue:
    """Return the queue; raise NotAllowed for who may not do `action`, NotFound where there is none."""
    return found(queues_within(user, action).filter(slug=slug).first(), "queue")


def queue_chosen(queues: list[Queue], slug: str) -> Queue | None:
    """Return the queue with this slug, the first one where there is none such, nothing where there is no queue."""
    return next((one for one in queues if one.slug == slug), queues[0] if queues else None)


def queues_to_book(user: User) -> QuerySet[Queue]:
    """Return the queues in which the member of staff sees hours: to look at, or to book for its customers."""
    if not may(user, "queue.view"):
        require(user, "booking.make")
    return Queue.objects.all()


def queues_serving(contact: Contact) -> list[Queue]:
    """Return the open queues that serve the contact's customer, by name."""
    open_ones = Queue.objects.filter(is_open=True)
    return [queue for queue in open_ones if refusal_of(queue, contact.customer, contact=contact) is None]


def queue_serving(contact: Contact, slug: str) -> Queue:
    """Return the queue as the contact sees it: one that serves its customer or is closed; raise NotFound otherwise."""
    queue = Queue.objects.filter(slug=slug).first()
    refusal = refusal_of(queue, contact.customer, contact=contact) if queue else None
    if queue is None or (refusal is not None and refusal.code != "queue_closed"):
        raise NotFound("There is no such queue.")
    return queue


# --- bookings -------------------------------------------------------------------------------------
def bookings_within(user: User, action: str = "queue.view") -> QuerySet[Booking]:
    """Return the bookings with which the member of staff may do `action`.

    `queue.view`: see them; `booking.change`: cancel and move them; `queue.host`: run the hour. Whoever hosts an hour
    sees it and may change it, and so may who manages the queues.
    """
    bookings = Booking.objects.select_related(*WITH_BOOKING)
    if action == "queue.host":
        return (
            bookings.filter(host__in=people_within(user, action).values("pk")) if may(user, action) else bookings.none()
        )
    if reach_of(user, action) == Reach.ALL or may(user, "queue.manage"):
        return bookings
    theirs = customers_within(user, "customer.view" if action == "queue.view" else action)
    hosted = Q(host=user) if may(user, "queue.host") else Q(pk__in=[])
    return bookings.filter(Q(customer__in=theirs.values("pk")) | hosted)


def booking_for(user: User, uid: uuid.UUID | str, action: str = "queue.view") -> Booking:
    """Return the booking; raise NotFound where it is not visible, NotAllowed where only `action` is not."""
    wanted = uuid_of(uid, "booking")
    booking = bookings_within(user, action).filter(uid=wanted).first()
    if booking is None and action != "queue.view" and bookings_within(user).filter(uid=wanted).exists():
        raise NotAllowed("You may see this hour, but not do this with it.", action=action)
    return found(booking, "booking")


def read_whole_by(user: User) -> Q:
    """Return which bookings the member of staff reads whole: situation, notes, the brief on the customer.

    Who sees the board sees that an hour is booked, by whom and about which topic. The rest is for those who run the
    hour, who see the customer anyway, and who manage the queues.
    """
    if may(user, "queue.manage") or reach_of(user, "customer.view") == Reach.ALL:
        return Q()
    return Q(customer__in=visible_customers(user).values("pk")) | Q(
        host__in=people_within(user, "queue.host").values("pk")
    )


def reads_whole(user: User, booking: Booking) -> bool:
    """Tell whether the member of staff reads this booking whole."""
    return Booking.objects.filter(read_whole_by(user), pk=booking.pk).exists()


def hold_for(customer: Customer, uid: uuid.UUID | str) -> Hold:
    """Return the hold of the customer, run out or not; raise NotFound otherwise."""
    holds = Hold.objects.select_related("queue", "customer", "commitment", "commitment__host")
    return found(holds.filter(customer=customer, uid=uuid_of(uid, "hold")).first(), "hold")


def uuid_of(value: uuid.UUID | str, what: str) -> uuid.UUID:
    """Return the value as a UUID; raise NotFound for what is none."""
    try:
        return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
    except ValueError:
        raise NotFound(f"There is no such {what}.") from None


def found(row: Any, what: str) -> Any:
    """Return the row; raise NotFound where there is none."""
    if row is None:
        raise NotFound(f"There is no such {what}.")
    return row
