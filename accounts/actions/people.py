"""People: their facts, their leaving and coming back."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.actions.logins import trust_address
from accounts.actions.portfolios import hand_over_all
from accounts.actions.roles import forget_roles, lock_administrators, require_administrator, set_roles
from accounts.models import Assignment, Role, User
from accounts.rules.addresses import email_address
from accounts.rules.errors import Unreadable
from accounts.rules.places import time_zone_name
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

# What people change about themselves, and what an administrator changes about others.
PROFILE_FIELDS = frozenset({"name", "language", "country", "time_zone", "spoken_languages"})
PERSON_FIELDS = PROFILE_FIELDS | {"email", "job_title", "team", "takes_customers"}


def update_profile(*, person: User, changes: dict[str, Any]) -> User:
    """Return the person with its own facts changed; raise Invalid for a fact that is not its own to change."""
    return _update(person, changes, PROFILE_FIELDS)


def update_person(*, actor: User | None, person: User, changes: dict[str, Any]) -> User:
    """Return the person with these facts changed; raise Invalid where one is not right."""
    if person.is_contact:
        raise Invalid("A contact's facts are the customer's; change them there.")
    return _update(person, changes, PERSON_FIELDS)


@repeated_transaction
def deactivate_person(
    *, actor: User | None, person: User, successor: User | None = None, release: bool = False, why: str = ""
) -> dict[str, int]:
    """Return how many customers the person handed over in each role; it can't log in any more.

    Raises Conflict where it still looks after customers and neither a successor nor their release is given, and for
    the last administrator.
    """
    if actor is not None and actor.pk == person.pk:
        raise Invalid("Ask another administrator to deactivate you.", code="not_yourself")
    lock_administrators()
    held = Assignment.objects.filter(person=person, ends_at=None).count()
    if held and successor is None and not release:
        raise Conflict(
            f"{person} still looks after {held} customers: name a successor or release them.",
            code="has_customers",
            count=held,
        )
    handed = hand_over_all(actor=actor, person=person, successor=successor, why=why or f"{person} has left")
    person.is_active = False
    person.save(update_fields=["is_active"])
    person.auth_token_set.all().delete()
    person.managed_teams.clear()
    require_administrator()
    forget_roles(person)
    return handed


@transaction.atomic
def reactivate_person(*, actor: User | None, person: User) -> User:
    """Return the person, who may log in again with the roles it had."""
    if person.is_contact:
        raise Invalid("A contact is let in on the customer's page.")
    person.is_active = True
    person.save(update_fields=["is_active"])
    forget_roles(person)
    return person


@transaction.atomic
def add_person(
    *, actor: User | None, email: str, roles: Iterable[str], password: str | None = None, **facts: Any
) -> User:
    """Return a new member of staff who needs no invitation; without a password it sets one by a reset.

    Raises Conflict where the address is taken, Invalid where a fact is not right.
    """
    email = clean_email(email)
    if User.objects.filter(email=email).exists():
        raise Conflict(f"{email} belongs to somebody already.", code="email_taken")
    person = User.objects.create_user(email, password, name=email.split("@")[0])
    trust_address(person)
    set_roles(actor=actor, person=person, roles=roles)
    return update_person(actor=actor, person=person, changes=facts)


@transaction.atomic
def create_administrator(*, email: str, name: str = "", password: str | None = None) -> User:
    """Return an administrator with this address, made where there was none; it sets its password by a reset."""
    email = clean_email(email)
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User.objects.create_user(email, password, name=name or email.split("@")[0])
    elif password:
        person.set_password(password)
    become_staff(person)
    person.is_active = True
    person.save()
    trust_address(person)
    roles = {*person.role_grants.values_list("role", flat=True), Role.ADMINISTRATOR}
    set_roles(actor=None, person=person, roles=roles)
    return person


def become_staff(person: User) -> None:
    """Make a contact's login one of staff, not saved yet: who is both is staff."""
    if not person.is_contact:
        return
    person.contacts.update(user=None)
    person.kind = User.Kind.STAFF
    if person.has_usable_password():
        person.password = make_password(None)


def clean_email(text: str) -> str:
    """Return the address as it is kept; raise Invalid for one that is none."""
    try:
        return email_address(text)
    except Unreadable as error:
        raise Invalid(str(error), field="email") from error


def _update(person: User, changes: dict[str, Any], allowed: frozenset[str]) -> User:
    foreign = set(changes) - allowed
    if foreign:
        raise Invalid("This is not yours to change.", field=sorted(foreign)[0])
    cleaned = {field: _cleaned(field, value) for field, value in changes.items()}
    for field, value in cleaned.items():
        setattr(person, field, value)
    try:
        with transaction.atomic():
            person.save(update_fields=list(cleaned))
            if "email" in cleaned:
                trust_address(person)
    except IntegrityError as error:
        raise Invalid("Somebody else has this address.", code="email_taken", field="email") from error
    return person


def _cleaned(field: str, value: Any) -> Any:
    if field == "email":
        return clean_email(value)
    if field == "name" and not str(value).strip():
        raise Invalid("A name is needed.", field="name")
    if field == "time_zone":
        try:
            return time_zone_name(value)
        except Unreadable as error:
            raise Invalid(str(error), field="time_zone") from error
    return value.strip() if isinstance(value, str) else value
