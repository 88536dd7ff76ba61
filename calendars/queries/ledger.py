"""What is taken of people's time."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from calendars.ledger import as_range
from calendars.models import Commitment
from calendars.rules.spans import Span


def taken_spans(
    people_ids: Iterable[int], window: Span, kinds: Collection[str] | None = None, *, at: datetime | None = None
) -> dict[int, list[tuple[str, Span]]]:
    """Return the kind and the time, buffers included, of all that touches the window, in order; one query.

    The spans are whole, so they may reach beyond the window. A held time that has expired by now (or `at`) is free.
    """
    taken: dict[int, list[tuple[str, Span]]] = {person: [] for person in people_ids}
    rows = Commitment.objects.filter(
        ~Q(kind=Commitment.Kind.HELD, expires_at__lte=at or timezone.now()),
        host__in=list(taken),
        active=True,
        busy__overlap=as_range(window),
    )
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    for host, kind, starts, ends in rows.order_by("busy").values_list(
        "host_id", "kind", "busy__startswith", "busy__endswith"
    ):
        taken[host].append((kind, Span(starts, ends)))
    return taken
