"""What happens to places of the allowance and on the waiting list when two customers become one.

Bookings and holds go along as they are: an hour that is booked is kept, even where the one customer now has more hours
than its allowance, or two at the same time.
"""

from accounts.merging import Merger, on_clash
from queues.models import AllowancePlace, WaitingEntry


@on_clash("allowance_place_taken_once")
def add_place(merger: Merger, row: AllowancePlace, other: AllowancePlace) -> None:
    """Give the merged customer's hour the next number of the period, past the allowance where it must be."""
    same = AllowancePlace.objects.filter(queue=row.queue_id, period_starts_on=row.period_starts_on, active=True)
    customers = [row.customer_id, other.customer_id]
    taken = set(same.filter(customer__in=customers).exclude(pk=row.pk).values_list("number", flat=True))
    number = next(n for n in range(1, len(taken) + 2) if n not in taken)
    merger.change(row, number=number, out_of=max(row.out_of, number))


@on_clash("waiting_entry_one_open")
def join_waiting_entries(merger: Merger, row: WaitingEntry, other: WaitingEntry) -> None:
    """Leave one place on the list, with the earlier of the two moments; an hour that is offered stays offered."""
    first = min(row.created_at, other.created_at)
    kept, left = (row, other) if row.state == WaitingEntry.State.OFFERED else (other, row)
    merger.change(left, state=WaitingEntry.State.LEFT, ended_at=merger.now)
    merger.change(kept, created_at=first)
