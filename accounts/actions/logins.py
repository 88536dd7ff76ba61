"""Logins: whose address is trusted, and which contact of a customer gets one."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q

from accounts.models import Contact, User
from accounts.rules.addresses import email_address
from accounts.rules.errors import Unreadable


@transaction.atomic
def trust_address(user: User) -> None:
    """Record the person's address as the one that is verified, in place of any other.

    Nobody signs up by themselves: an administrator or a customer's file vouches for the address.
    """
    stale = Q(user=user) & ~Q(email=user.email) | ~Q(user=user) & Q(email=user.email)
    EmailAddress.objects.filter(stale).delete()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


@transaction.atomic
def login_for_contact(email: str) -> User | None:
    """Return the login of the contact with this address, made now where it has none; nothing where nobody may log in.

    All of the address's active contacts, at however many customers, share one login. An address that belongs to staff
    is staff's alone.
    """
    try:
        email = email_address(email)
    except Unreadable:
        return None
    contacts = Contact.objects.filter(email=email, is_active=True, customer__merged_into=None).order_by("id")
    first = contacts.first()
    if first is None:
        return None
    user, _ = User.objects.get_or_create(
        email=email,
        defaults={
            "name": first.name[:200],
            "kind": User.Kind.CONTACT,
            "language": first.language or "en",
            "time_zone": first.time_zone or first.customer.time_zone or "UTC",
            "password": make_password(None),
        },
    )
    if user.kind != User.Kind.CONTACT or not user.is_active:
        return None
    contacts.exclude(user=user).update(user=user)
    return user
