"""Reads for placing customers: who takes customers."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Role, RoleGrant, User


def csms() -> QuerySet[User]:
    """Return the active staff who hold the CSM's role."""
    holds = RoleGrant.objects.filter(user=OuterRef("pk"), role=Role.CSM)
    return User.objects.filter(Exists(holds), kind=User.Kind.STAFF, is_active=True)


def csms_taking_customers() -> QuerySet[User]:
    """Return the CSMs to whom automatic assignment may give more customers, by id."""
    return csms().filter(takes_customers=True).order_by("pk")
