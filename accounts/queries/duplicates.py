"""Reads of duplicates and merges: suggested pairs, two customers side by side, what was merged lately."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from accounts.access import customers_within
from accounts.actions.merges import CHOOSABLE
from accounts.custom_fields import active_fields
from accounts.models import Customer, CustomerMerge, DuplicatePair, User
from core.errors import NotFound
from core.pagination import bounded_count, keyset_page

PAGE_SIZE = 50
SHOWN_MERGES = 20
# As the form of editing calls them.
LABELS = {"signed_up_on": "Customer since", "parent": "Parent company"}


@dataclass(frozen=True)
class PairPage:
    """One page of suggested pairs; the cursors are empty where there is no neighbour, the count stops at a bound."""

    rows: list[DuplicatePair]
    next: str
    previous: str
    count: int


@dataclass(frozen=True)
class Comparison:
    """One field of two customers; `differs` where a person has to choose."""

    name: str
    label: str
    keep: Any
    merge: Any
    differs: bool
    takes_merged: bool

    @property
    def both(self) -> str:
        """Return what stands in both, for the tags."""
        tags = [*filter(None, f"{self.keep}, {self.merge}".split(", "))]
        return ", ".join({tag.casefold(): tag for tag in reversed(tags)}.values())


def open_pairs(user: User, *, cursor: str = "") -> PairPage:
    """Return a page of suggested pairs of which the person may merge both, the most alike first."""
    pairs = _pairs_within(user).filter(state=DuplicatePair.State.OPEN)
    found = keyset_page(pairs.select_related("first", "second"), order="-score", cursor=cursor, size=PAGE_SIZE)
    count, more = bounded_count(pairs)
    return PairPage(found.rows, found.next_cursor, found.previous_cursor, count + more)


def pair_for(user: User, pk: int) -> DuplicatePair:
    """Return the pair, if the person may merge both of it; raise NotFound otherwise."""
    pair = _pairs_within(user).filter(pk=pk).first()
    if pair is None:
        raise NotFound("There is no such pair.")
    return pair


def pairs_of(user: User, customer: Customer) -> list[tuple[DuplicatePair, Customer]]:
    """Return the open pairs of the customer with the other one of each."""
    pairs = _pairs_within(user).filter(Q(first=customer) | Q(second=customer), state=DuplicatePair.State.OPEN)
    rows = pairs.select_related("first", "second").order_by("-score", "pk")[:PAGE_SIZE]
    return [(pair, pair.second if pair.first_id == customer.pk else pair.first) for pair in rows]


def merge_for(user: User, pk: int) -> CustomerMerge:
    """Return the merge, if the person may merge what became of it; raise NotFound otherwise."""
    merge = _merges_within(user).filter(pk=pk).select_related("kept", "merged").first()
    if merge is None:
        raise NotFound("There is no such merge.")
    return merge


def recent_merges(user: User) -> list[CustomerMerge]:
    """Return the last merges that stand, of customers that the person may merge."""
    merges = _merges_within(user).filter(undone_at=None).select_related("kept", "merged", "merged_by")
    return list(merges.order_by("-pk")[:SHOWN_MERGES])


def compare(keep: Customer, merge: Customer) -> list[Comparison]:
    """Return every field of the two side by side; where the kept one is empty the other's value is proposed."""
    rows = [_compared(name, _label(name), keep, merge, _shown(name)) for name in CHOOSABLE]
    for field in active_fields():
        rows.append(
            _compared(f"custom.{field.key}", field.label, keep, merge, lambda c, k=field.key: c.custom.get(k))  # type: ignore[misc]
        )
    return rows


def going_along(merge: Customer) -> dict[str, int]:
    """Return how many contacts, subscriptions, open roles and timeline entries would change hands."""
    return {
        "contacts": merge.contacts.count(),
        "subscriptions": merge.subscriptions.count(),
        "people looking after it": merge.assignments.filter(ends_at=None).count(),
        "timeline entries": bounded_count(merge.timeline.all())[0],
    }


def _pairs_within(user: User) -> QuerySet[DuplicatePair]:
    mine = customers_within(user, "customer.merge")
    return DuplicatePair.objects.filter(first__in=mine, second__in=mine)


def _merges_within(user: User) -> QuerySet[CustomerMerge]:
    return CustomerMerge.objects.filter(kept__in=customers_within(user, "customer.merge"))


def _compared(name: str, label: str, keep: Customer, merge: Customer, shown: Callable[[Customer], Any]) -> Comparison:
    ours, theirs = shown(keep), shown(merge)
    empty = ours in (None, "", [])
    return Comparison(
        name=name,
        label=label[:1].upper() + label[1:],
        keep=_words(ours),
        merge=_words(theirs),
        differs=ours != theirs and not (empty and theirs in (None, "", [])),
        takes_merged=(empty and theirs not in (None, "", [])) or (name == "tags" and bool(theirs)),
    )


def _shown(name: str) -> Callable[[Customer], Any]:
    if name == "stage":
        return lambda customer: customer.get_stage_display()
    return lambda customer: getattr(customer, name)


def _label(name: str) -> str:
    return LABELS.get(name) or str(Customer._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _words(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else value
