"""Reads of the portal: who looks after the customer, its subscriptions and its people."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Assignment, Contact, Customer, Role, Subscription
from accounts.rules.service import DUTIES, TITLES

# In the order in which a customer meets them; colleagues who steer from behind are not shown.
SHOWN_ROLES = (Role.CSM, Role.AM, Role.DC, Role.RENEWAL_MANAGER, Role.AE, Role.SDR, Role.SUPPORT)


@dataclass(frozen=True)
class Helper:
    """Somebody who looks after the customer, as the customer sees it."""

    role: str
    name: str
    email: str
    duty: str


def helpers_of(customer: Customer) -> list[Helper]:
    """Return who looks after the customer now."""
    held = Assignment.objects.filter(customer=customer, ends_at=None, person__is_active=True).select_related("person")
    by_role = {assignment.role: assignment for assignment in held}
    return [
        Helper(TITLES[role.value], by_role[role].person.name, by_role[role].person.email, DUTIES[role.value])
        for role in SHOWN_ROLES
        if role in by_role
    ]


def roles_held(customer: Customer) -> set[str]:
    """Return the roles in which somebody looks after the customer."""
    return set(Assignment.objects.filter(customer=customer, ends_at=None).values_list("role", flat=True))


def current_subscriptions(customer: Customer) -> QuerySet[Subscription]:
    """Return the subscriptions that run or are about to begin, the earliest first."""
    today = timezone.localdate()
    running = Q(ends_on=None) | Q(ends_on__gt=today)
    return Subscription.objects.filter(running, customer=customer).order_by("starts_on", "id")


def colleagues_of(contact: Contact) -> QuerySet[Contact]:
    """Return the active contacts of the contact's own company, by name."""
    return Contact.objects.filter(customer=contact.customer_id, is_active=True).order_by(
        "last_name", "first_name", "email"
    )
