"""What a customer's contact may see and do of the queue in the portal: the only way its pages get at an hour.

A contact sees and changes its own hours. A decision maker also sees that its colleagues have hours: when, with whom
and about which topic. What they wrote of their situation, what they were sent and how they rated it stays theirs, and
so does moving and cancelling. Nobody sees anything of another company.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Contact
from core.errors import NotFound
from queues.models import Booking, Offer, WaitingEntry


def hours_within(*contacts: Contact) -> QuerySet[Booking]:
    """Return the hours that the contact may see, or somebody who is a contact of several companies."""
    seen = Q(pk__in=[])
    for contact in contacts:
        own = Q() if contact.is_decision_maker else Q(contact=contact)
        seen |= Q(own, customer=contact.customer_id)
    return Booking.objects.filter(seen).select_related("queue", "host", "topic", "contact")


def hour_for(contact: Contact, uid: UUID) -> Booking:
    """Return the hour that the contact may see; raise NotFound for any other."""
    return _found(hours_within(contact).filter(uid=uid).first())


def own_hour_for(contact: Contact, uid: UUID) -> Booking:
    """Return the contact's own hour, which it may change; raise NotFound for any other."""
    return _found(hours_within(contact).filter(uid=uid, contact=contact).first())


def entries_within(contact: Contact) -> QuerySet[WaitingEntry]:
    """Return the places on waiting lists that the contact may see: its company holds one a queue."""
    return WaitingEntry.objects.filter(customer=contact.customer_id).select_related("queue", "contact", "topic")


def own_entry_for(contact: Contact, uid: UUID) -> WaitingEntry:
    """Return the place that the contact may give up: its own, for a decision maker any of its company's."""
    mine = Q() if contact.is_decision_maker else Q(contact=contact)
    entry = entries_within(contact).filter(mine, uid=uid).first()
    if entry is None:
        raise NotFound("There is no such place on a waiting list.")
    return entry


def offers_within(contact: Contact) -> QuerySet[Offer]:
    """Return the offers made to the contact."""
    offers = Offer.objects.filter(entry__contact=contact, entry__customer=contact.customer_id)
    return offers.select_related("entry__queue", "entry__customer", "entry__contact", "commitment__host")


def offer_for(contact: Contact, uid: UUID) -> Offer:
    """Return the offer made to the contact; raise NotFound for any other."""
    offer = offers_within(contact).filter(uid=uid).first()
    if offer is None:
        raise NotFound("There is no such offer.")
    return offer


def _found(booking: Booking | None) -> Booking:
    if booking is None:
        raise NotFound("There is no such hour.")
    return booking
