"""Who owns a customer in which role: taking a role on, giving it back, and handing everything over.

Locks are always taken in one order: the customers' rows by id, then the people's rows by id. A CSM is assigned through
the segments app, which knows the tiers' limits; what opens and closes an assignment is here, for every role.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from accounts import signals, timeline
from accounts.actions.editing import lock_customer
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

# The roles of which a customer has one owner each; a specialist, a manager or an administrator owns none.
OWNING_ROLES = (Role.SDR, Role.AE, Role.SUPPORT, Role.AM, Role.DC, Role.CSM, Role.RENEWAL_MANAGER)
TIMELINE_BATCH = 2000


@repeated_transaction
def assign_role(*, actor: User | None, customer: Customer, person: User, role: str, why: str = "") -> Assignment:
    """Return the open assignment by which the person owns the customer in this role; the owner before is released.

    Raises Invalid for the CSM's role and for a person who may not take the role on.
    """
    role = _role_open_to_all(role)
    customer = lock_customer(customer)
    require_able(lock_people([person.pk])[person.pk], role)
    before = open_assignment(customer, role)
    if before is not None and before.person_id == person.pk:
        return before
    now = timezone.now()
    if before is not None:
        close_assignment(before, actor=actor, at=now, why=f"Handed over to {person}")
    assignment = Assignment.objects.create(
        customer=customer, person=person, role=role, starts_at=now, assigned_by=actor, why=why[:300]
    )
    tell_of_change(assignment, before, actor=actor)
    return assignment


@repeated_transaction
def release_role(*, actor: User | None, customer: Customer, role: str, why: str = "") -> Assignment:
    """Return the assignment that is now closed: nobody owns the customer in this role.

    Raises Invalid for the CSM's role, Conflict where nobody owned it.
    """
    role = _role_open_to_all(role)
    customer = lock_customer(customer)
    assignment = open_assignment(customer, role)
    if assignment is None:
        raise Conflict(f"{customer} has no {role.label} to release.", code="nobody_assigned", role=role.value)
    close_assignment(assignment, actor=actor, at=timezone.now(), why=why)
    tell_of_release(assignment, actor=actor)
    return assignment


@repeated_transaction
def hand_over_all(*, actor: User | None, person: User, successor: User | None = None, why: str = "") -> dict[str, int]:
    """Return how many customers the person gave back in each role; the successor takes on those it is able to.

    CSM portfolios are handed over by the segments app, which hears of it by the signal `person_left`.
    """
    if successor is not None and successor.pk == person.pk:
        raise Invalid("Nobody can hand over to themselves.", field="successor")
    mine = Assignment.objects.filter(person=person, ends_at=None)
    lock_customers(mine.values("customer_id"))
    people = lock_people([p.pk for p in (person, successor) if p is not None])
    leaving = list(mine.exclude(role=Role.CSM).order_by("id"))
    reason = (why or f"{person} handed everything over")[:300]
    now = timezone.now()
    Assignment.objects.filter(pk__in=[a.pk for a in leaving]).update(ends_at=now, ended_by=actor, ended_why=reason)
    taken = _take_on(leaving, people.get(successor.pk) if successor else None, actor=actor, at=now, why=reason)
    TimelineEntry.objects.bulk_create(
        [_entry_of_leaving(old, taken.get(old.pk), person, actor=actor, why=reason) for old in leaving],
        batch_size=TIMELINE_BATCH,
    )
    counts = Counter(assignment.role for assignment in leaving)
    for _, left in signals.person_left.send(sender=User, person=person, actor=actor, successor=successor, why=reason):
        counts.update(left)
    return dict(sorted(counts.items()))


def lock_customers(ids: Iterable[int] | QuerySet) -> dict[int, Customer]:
    """Return these customers by id, their rows locked in order of id; merged ones are left out."""
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids, merged_into=None)
    return {customer.pk: customer for customer in rows.order_by("pk")}


def lock_people(ids: Iterable[int]) -> dict[int, User]:
    """Return these people by id, their rows locked in order of id."""
    rows = User.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(ids))
    return {person.pk: person for person in rows.order_by("pk")}


def require_able(person: User, role: str) -> None:
    """Return nothing where the person is active staff and holds the role; raise Invalid otherwise."""
    label = Role(role).label
    if not person.is_active or person.kind != User.Kind.STAFF:
        raise Invalid(f"{person} no longer works here.", code="not_active", field="person")
    if not person.role_grants.filter(role=role).exists():
        raise Invalid(f"{person} does not hold the role “{label}”.", code="role_not_held", field="person")


def open_assignment(customer: Customer, role: str) -> Assignment | None:
    """Return who owns the customer in this role now."""
    return Assignment.objects.filter(customer=customer, role=role, ends_at=None).select_related("person").first()


def close_assignment(
    assignment: Assignment, *, actor: User | None, at: datetime, why: str = "", handover_note: str = ""
) -> None:
    """End an open assignment; its row stays as history."""
    # A clock that ran behind when it began must not make it end before.
    assignment.ends_at = max(at, assignment.starts_at)
    assignment.ended_by = actor
    assignment.ended_why = why[:300]
    assignment.handover_note = handover_note
    assignment.save(update_fields=["ends_at", "ended_by", "ended_why", "handover_note"])


def tell_of_change(assignment: Assignment, before: Assignment | None, *, actor: User | None) -> None:
    """Write on the timeline that somebody took a role on, and from whom."""
    summary = f"{assignment.person} is now the {role_label(assignment.role)}"
    if before is not None:
        summary += f", after {before.person}"
    timeline.record(
        assignment.customer_id,
        "assignment.opened",
        summary,
        actor=actor,
        why=assignment.why,
        data={
            "role": assignment.role,
            "person": assignment.person_id,
            "before": before.person_id if before else None,
            "over_limit_reason": assignment.over_limit_reason,
        },
    )


def tell_of_release(assignment: Assignment, *, actor: User | None) -> None:
    """Write on the timeline that somebody gave a role back, with the hand-over note."""
    timeline.record(
        assignment.customer_id,
        "assignment.closed",
        f"{assignment.person} is no longer the {role_label(assignment.role)}",
        actor=actor,
        why=assignment.ended_why,
        data={"role": assignment.role, "person": assignment.person_id, "handover_note": assignment.handover_note},
    )


def role_label(role: str) -> str:
    """Return the role's name as it stands inside a sentence: "account manager", "CSM"."""
    label = str(Role(role).label)
    return label if label.isupper() else label.lower()


