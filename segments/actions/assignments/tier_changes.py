"""Portfolios after tier moves: whoever is now tech touch is released, the rest counts in its new tier."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts.actions.portfolios import lock_people
from accounts.models import Assignment, Customer, Role, Tier, User
from core.transactions import repeated_transaction
from segments.queries.portfolios import Load, portfolio_load

# Ends assignments and tells the timelines in one go. By their ids, because in the transaction that has just moved many
# customers the database's statistics know nothing of the new tiers, and a join on them can take minutes.
END_AND_TELL = """
WITH ended AS (
    UPDATE accounts_assignment a
    SET ends_at = greatest(%(now)s, a.starts_at), ended_by_id = %(actor)s, ended_why = %(why)s,
        handover_note = p.name || ' was the CSM from ' || to_char(a.starts_at AT TIME ZONE %(zone)s, 'FMDD Mon YYYY')
            || ' to ' || to_char(%(now)s AT TIME ZONE %(zone)s, 'FMDD Mon YYYY') || '. ' || %(why)s || '.'
    FROM accounts_user p
    WHERE a.id = ANY (%(ids)s) AND p.id = a.person_id
    RETURNING a.customer_id, a.person_id, p.name, a.ended_why, a.handover_note
)
INSERT INTO accounts_timelineentry (customer_id, at, kind, summary, why, actor_id, actor_name, data)
SELECT customer_id, %(now)s, 'assignment.closed', left(name || ' is no longer the CSM', 300), ended_why, %(actor)s,
    %(actor_name)s, jsonb_build_object('role', 'csm', 'person', person_id, 'handover_note', handover_note)
FROM ended
"""


@dataclass(frozen=True)
class Moved:
    """A customer whose tier is no longer that of its CSM's portfolio; `pk` is the assignment's."""

    pk: int
    customer: int
    person: int
    old_tier: str
    tier: str
    is_override: bool
    mrr: Decimal


@repeated_transaction
def follow_tiers(
    *,
    actor: User | None = None,
    customer_ids: Iterable[int] | None = None,
    why: str = "Now tech touch",
    at: datetime | None = None,
) -> dict[str, int]:
    """Return how many customers were released to tech touch, displaced for lack of a place, and kept in a new tier.

    For the customers given, or all: whose tier is no longer that of its CSM's portfolio. Set-based, safe to repeat,
    and a part of the caller's transaction where there is one.
    """
    moved = _lock_moved(None if customer_ids is None else sorted(set(customer_ids)))
    now = at or timezone.now()
    to_tech = [one for one in moved if one.tier == Tier.TECH]
    _end(to_tech, why.rstrip("."), actor=actor, at=now)
    # Counted after those have left.
    staying = [one for one in moved if one.tier != Tier.TECH]
    displaced = without_place(staying, _loads_of(staying)) if staying else []
    for tier in (Tier.HIGH, Tier.LOW):
        reason = f"Now {tier.label.lower()}, where this CSM has no place left"
        _end([one for one in displaced if one.tier == tier], reason, actor=actor, at=now)
    gone = {one.pk for one in (*to_tech, *displaced)}
    kept = [one.pk for one in moved if one.pk not in gone]
    _follow(kept)
    return {"released": len(to_tech), "displaced": len(displaced), "kept": len(kept)}


def without_place(moved: Sequence[Moved], loads: dict[int, dict[str, Load]]) -> list[Moved]:
    """Return those who find no place in their new tier with their CSM.

    The biggest ARR stays as far as places reach; what a manager let past a limit stays too, and counts. Two customers
    of one CSM may change places.
    """
    going = Counter((one.person, one.old_tier) for one in moved)
    coming = Counter((one.person, one.tier) for one in moved if one.is_override)
    left: dict[tuple[int, str], int] = {}
    gone = []
    for one in sorted(moved, key=lambda one: (-one.mrr, one.customer)):
        key = (one.person, one.tier)
        load = loads[one.person][one.tier]
        if one.is_override or load.limit is None:
            continue
        places = left.setdefault(key, load.limit - load.used + going[key] - coming[key])
        if places > 0:
            left[key] = places - 1
        else:
            gone.append(one)
    return gone


def _lock_moved(ids: list[int] | None) -> list[Moved]:
    """Return who has moved, the customers' rows locked in order of id, then their CSMs'."""
    found = _moved(ids)
    customers = Customer.objects.select_for_update(no_key=True).filter(pk__in=[one.customer for one in found])
    # Reading the keys is enough to lock the rows.
    list(customers.order_by("pk").values_list("pk", flat=True))
    lock_people(one.person for one in found)
    # What another transaction did before the locks were ours is seen now.
    return _moved([one.customer for one in found]) if found else []


def _moved(ids: list[int] | None) -> list[Moved]:
    rows = Assignment.objects.filter(role=Role.CSM, ends_at=None, customer__merged_into=None)
    if ids is not None:
        rows = rows.filter(customer__in=ids)
    rows = rows.filter(~Q(customer__tier=F("tier")), customer__tier__isnull=False)
    values = rows.values_list(
        "pk", "customer", "person", "tier", "customer__tier", "over_limit_reason", "customer__mrr"
    )
    return [
        Moved(pk, customer, person, old_tier or "", tier or "", bool(reason), mrr)
        for pk, customer, person, old_tier, tier, reason, mrr in values
    ]


def _loads_of(moved: Sequence[Moved]) -> dict[int, dict[str, Load]]:
    """Return the loads of the CSMs concerned, who are locked."""
    return portfolio_load(User.objects.filter(pk__in={one.person for one in moved}))


def _end(leaving: Sequence[Moved], why: str, *, actor: User | None, at: datetime) -> None:
    if not leaving:
        return
    values: dict[str, Any] = {
        "ids": [one.pk for one in leaving],
        "now": at,
        "zone": timezone.get_current_timezone_name(),
        "actor": actor.pk if actor else None,
        "actor_name": str(actor) if actor else "",
        "why": why[:300],
    }
    with connection.cursor() as cursor:
        cursor.execute(END_AND_TELL, values)


def _follow(ids: Sequence[int]) -> None:
    """Let the portfolios' rows count in the customers' own tiers."""
    # One statement for all tiers, so that two customers of a full CSM may change places.
    own_tier = Customer.objects.filter(pk=OuterRef("customer_id")).values("tier")
    if ids:
        Assignment.objects.filter(pk__in=ids).update(tier=Subquery(own_tier))
