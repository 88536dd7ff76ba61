"""A CSM leaves: the portfolio goes to a successor as far as there is room, the rest is free to be placed."""

from collections.abc import Sequence

from django.utils import timezone

from accounts.actions.portfolios import TIMELINE_BATCH, lock_customers, lock_people, require_able
from accounts.models import Assignment, Role, TimelineEntry, User
from core.outbox import enqueue
from core.transactions import repeated_transaction
from segments.actions.assignments.giving import Handover, entries_of_entering, unsaved
from segments.actions.assignments.handovers import close_for_handover, entries_of_leaving
from segments.queries.portfolios import portfolio_load


@repeated_transaction
def release_portfolio(
    *, actor: User | None, person: User, successor: User | None = None, why: str = ""
) -> dict[str, int]:
    """Return how many customers went to the successor and how many are free now; the free ones are placed soon after.

    The successor takes the biggest ARR first, within its limits. Raises Invalid where it can't be a CSM.
    """
    mine = Assignment.objects.filter(person=person, role=Role.CSM, ends_at=None)
    lock_customers(mine.values("customer_id"))
    lock_people([p.pk for p in (person, successor) if p is not None])
    leaving = list(mine.select_related("person", "customer").order_by("-customer__mrr", "pk"))
    if not leaving:
        return {"handed_over": 0, "released": 0}
    taken = _that_fit(leaving, successor) if successor is not None else []
    now = timezone.now()
    close_for_handover(leaving, actor=actor, at=now, why=why or f"{person} gave the portfolio back")
    entries = entries_of_leaving(leaving, actor=actor)
    if taken and successor is not None:
        handover = Handover(why=why)
        opened = unsaved([old.customer for old in taken], successor, actor=actor, at=now, handover=handover)
        Assignment.objects.bulk_create(opened)
        before = {old.customer_id: old for old in taken}
        entries += entries_of_entering(opened, successor, before, actor=actor)
    TimelineEntry.objects.bulk_create(entries, batch_size=TIMELINE_BATCH)
    enqueue("segments.fill_portfolios", {})
    return {"handed_over": len(taken), "released": len(leaving) - len(taken)}


def _that_fit(leaving: Sequence[Assignment], successor: User) -> list[Assignment]:
    require_able(successor, Role.CSM)
    load = portfolio_load([successor])[successor.pk]
    free = {tier: one.free for tier, one in load.items()}
    taken = []
    for old in leaving:
        # Where the tier changed and the portfolio has not followed yet, the customer's own tier counts.
        tier = old.customer.tier
        if tier is None or tier == "tech":
            continue
        places = free[tier]
        if places is None:
            taken.append(old)
        elif places > 0:
            free[tier] = places - 1
            taken.append(old)
    return taken
