"""Who is a customer's CSM: assigning, moving and releasing within the limits that the database keeps."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from accounts import timeline
from accounts.access import customers_within
from accounts.actions.portfolios import (
    TIMELINE_BATCH,
    close_assignment,
    lock_customer,
    lock_customers,
    lock_people,
    open_assignment,
    require_able,
    tell_of_release,
)
from accounts.models import Assignment, Customer, Role, Tier, TimelineEntry, User
from accounts.permissions import Reach, reach_of
from core.errors import Conflict, Invalid, NotAllowed
from core.transactions import repeated_transaction
from segments.models import TierTerms
from segments.queries.placement import csms_taking_customers
from segments.queries.portfolios import portfolio_load

WITHIN_LIMIT = "assignment_within_limit"
TECH_TOUCH_FOR_A_REASON = "assignment_tech_touch_for_a_reason"
HAS_ROOM_SHOWN = 5


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


@repeated_transaction
def release_csm(*, actor: User | None, customer: Customer, why: str, handover_note: str = "") -> Assignment:
    """Return the assignment now closed: the customer has no CSM.

    Raises Conflict where it had none.
    """
    customer = lock_customer(customer)
    assignment = open_assignment(customer, Role.CSM)
    if assignment is None:
        raise Conflict(f"{customer} has no CSM to release.", code="nobody_assigned", role=Role.CSM.value)
    now = timezone.now()
    note = with_own_words(handover_sentence(assignment, now), handover_note)
    close_assignment(assignment, actor=actor, at=now, why=why, handover_note=note)
    tell_of_release(assignment, actor=actor)
    return assignment


@repeated_transaction
def write_handover_note(*, actor: User, assignment: Assignment, note: str) -> Assignment:
    """Return the past assignment with the CSM's own words after the automatic sentence.

    Raises Invalid for an empty note, Conflict while the assignment is open.
    """
    words = note.strip()
    if not words:
        raise Invalid("Write what the next person should know.", field="note")
    lock_customer(assignment.customer)
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("person").get(pk=assignment.pk)
    if assignment.ends_at is None:
        raise Conflict(f"{assignment.person} is still the CSM.", code="still_assigned")
    assignment.handover_note = with_own_words(handover_sentence(assignment, assignment.ends_at), words)
    assignment.save(update_fields=["handover_note"])
    timeline.record(
        assignment.customer_id,
        "assignment.note",
        f"Hand-over note of {assignment.person}",
        actor=actor,
        why=words,
        data={"assignment": assignment.pk},
    )
    return assignment


def handover_sentence(assignment: Assignment, until: datetime) -> str:
    """Return the sentence that every hand-over note begins with."""
    return f"{assignment.person} was the CSM from {_day(assignment.starts_at)} to {_day(until)}."


def with_own_words(sentence: str, words: str) -> str:
    """Return the automatic sentence followed by what a person wrote, where there is something."""
    return f"{sentence}\n\n{words.strip()}" if words.strip() else sentence


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y", use_l10n=False)


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
        rows = _unsaved(moving, person, actor=actor, at=now, handover=handover)
        opened = _insert_within_limits(rows, person, handover.override_reason.strip()[:300], may_override)
        TimelineEntry.objects.bulk_create(
            [*_entries_of_leaving(leaving, actor=actor), *_entries_of_entering(opened, person, before, actor=actor)],
            batch_size=TIMELINE_BATCH,
        )
    return {"moved": len(moving), "unchanged": len(locked) - len(moving)}


def close_for_handover(
    leaving: Sequence[Assignment], *, actor: User | None, at: datetime, why: str, note: str = ""
) -> None:
    """End these open assignments, each with the hand-over sentence and the note."""
    for assignment in leaving:
        assignment.ends_at = max(at, assignment.starts_at)
        assignment.ended_by = actor
        assignment.ended_why = why[:300]
        assignment.handover_note = with_own_words(handover_sentence(assignment, at), note)
    Assignment.objects.bulk_update(
        leaving, ["ends_at", "ended_by", "ended_why", "handover_note"], batch_size=TIMELINE_BATCH
    )


def _unsaved(
    customers: Sequence[Customer], person: User, *, actor: User | None, at: datetime, handover: Handover
) -> list[Assignment]:
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


def refusal_of(error: IntegrityError, person: User) -> Conflict | None:
    """Return the database's refusal as the error that pages and the API show; nothing for another error."""
    report = getattr(error.__cause__, "diag", None)
    constraint = getattr(report, "constraint_name", None)
    if constraint == TECH_TOUCH_FOR_A_REASON:
        return Conflict(
            "A tech-touch customer has no personal CSM; a manager may make an exception for a reason.",
            code="tech_touch",
            field="person",
        )
    if constraint != WITHIN_LIMIT or report is None:
        return None
    facts = json.loads(report.message_detail)
    load = portfolio_load([person])[person.pk][facts["tier"]]
    room = people_with_room(facts["tier"], except_for=person)
    label = Tier(facts["tier"]).label.lower()
    return Conflict(
        f"{person} looks after {load.used} {label} customers and the limit is {load.limit}. {_room_sentence(room)}",
        code="over_limit",
        field="person",
        person={"id": person.pk, "name": str(person)},
        tier=facts["tier"],
        limit=load.limit,
        count=load.used,
        asked=facts["would_hold"] - load.used,
        has_room=room,
    )


def people_with_room(tier: str, *, except_for: User | None = None) -> list[dict]:
    """Return the CSMs with places of this tier left, the most first: id, name and free places (None: no limit)."""
    people = [p for p in csms_taking_customers() if except_for is None or p.pk != except_for.pk]
    load = portfolio_load(people)
    free = [(p, load[p.pk][tier].free) for p in people if load[p.pk][tier].has_room]
    free.sort(key=lambda pair: (pair[1] is not None, -(pair[1] or 0), pair[0].pk))
    return [{"id": person.pk, "name": str(person), "free": places} for person, places in free[:HAS_ROOM_SHOWN]]


def _room_sentence(room: list[dict]) -> str:
    if not room:
        return "No other CSM has room."
    named = ", ".join(
        f"{one['name']} ({'no limit' if one['free'] is None else str(one['free']) + ' free'})" for one in room
    )
    return f"Room: {named}."


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


def _entries_of_leaving(leaving: Sequence[Assignment], *, actor: User | None) -> list[TimelineEntry]:
    return [
        timeline.entry(
            old.customer_id,
            "assignment.closed",
            f"{old.person} is no longer the CSM",
            actor=actor,
            why=old.ended_why,
            data={"role": Role.CSM.value, "person": old.person_id, "handover_note": old.handover_note},
        )
        for old in leaving
    ]


def _entries_of_entering(
    opened: Sequence[Assignment], person: User, before: dict[int, Assignment], *, actor: User | None
) -> list[TimelineEntry]:
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
