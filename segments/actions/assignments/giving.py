"""Giving customers to a CSM: one, or many at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import timeline
from accounts.access import customers_within
from accounts.actions.editing import lock_customer
from accounts.actions.portfolios import TIMELINE_BATCH, lock_customers, lock_people, require_able
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from accounts.permissions import Reach, reach_of
from core.errors import Invalid, NotAllowed
from core.transactions import repeated_transaction
from segments.actions.assignments.handovers import close_for_handover, entries_of_leaving
from segments.actions.assignments.refusals import refusal_of
from segments.models import TierTerms


@dataclass(frozen=True)
class Handover:
    """Why customers change hands, and what the next CSM should know."""

    why: str = ""
    note: str = ""
    override_reason: str = ""
    source: str = Assignment.Source.MANUAL


@repeated_transaction
def assign_csm(
    *,
    actor: User | None,
    customer: Customer,
    person: User,
    why: str = "",
    override_reason: str = "",
    handover_note: str = "",
) -> Assignment:
    """Return the open assignment by which the person is the customer's CSM; the CSM before is released.

    Raises Conflict `over_limit` where the CSM's places of this tier are taken and `tech_touch` where the tier has no
    CSM, unless an override reason is given; NotAllowed where the actor may not override; Invalid where the person may
    not be a CSM or the customer is in no tier.
    """
    lock_customer(customer)
    handover = Handover(why=why, note=handover_note, override_reason=override_reason)
    _give(actor=actor, customers=[customer.pk], person=person, handover=handover)
    return Assignment.objects.select_related("person").get(customer=customer, role=Role.CSM, ends_at=None)


@repeated_transaction
def move_customers(
    *,
    actor: User | None,
    customers: Iterable[int] | QuerySet[Customer],
    person: User,
    why: str = "",
    override_reason: str = "",
    handover_note: str = "",
) -> dict[str, int]:
    """Return how many customers moved to the person's portfolio and how many were there: all of them or none.

    `customers` are ids or a queryset, already found through the access functions. Raises as `assign_csm` does.
    """
    ids = customers.values("pk") if isinstance(customers, QuerySet) else list(customers)
    handover = Handover(why=why, note=handover_note, override_reason=override_reason)
    return _give(actor=actor, customers=ids, person=person, handover=handover)


def _give(
    *, actor: User | None, customers: Iterable[int] | QuerySet, person: User, handover: Handover
) -> dict[str, int]:
    locked = lock_customers(customers)
    _require_tiers(locked.values())
    require_able(lock_people([person.pk])[person.pk], Role.CSM)
    open_now = Assignment.objects.filter(customer__in=locked, role=Role.CSM, ends_at=None).select_related("person")
    before = {assignment.customer_id: assignment for assignment in open_now}
    moving = [c for c in locked.values() if c.pk not in before or before[c.pk].person_id != person.pk]
    if moving:
        now = timezone.now()
        # Asked before anything is closed: a customer without a CSM is every manager's.
        may_override = bool(handover.override_reason.strip()) and _may_override(actor, moving)
        leaving = [before[c.pk] for c in moving if c.pk in before]
        close_for_handover(leaving, actor=actor, at=now, why=f"Handed over to {person}", note=handover.note)
        rows = unsaved(moving, person, actor=actor, at=now, handover=handover)
        opened = _insert_within_limits(rows, person, handover.override_reason.strip()[:300], may_override)
        TimelineEntry.objects.bulk_create(
            [*entries_of_leaving(leaving, actor=actor), *entries_of_entering(opened, person, before, actor=actor)],
            batch_size=TIMELINE_BATCH,
        )
    return {"moved": len(moving), "unchanged": len(locked) - len(moving)}


def unsaved(
    customers: Sequence[Customer], person: User, *, actor: User | None, at: datetime, handover: Handover
) -> list[Assignment]:
    """Return the assignments that would open, not written yet."""
    return [
        Assignment(
            customer=customer,
            person=person,
            role=Role.CSM,
            tier=customer.tier,
            starts_at=at,
            source=handover.source,
            why=handover.why[:300],
            assigned_by=actor,
        )
        for customer in customers
    ]


def _insert_within_limits(
    rows: list[Assignment], person: User, override_reason: str, may_override: bool
) -> list[Assignment]:
    """Return the assignments now open; the override reason is kept only where it was needed."""
    # Terms never set are made with their defaults before the database compares with them.
    TierTerms.current()
    try:
        return _insert(rows)
    except IntegrityError as error:
        refusal = refusal_of(error, person)
        if refusal is None:
            raise
        if not override_reason:
            raise refusal from error
    if not may_override:
        raise NotAllowed("Only a manager may go past a limit.", action="assignment.override_limit")
    for row in rows:
        row.pk = None
        row.over_limit_reason = override_reason
    return _insert(rows)


def _insert(rows: list[Assignment]) -> list[Assignment]:
    # One statement, so that the guard counts once, and a savepoint, so that a refusal leaves the transaction usable.
    with transaction.atomic():
        return Assignment.objects.bulk_create(rows)


def _require_tiers(customers: Iterable[Customer]) -> None:
    without = [customer.name for customer in customers if customer.tier is None]
    if without:
        raise Invalid(
            f"{', '.join(without[:3])}: in no tier yet; the next tier run decides.",
            code="no_tier",
            customers=len(without),
        )


def _may_override(actor: User | None, customers: Sequence[Customer]) -> bool:
    """Tell whether the actor may go past limits with every one of these customers; the product itself (None) may."""
    if actor is None or reach_of(actor, "assignment.override_limit") == Reach.ALL:
        return True
    ids = [customer.pk for customer in customers]
    return customers_within(actor, "assignment.override_limit").filter(pk__in=ids).count() == len(ids)


def entries_of_entering(
    opened: Sequence[Assignment], person: User, before: dict[int, Assignment], *, actor: User | None
) -> list[TimelineEntry]:
    """Return the timelines' entries for assignments just opened; `before` holds the CSMs until now by customer."""
    entries = []
    for new in opened:
        old = before.get(new.customer_id)
        past = " past the limit" if new.over_limit_reason else ""
        entries.append(
            timeline.entry(
                new.customer_id,
                "assignment.opened",
                f"{person} is now the CSM{past}" + (f", after {old.person}" if old else ""),
                actor=actor,
                why=" · ".join(text for text in (new.why, new.over_limit_reason) if text),
                data={
                    "role": Role.CSM.value,
                    "person": new.person_id,
                    "before": old.person_id if old else None,
                    "tier": new.tier,
                    "over_limit_reason": new.over_limit_reason,
                },
            )
        )
    return entries
