"""Rows of a list: customers with what the chosen columns need, each loaded for the whole page at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from accounts.access import customers_within, visible_customers
from accounts.models import Assignment, Customer, User
from segments.models import TierMove
from segments.queries import Allowance, allowances_of
from segments.queries.contacts import last_contacts

CUSTOM_PREFIX = "cf_"


class NeedsData(Protocol):
    """A column as far as loading is concerned."""

    @property
    def needs(self) -> str:
        """Return what must be loaded."""

    @property
    def key(self) -> str:
        """Return the column's key."""


@dataclass
class Row:
    """One customer of a page with what belongs to it."""

    customer: Customer
    owners: dict[str, User] = field(default_factory=dict)
    parent: Customer | None = None
    allowance: Allowance | None = None
    last_contact: date | None = None
    waiting: TierMove | None = None
    over_limit: bool = False
    editable: bool = False


def load_rows(viewer: User, customers: Iterable[Customer], columns: Sequence[NeedsData]) -> list[Row]:
    """Return a row for each customer; the number of queries depends on the columns alone."""
    rows = [Row(customer=customer) for customer in customers]
    by_id = {row.customer.pk: row for row in rows}
    needs = {column.needs for column in columns}
    if "owners" in needs:
        _add_owners(by_id)
    if "minutes" in needs:
        for pk, allowance in allowances_of([row.customer for row in rows]).items():
            by_id[pk].allowance = allowance
    if "contact" in needs:
        for pk, day in last_contacts(list(by_id)).items():
            by_id[pk].last_contact = day
    if any(column.key == "parent" for column in columns):
        _add_parents(viewer, rows)
    if any(column.key == "tier" for column in columns):
        for move in TierMove.objects.filter(customer_id__in=by_id, status=TierMove.Status.WAITING):
            by_id[move.customer_id].waiting = move
    return rows


def mark_editable(viewer: User, rows: Sequence[Row]) -> None:
    """Mark the rows that the viewer may change, in one query."""
    within = customers_within(viewer, "customer.edit").filter(pk__in=[row.customer.pk for row in rows])
    editable = set(within.values_list("pk", flat=True))
    for row in rows:
        row.editable = row.customer.pk in editable


def _add_owners(by_id: dict[int, Row]) -> None:
    held = Assignment.objects.filter(customer_id__in=by_id, ends_at=None).select_related("person")
    for assignment in held:
        row = by_id[assignment.customer_id]
        row.owners[assignment.role] = assignment.person
        row.over_limit = row.over_limit or bool(assignment.over_limit_reason)


def _add_parents(viewer: User, rows: list[Row]) -> None:
    wanted = {row.customer.parent_id for row in rows if row.customer.parent_id}
    parents = visible_customers(viewer).only("id", "name").in_bulk(wanted)
    for row in rows:
        row.parent = parents.get(row.customer.parent_id or 0)
