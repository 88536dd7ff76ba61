"""Writes of customers' own facts: making one, changing it, tags and stages of many."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import timeline
from accounts.actions.editing import (
    Changes,
    apply,
    as_json,
    audited_as,
    describe,
    differences,
    ensure_unchanged,
    lock_customer,
)
from accounts.actions.family import is_above, lock_parents
from accounts.custom_fields import clean_custom
from accounts.facts import CUSTOMER_CLEANERS, clean_choice, clean_each, clean_tags, raise_first
from accounts.models import Customer, CustomField, Stage, TimelineEntry, User
from accounts.signals import facts_changed
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

BULK = 2_000
Change = Callable[[Customer], Changes]


def clean_customer(facts: Mapping[str, Any], *, fields: list[CustomField] | None = None) -> dict[str, Any]:
    """Return the facts as they are stored, `custom` included; raise Invalid with every problem in its details."""
    plain = {name: value for name, value in facts.items() if name not in ("custom", "parent")}
    cleaned, problems = clean_each(CUSTOMER_CLEANERS, plain)
    if "custom" in facts:
        try:
            cleaned["custom"] = clean_custom(facts["custom"] or {}, fields=fields)
        except Invalid as problem:
            problems.append(problem)
    raise_first(problems)
    if "parent" in facts:
        cleaned["parent"] = facts["parent"]
    return cleaned


@repeated_transaction
def create_customer(*, actor: User | None, name: str, **facts: Any) -> Customer:
    """Return the new customer. Raises Invalid for a wrong fact or an external id already in use."""
    values = clean_customer({"name": name, **facts})
    values["custom"] = _without_empty(values.get("custom", {}))
    customer = Customer(**values)
    if customer.parent_id is not None:
        lock_parents()
        _ensure_parent_fits(customer, values["parent"])
    with audited_as(actor):
        _save_unique(customer)
        timeline.record(customer, "customer.created", f"{customer.name} was added", actor=actor)
    facts_changed.send(sender=Customer, customer_ids=[customer.pk])
    return customer


@repeated_transaction
def update_customer(
    *,
    actor: User | None,
    customer: Customer,
    changes: Mapping[str, Any],
    why: str = "",
    expected_updated_at: datetime | None = None,
) -> Customer:
    """Return the customer as it now is; what does not change is not written.

    `changes["custom"]` holds only the custom fields to change. Raises Invalid for a wrong fact, Conflict
    “changed_since” where somebody saved after `expected_updated_at`, Conflict “merged” for a merged customer.
    """
    values = clean_customer(changes)
    if values.get("parent") is not None:
        lock_parents()
    locked = lock_customer(customer)
    ensure_unchanged(locked, expected_updated_at, customer_id=locked.pk)
    if "custom" in values:
        values["custom"] = _without_empty({**locked.custom, **values["custom"]})
    changed = differences(locked, values)
    if not changed:
        return locked
    if changed.get("parent", (None, None))[1] is not None:
        _ensure_parent_fits(locked, values["parent"])
    with audited_as(actor, why):
        _write(locked, changed)
        timeline.record(
            locked,
            "customer.edited",
            describe(locked, changed),
            actor=actor,
            why=why,
            data={"changes": as_json(changed)},
        )
    facts_changed.send(sender=Customer, customer_ids=[locked.pk])
    return locked


@repeated_transaction
def tag_customers(
    *, actor: User | None, customers_queryset: QuerySet[Customer], add: Iterable[str] = (), remove: Iterable[str] = ()
) -> int:
    """Return how many customers got or lost a tag; tags compare whatever their case.

    Raises Invalid where a customer would have too many.
    """
    plus, minus = clean_tags(list(add)), {tag.casefold() for tag in clean_tags(list(remove))}

    def retag(customer: Customer) -> Changes:
        kept = [tag for tag in customer.tags if tag.casefold() not in minus]
        try:
            return differences(customer, {"tags": clean_tags([*kept, *plus])})
        except Invalid as problem:
            problem.message = f"{customer.name}: {problem.message}"
            raise

    return _change_many(actor, customers_queryset, "customer.tagged", ["tags"], retag)


@repeated_transaction
def set_stage(*, actor: User | None, customers_queryset: QuerySet[Customer], stage: str, why: str = "") -> int:
    """Return how many customers came to another lifecycle stage."""
    new = clean_choice(stage, choices=Stage.values)
    return _change_many(
        actor,
        customers_queryset,
        "customer.edited",
        ["stage"],
        lambda customer: differences(customer, {"stage": new}),
        why=why,
    )


def _change_many(
    actor: User | None, customers: QuerySet[Customer], kind: str, fields: list[str], change: Change, *, why: str = ""
) -> int:
    ids = sorted(customers.order_by().values_list("pk", flat=True))
    done = 0
    with audited_as(actor, why):
        for start in range(0, len(ids), BULK):
            done += _change_batch(actor, ids[start : start + BULK], kind, fields, change, why)
    return done


def _change_batch(actor: User | None, ids: list[int], kind: str, fields: list[str], change: Change, why: str) -> int:
    locked = Customer.objects.select_for_update(no_key=True).filter(pk__in=ids, merged_into=None).order_by("pk")
    now = timezone.now()
    written: list[Customer] = []
    entries: list[TimelineEntry] = []
    for customer in locked:
        changed = change(customer)
        if not changed:
            continue
        for field, (_, new) in changed.items():
            setattr(customer, field, new)
        customer.updated_at = now
        written.append(customer)
        summary, data = describe(customer, changed), {"changes": as_json(changed)}
        entries.append(timeline.entry(customer, kind, summary, actor=actor, why=why, data=data))
    if written:
        Customer.objects.bulk_update(written, [*fields, "updated_at"])
        TimelineEntry.objects.bulk_create(entries)
        facts_changed.send(sender=Customer, customer_ids=[customer.pk for customer in written])
    return len(written)


def _write(customer: Customer, changed: Changes) -> None:
    try:
        with transaction.atomic():
            apply(customer, changed)
    except IntegrityError as error:
        raise _taken(customer, error) from error


def _save_unique(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save(force_insert=True)
    except IntegrityError as error:
        raise _taken(customer, error) from error


def _taken(customer: Customer, error: IntegrityError) -> Exception:
    if "external_id" not in str(error):
        return error
    return Invalid(f"Another customer has the external id “{customer.external_id}”.", code="taken", field="external_id")


def _ensure_parent_fits(customer: Customer, parent: Customer) -> None:
    if not Customer.objects.filter(pk=parent.pk, merged_into=None).exists():
        raise Conflict("The parent company was merged into another one; choose that one.", field="parent")
    if customer.pk is None:
        return
    if is_above(customer.pk, parent.pk):
        raise Invalid(
            f"{parent} belongs to {customer} already, so it cannot be its parent.", code="circle", field="parent"
        )


def _without_empty(custom: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in custom.items() if value is not None}
