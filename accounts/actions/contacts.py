"""Writes of contacts: the people at a customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts import timeline
from accounts.actions.editing import (
    as_json,
    audited_as,
    describe,
    differences,
    ensure_unchanged,
    lock,
    lock_customer,
)
from accounts.facts import CONTACT_CLEANERS, clean_each, raise_first
from accounts.models import Contact, Customer, User
from accounts.signals import facts_changed
from core.errors import Invalid
from core.transactions import repeated_transaction


def clean_contact(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts as they are stored; raise Invalid with every problem in its details."""
    cleaned, problems = clean_each(CONTACT_CLEANERS, facts)
    raise_first(problems)
    return cleaned


@repeated_transaction
def create_contact(*, actor: User | None, customer: Customer, **facts: Any) -> Contact:
    """Return the new contact. Raises Invalid for a wrong fact, and where the customer has the address already."""
    values = clean_contact({"email": "", **facts})
    owner = lock_customer(customer)
    contact = Contact(customer=owner, **values)
    with audited_as(actor):
        _save(contact, force_insert=True)
        timeline.record(
            owner,
            "contact.added",
            f"Contact {contact.name} was added",
            actor=actor,
            data={"about": f"contact:{contact.pk}"},
        )
    facts_changed.send(sender=Contact, customer_ids=[owner.pk])
    return contact


@repeated_transaction
def update_contact(
    *,
    actor: User | None,
    contact: Contact,
    changes: Mapping[str, Any],
    why: str = "",
    expected_updated_at: datetime | None = None,
) -> Contact:
    """Return the contact as it now is; what does not change is not written.

    Raises Invalid for a wrong fact, Conflict “changed_since” where somebody saved after `expected_updated_at`.
    """
    values = clean_contact(changes)
    locked = lock(contact)
    ensure_unchanged(locked, expected_updated_at, customer_id=locked.customer_id, about=f"contact:{locked.pk}")
    changed = differences(locked, values)
    if not changed:
        return locked
    name = locked.name
    with audited_as(actor, why):
        for field, (_, new) in changed.items():
            setattr(locked, field, new)
        _save(locked, update_fields=[*changed, "updated_at"])
        timeline.record(
            locked.customer_id,
            "contact.edited",
            f"Contact {name}: {describe(locked, changed)}",
            actor=actor,
            why=why,
            data={"about": f"contact:{locked.pk}", "changes": as_json(changed)},
        )
    facts_changed.send(sender=Contact, customer_ids=[locked.customer_id])
    return locked


def _save(contact: Contact, **how: Any) -> None:
    try:
        with transaction.atomic():
            contact.save(**how)
    except IntegrityError as error:
        if "contact_email_once_per_customer" in str(error):
            raise Invalid(
                f"This customer has a contact with the address {contact.email} already.", code="taken", field="email"
            ) from error
        if "external_id" in str(error):
            raise Invalid(
                f"Another contact has the external id “{contact.external_id}”.", code="taken", field="external_id"
            ) from error
        raise
