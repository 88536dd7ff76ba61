"""Filling portfolios: every high- and low-touch customer without a CSM gets the best one with a place left."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import timeline
from accounts.actions.portfolios import TIMELINE_BATCH, lock_customers, lock_people
from accounts.models import Assignment, Customer, Role, TimelineEntry, User
from core.transactions import repeated_transaction
from segments.actions.assignments.tier_changes import follow_tiers
from segments.placement import Placement, Placer, Room
from segments.queries.placement import (
    PERSONAL_TIERS,
    candidate_of,
    count_without_csm,
    csms_taking_customers,
    need_of,
    next_to_place,
    rooms_of,
    why_without_csm,
    without_csm,
)

BATCH = 1000
# Two fillings take turns: the key of the advisory lock is any number that nothing else uses.
TURN = 7_010_001


@dataclass(frozen=True)
class _Batch:
    placed: int
    last: tuple[Decimal, int] | None


def fill_portfolios(*, actor: User | None = None, customer_ids: Iterable[int] | None = None) -> dict[str, Any]:
    """Return what filling did: customers assigned (in all and by tier), without a place by tier, and the reasons.

    High touch before low, the biggest ARR first, one transaction a batch; only as many customers are read as places
    are free. Two fillings at once, or one killed midway and repeated, end like one.
    """
    ids = None if customer_ids is None else sorted(set(customer_ids))
    followed = follow_tiers(actor=actor, customer_ids=ids)
    assigned: Counter[str] = Counter()
    for tier in PERSONAL_TIERS:
        after: tuple[Decimal, int] | None = None
        while True:
            batch = _fill_batch(actor=actor, tier=tier, after=after, ids=ids)
            assigned[tier.value] += batch.placed
            after = batch.last
            if after is None:
                break
    without_place = count_without_csm(ids)
    reasons = why_without_csm() if any(without_place.values()) else {}
    return {
        "assigned": assigned.total(),
        "by_tier": dict(assigned),
        "without_place": sum(without_place.values()),
        "without_place_by_tier": without_place,
        "reasons": {tier: str(reasons[tier]) for tier, count in without_place.items() if count},
        "released": followed["released"],
        "displaced": followed["displaced"],
    }


@repeated_transaction
def _fill_batch(
    *, actor: User | None, tier: str, after: tuple[Decimal, int] | None, ids: Sequence[int] | None
) -> _Batch:
    """Place the next customers; `last` is where to go on, None where nobody or no place is left."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])
    size = _free_places(rooms_of(csms_taking_customers()), tier)
    waiting = next_to_place(tier, limit=size, after=after, customer_ids=ids) if size else []
    if not waiting:
        return _Batch(0, None)
    customers = _still_waiting(waiting, tier)
    people = _still_taking()
    rooms = rooms_of(people.values())
    placer = Placer([candidate_of(person) for person in people.values()], rooms, timezone.now())
    placements = list(placer.place_all(need_of(customer) for customer in customers))
    _write(placements, people, tier, actor=actor)
    is_over = len(placements) < len(customers) or len(waiting) < size
    return _Batch(len(placements), None if is_over or not customers else (customers[-1].mrr, customers[-1].pk))


def _free_places(rooms: dict[tuple[int, str], Room], tier: str) -> int:
    """Return how many customers of the tier fit now, at most one batch."""
    free = 0
    for (_, room_tier), room in rooms.items():
        if room_tier == tier:
            free += BATCH if room.limit is None else max(0, room.limit - room.used)
    return min(BATCH, free)


def _still_waiting(ids: Sequence[int], tier: str) -> list[Customer]:
    """Return those of the customers, now locked, that nobody has placed meanwhile; the biggest ARR first."""
    lock_customers(ids)
    return list(without_csm(Customer.objects.filter(pk__in=ids, tier=tier)).order_by("-mrr", "-pk"))


def _still_taking() -> dict[int, User]:
    """Return the CSMs who take customers, their rows locked, so that nobody else fills their places meanwhile."""
    lock_people(csms_taking_customers().values_list("pk", flat=True))
    return {person.pk: person for person in csms_taking_customers()}


def _write(placements: Sequence[Placement], people: dict[int, User], tier: str, *, actor: User | None) -> None:
    now = timezone.now()
    Assignment.objects.bulk_create(
        [
            Assignment(
                customer_id=placement.customer,
                person_id=placement.person,
                role=Role.CSM,
                tier=tier,
                starts_at=now,
                source=Assignment.Source.AUTOMATIC,
                why=placement.why[:300],
                assigned_by=actor,
            )
            for placement in placements
        ]
    )
    TimelineEntry.objects.bulk_create(
        [
            timeline.entry(
                placement.customer,
                "assignment.opened",
                f"{people[placement.person]} is now the CSM",
                actor=actor,
                why=placement.why,
                data={"role": Role.CSM.value, "person": placement.person, "tier": str(tier), "automatic": True},
            )
            for placement in placements
        ],
        batch_size=TIMELINE_BATCH,
    )
