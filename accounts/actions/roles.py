"""Granting and taking away roles; somebody always stays administrator."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import Role, RoleGrant, User
from core.errors import Conflict, Invalid


@transaction.atomic
def set_roles(*, actor: User | None, person: User, roles: Iterable[str]) -> None:
    """Let the person hold exactly these roles.

    Raises Invalid for an unknown role or a contact, Conflict where nobody would be administrator any more.
    """
    wanted = known_roles(roles)
    if person.is_contact:
        raise Invalid("A customer's contact holds no role.", field="roles")
    lock_administrators()
    held = set(person.role_grants.values_list("role", flat=True))
    person.role_grants.filter(role__in=held - wanted).delete()
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=person, role=role, granted_by=actor) for role in sorted(wanted - held)], ignore_conflicts=True
    )
    require_administrator()
    forget_roles(person)


def grant_role(*, actor: User | None, person: User, role: str) -> None:
    """Let the person hold this role as well."""
    set_roles(actor=actor, person=person, roles={*person.role_grants.values_list("role", flat=True), role})


def revoke_role(*, actor: User | None, person: User, role: str) -> None:
    """Let the person hold this role no longer; raise Conflict where it is the last administrator."""
    set_roles(actor=actor, person=person, roles=set(person.role_grants.values_list("role", flat=True)) - {role})


def known_roles(roles: Iterable[str]) -> set[str]:
    """Return the roles as a set; raise Invalid for one that there is not."""
    wanted = {str(role) for role in roles}
    unknown = wanted - set(Role.values)
    if unknown:
        raise Invalid(f"There is no role “{sorted(unknown)[0]}”.", field="roles")
    return wanted


def lock_administrators() -> None:
    """Let no other transaction take an administrator away until this one has ended."""
    grants = RoleGrant.objects.select_for_update(of=("self",)).filter(role=Role.ADMINISTRATOR).order_by("pk")
    list(grants.values_list("pk", flat=True))


def require_administrator() -> None:
    """Raise Conflict where no active administrator is left; asked after the change, under the lock."""
    if not RoleGrant.objects.filter(role=Role.ADMINISTRATOR, user__is_active=True).exists():
        raise Conflict("Somebody has to stay administrator; make another person one first.", code="last_administrator")


def forget_roles(person: User) -> None:
    """Let the roles be read again for this object."""
    person._roles = None  # type: ignore[attr-defined]