def _role_open_to_all(role: str) -> Role:
    try:
        known = Role(role)
    except ValueError as error:
        raise Invalid("There is no such role.", field="role") from error
    if known == Role.CSM:
        raise Invalid("A CSM is assigned within the tier's limits, not here.", code="csm_has_limits", field="role")
    if known not in OWNING_ROLES:
        raise Invalid(f"A {role_label(known)} does not own customers.", code="role_owns_nobody", field="role")
    return known


def _take_on(
    leaving: Sequence[Assignment], successor: User | None, *, actor: User | None, at: datetime, why: str
) -> dict[int, Assignment]:
    if successor is None:
        return {}
    if not successor.is_active or successor.kind != User.Kind.STAFF:
        raise Invalid(f"{successor} no longer works here.", code="not_active", field="successor")
    roles = set(successor.role_grants.values_list("role", flat=True))
    pairs = [
        (
            old.pk,
            Assignment(
                customer_id=old.customer_id, person=successor, role=old.role, starts_at=at, assigned_by=actor, why=why
            ),
        )
        for old in leaving
        if old.role in roles
    ]
    Assignment.objects.bulk_create([new for _, new in pairs], batch_size=TIMELINE_BATCH)
    return dict(pairs)


def _entry_of_leaving(
    old: Assignment, new: Assignment | None, person: User, *, actor: User | None, why: str
) -> TimelineEntry:
    label = role_label(old.role)
    if new is None:
        kind, summary = "assignment.closed", f"{person} is no longer the {label}; nobody has taken over yet"
    else:
        kind, summary = "assignment.opened", f"{new.person} is now the {label}, after {person}"
    data = {"role": old.role, "person": new.person_id if new else person.pk, "before": person.pk if new else None}
    return timeline.entry(old.customer_id, kind, summary, actor=actor, why=why, data=data)
