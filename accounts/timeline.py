"""Writing the timeline: every action that touches a customer tells what it did, who and why."""

from typing import Any

from django.utils import timezone

from accounts.models import Customer, TimelineEntry, User


def entry(
    customer: Customer | int,
    kind: str,
    summary: str,
    *,
    actor: User | None,
    why: str = "",
    data: dict[str, Any] | None = None,
) -> TimelineEntry:
    """Return an unsaved entry of this moment, for callers that write many at once."""
    return TimelineEntry(
        customer_id=customer if isinstance(customer, int) else customer.pk,
        at=timezone.now(),
        kind=kind,
        summary=summary[:300],
        why=why,
        actor=actor,
        actor_name=str(actor) if actor else "",
        data=data or {},
    )


def record(
    customer: Customer | int,
    kind: str,
    summary: str,
    *,
    actor: User | None,
    why: str = "",
    data: dict[str, Any] | None = None,
) -> TimelineEntry:
    """Return the entry now written on the customer's timeline; `actor` None means the product itself."""
    written = entry(customer, kind, summary, actor=actor, why=why, data=data)
    written.save(force_insert=True)
    return written
