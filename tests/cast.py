"""The fixed cast of the tests: one person a role, contacts of two customers, and makers of more."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Assignment, Contact, Customer, Role, RoleGrant, Subscription, Team, User

PASSWORD = "correct horse battery"


def make_person(email: str, *roles: str, **fields: Any) -> User:
    """Return a member of staff with these roles."""
    fields.setdefault("name", email.split("@")[0].replace(".", " ").title())
    person = User.objects.create_user(email, PASSWORD, **fields)
    RoleGrant.objects.bulk_create(RoleGrant(user=person, role=role) for role in roles)
    return person


def make_team(name: str, *, manager: User | None = None, members: tuple[User, ...] = ()) -> Team:
    """Return a team with its manager and members."""
    team = Team.objects.create(name=name)
    if manager:
        team.managers.add(manager)
    User.objects.filter(pk__in=[m.pk for m in members]).update(team=team)
    for member in members:
        member.team = team
    return team


def make_customer(name: str, **fields: Any) -> Customer:
    """Return a customer; a tier given comes with a start."""
    if fields.get("tier"):
        fields.setdefault("tier_since", datetime(2026, 1, 1, tzinfo=UTC))
    return Customer.objects.create(name=name, **fields)


def make_contact(customer: Customer, email: str, *, with_login: bool = False, **fields: Any) -> Contact:
    """Return a contact, with a portal login where asked."""
    if with_login:
        fields["user"] = User.objects.create_user(email, None, name=email, kind=User.Kind.CONTACT)
    fields.setdefault("first_name", email.split("@")[0].title())
    return Contact.objects.create(customer=customer, email=email, **fields)


def make_subscription(customer: Customer, mrr: int | str | Decimal, **fields: Any) -> Subscription:
    """Return a subscription of this MRR in US dollars, running since 2025 unless told otherwise."""
    fields.setdefault("currency", "USD")
    fields.setdefault("starts_on", date(2025, 1, 1))
    return Subscription.objects.create(customer=customer, mrr=Decimal(mrr), **fields)


def assign(customer: Customer, person: User, role: str = Role.CSM, **fields: Any) -> Assignment:
    """Return an open assignment of the customer to the person."""
    if role == Role.CSM:
        fields.setdefault("tier", customer.tier or "low")
    fields.setdefault("starts_at", timezone.now())
    return Assignment.objects.create(customer=customer, person=person, role=role, **fields)
