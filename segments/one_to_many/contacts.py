"""The registry of two-way contacts: every way in which a customer and somebody of the company talk with each other.

Logged time and notes are here from the start; an app above registers its own in its apps.py, and from then on its
contacts count in every list, panel and figure that asks when a customer was last spoken with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet


@dataclass(frozen=True)
class ContactSource:
    """A kind of contact: `rows(since)` are those from that day on, `latest(ids)` each customer's last day of it.

    `customer` is the field of the rows that holds the customer's id.
    """

    name: str
    label: str
    rows: Callable[[date], QuerySet]
    latest: Callable[[Sequence[int]], dict[int, date]]
    customer: str = "customer_id"

    def reached(self, since: date) -> Exists:
        """Return what is true of a customer with such a contact from `since` on."""
        return Exists(self.rows(since).filter(**{self.customer: OuterRef("pk")}))


_sources: dict[str, ContactSource] = {}


def register(source: ContactSource) -> None:
    """Add the source, or replace the one of this name."""
    _sources[source.name] = source


def forget(name: str) -> None:
    """Remove the source of this name, if there is one."""
    _sources.pop(name, None)


def sources() -> list[ContactSource]:
    """Return every source, in the order registered."""
    return list(_sources.values())


def spoken_with(since: date) -> Q:
    """Return what is true of customers with whom anybody spoke from `since` on."""
    found = Q(pk__in=[])
    for source in sources():
        found |= Q(source.reached(since))
    return found


def left_alone(since: date) -> Q:
    """Return what is true of customers with whom nobody spoke from `since` on."""
    found = Q()
    for source in sources():
        found &= ~Q(source.reached(since))
    return found


def last_days(customer_ids: Sequence[int]) -> dict[int, date]:
    """Return the day on which each customer was last spoken with; those never spoken with are left out."""
    days: dict[int, date] = {}
    for source in sources():
        for pk, day in source.latest(customer_ids).items():
            days[pk] = max(day, days.get(pk, day))
    return days
