"""Merging two customers that are one, and taking it back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import merging, timeline
from accounts.actions.editing import audited_as, ensure_unchanged
from accounts.actions.family import is_above, lock_parents
from accounts.merging import Merger, plain
from accounts.models import (
    Assignment,
    Contact,
    Customer,
    CustomerMerge,
    CustomField,
    DuplicatePair,
    Role,
    Tier,
    User,
)
from accounts.signals import facts_changed
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

# What a person chooses from when two customers become one; each custom field is one more, as "custom.<key>".
CHOOSABLE = (
    "name",
    "external_id",
    "domain",
    "country",
    "industry",
    "language",
    "time_zone",
    "is_brand",
    "is_strategic",
    "edition",
    "seats",
    "stage",
    "tags",
    "parent",
    "signed_up_on",
)
FILLED_FROM_CONTACT = ("first_name", "last_name", "phone", "job_title", "language", "time_zone", "user_id")


@repeated_transaction
def merge_customers(
    *,
    actor: User | None,
    keep: Customer,
    merge: Customer,
    reason: str = "",
    take: Iterable[str] | None = None,
    expected_updated_at: Mapping[int, datetime] | None = None,
) -> CustomerMerge:
    """Return the record of `merge` having become a part of `keep`: every row that pointed at it now points at `keep`.

    `take` names the fields whose values come from the merged customer (tags: those of both); None fills only what is
    empty. Raises Conflict “merged” where one of the two was merged meanwhile, Conflict “changed_since” where one was
    saved after `expected_updated_at` (by id), Invalid for one and the same.
    """
    if keep.pk == merge.pk:
        raise Invalid("A customer cannot be merged into itself.", code="same_customer", field="merge")
    lock_parents()
    kept, merged = _lock_pair(keep.pk, merge.pk)
    _ensure_mergeable(kept, merged)
    for customer in (kept, merged):
        ensure_unchanged(customer, (expected_updated_at or {}).get(customer.pk), customer_id=customer.pk)
    merger = Merger(actor=actor, kept=kept, merged=merged)
    with audited_as(actor, reason):
        snapshot = {"kept": _facts(kept), "merged": _facts(merged)}
        _leave_the_family_tree(merger)
        _take_values(merger, kept, merged, _chosen(kept, merged, take))
        merger.move_all(merged, kept)
        _mark_merged(merger, kept, merged)
        record = CustomerMerge.objects.create(
            kept=kept,
            merged=merged,
            merged_by=actor,
            reason=reason[:300],
            moved_rows=merger.moves,
            before={"changes": merger.changes, "left": merger.left, "customers": snapshot},
        )
        _tell_merged(record, merger)
    facts_changed.send(sender=Customer, customer_ids=[kept.pk])
    return record


@repeated_transaction
def undo_merge(*, actor: User | None, merge: CustomerMerge, why: str = "") -> CustomerMerge:
    """Return the record, now undone: the merged customer is back with its rows and values.

    Rows added since stay with the kept customer, and so do values that a person changed since. Raises Conflict
    “cannot_undo” where it was undone already, where one of the two was merged again, or where a row's place is taken.
    """
    lock_parents()
    kept, merged = _lock_pair(merge.kept_id, merge.merged_id)
    record = CustomerMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    _ensure_undoable(record, kept)
    with audited_as(actor, why):
        try:
            with transaction.atomic():
                stays = merging.undo(record.moved_rows, record.before["changes"])
        except IntegrityError as error:
            raise Conflict(_why_not(error), code="cannot_undo") from error
        now = timezone.now()
        Customer.objects.filter(pk__in=[kept.pk, merged.pk]).update(updated_at=now)
        record.undone_by, record.undone_at = actor, now
        record.save(update_fields=["undone_by", "undone_at"])
        _tell_undone(record, kept, merged, stays, why)
    facts_changed.send(sender=Customer, customer_ids=[kept.pk, merged.pk])
    return record


@merging.on_clash("assignment_one_owner_per_role")
def close_second_owner(merger: Merger, row: Assignment, other: Assignment) -> None:
    """End the merged customer's open assignment: the kept one's owner stays."""
    _close(merger, row, f"Merged into {merger.kept}, which {other.person} looks after")


@merging.before_moving("accounts.Assignment", "customer")
def fit_csm_to_tier(merger: Merger) -> None:
    """Let the merged customer's CSM count in the kept customer's tier; a tech-touch customer has none."""
    kept, merged = merger.kept, merger.merged
    if not isinstance(kept, Customer):
        return
    open_rows = Assignment.objects.filter(ends_at=None, role=Role.CSM)
    row = open_rows.filter(customer=merged.pk).first()
    if row is None or open_rows.filter(customer=kept.pk).exists():
        return
    if kept.tier == Tier.TECH:
        _close(merger, row, f"Merged into {kept}, which is tech touch")
    elif kept.tier is not None and kept.tier != row.tier:
        merger.change(row, tier=kept.tier, over_limit_reason=f"Came with the merge of {merged}"[:300])


@merging.on_clash("contact_email_once_per_customer")
def join_contacts(merger: Merger, row: Contact, other: Contact) -> None:
    """Let the kept customer's contact stand for both: what it lacks is filled, what points at the other one moves."""
    filled = {name: getattr(row, name) for name in FILLED_FROM_CONTACT if not getattr(other, name)}
    filled["is_decision_maker"] = other.is_decision_maker or row.is_decision_maker
    filled["is_active"] = other.is_active or row.is_active
    merger.change(other, **filled)
    merger.move_all(row, other)


def _close(merger: Merger, row: Assignment, why: str) -> None:
    merger.change(
        row,
        ends_at=max(merger.now, row.starts_at),
        ended_by_id=merger.actor.pk if merger.actor else None,
        ended_why=why[:300],
    )


def _lock_pair(keep: int, merge: int) -> tuple[Customer, Customer]:
    rows = Customer.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=[keep, merge]).order_by("pk")
    found = {customer.pk: customer for customer in rows}
    if len(found) < 2:
        raise Conflict("One of the two customers is no longer there.", code="gone")
    return found[keep], found[merge]


def _ensure_mergeable(*customers: Customer) -> None:
    for customer in customers:
        if customer.merged_into_id is not None:
            raise Conflict(
                f"{customer} was merged into another customer meanwhile.",
                code="merged",
                merged_into=customer.merged_into_id,
            )


def _ensure_undoable(record: CustomerMerge, kept: Customer) -> None:
    if record.undone_at is not None:
        raise Conflict("This merge was undone already.", code="cannot_undo")
    if kept.merged_into_id is not None:
        raise Conflict(
            f"{kept} was itself merged into another customer since; undo that merge first.", code="cannot_undo"
        )
    later = CustomerMerge.objects.filter(kept=kept, pk__gt=record.pk, undone_at=None).select_related("merged").first()
    if later is not None:
        raise Conflict(f"{later.merged} was merged into {kept} after that; undo that merge first.", code="cannot_undo")


def _why_not(error: IntegrityError) -> str:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    if constraint == "assignment_within_limit":
        return "The CSM who would get the customer back has a full portfolio; free a place in it first."
    return f"A row that would go back finds its place taken ({constraint or 'a constraint of the database'})."


def _leave_the_family_tree(merger: Merger) -> None:
    """Where the merged customer stands above the kept one, the kept one moves up to its place."""
    kept, merged = merger.kept, merger.merged
    if is_above(merged.pk, kept.pk):
        merger.change(kept, parent_id=merged.parent_id)  # type: ignore[attr-defined]


def _chosen(kept: Customer, merged: Customer, take: Iterable[str] | None) -> set[str]:
    keys = [f"custom.{key}" for key in CustomField.objects.values_list("key", flat=True)]
    if take is not None:
        chosen = set(take)
        unknown = chosen - {*CHOOSABLE, *keys}
        if unknown:
            raise Invalid(f"There is no field “{min(unknown)}” to choose.", code="unknown_field", field="take")
        return chosen
    empty = {name for name in CHOOSABLE if getattr(kept, name) in (None, "")}
    empty_custom = {f"custom.{key}" for key in merged.custom if kept.custom.get(key) is None}
    return empty | empty_custom | {"tags"}


def _take_values(merger: Merger, kept: Customer, merged: Customer, chosen: set[str]) -> None:
    values: dict[str, Any] = {
        name: getattr(merged, name) for name in CHOOSABLE if name in chosen - {"external_id", "tags", "parent"}
    }
    if "tags" in chosen:
        known = {tag.casefold() for tag in kept.tags}
        values["tags"] = [*kept.tags, *(tag for tag in merged.tags if tag.casefold() not in known)]
    if "parent" in chosen and merged.parent_id != kept.pk and not is_above(kept.pk, merged.parent_id):
        values["parent_id"] = merged.parent_id
    taken = {key.removeprefix("custom.") for key in chosen if key.startswith("custom.")}
    custom = {**kept.custom, **{key: merged.custom.get(key) for key in taken}}
    values["custom"] = {key: value for key, value in custom.items() if value is not None}
    if kept.tier is None and merged.tier is not None:
        values |= {"tier": merged.tier, "tier_since": merged.tier_since}
    if "external_id" in chosen and merged.external_id:
        _swap_external_ids(merger, kept, merged)
    merger.change(kept, **values)


def _swap_external_ids(merger: Merger, kept: Customer, merged: Customer) -> None:
    # The other id stays on the merged row, so that whoever still uses it is led to the kept customer.
    wanted, other = merged.external_id, kept.external_id
    merger.change(merged, external_id=None)
    merger.change(kept, external_id=wanted)
    merger.change(merged, external_id=other)


def _mark_merged(merger: Merger, kept: Customer, merged: Customer) -> None:
    merger.change(merged, merged_into_id=kept.pk)
    first, second = sorted([kept.pk, merged.pk])
    for pair in DuplicatePair.objects.filter(first=first, second=second):
        merger.change(pair, state=DuplicatePair.State.MERGED, decided_by_id=merger.actor.pk if merger.actor else None)
    Customer.objects.filter(pk__in=[kept.pk, merged.pk]).update(updated_at=merger.now)


def _facts(customer: Customer) -> dict[str, Any]:
    return {f.attname: plain(getattr(customer, f.attname)) for f in Customer._meta.concrete_fields}


def _tell_merged(record: CustomerMerge, merger: Merger) -> None:
    kept, merged = record.kept, record.merged
    data = {"merge": record.pk, "moved": merger.count_moved()}
    words = _in_words(merger.count_moved())
    timeline.record(
        kept,
        "customer.merged",
        f"{merged} was merged into this customer{f', with {words}' if words else ''}",
        actor=record.merged_by,
        why=record.reason,
        data={**data, "other": merged.pk},
    )
    timeline.record(
        merged,
        "customer.merged",
        f"This customer was merged into {kept}",
        actor=record.merged_by,
        why=record.reason,
        data={**data, "other": kept.pk},
    )


def _tell_undone(record: CustomerMerge, kept: Customer, merged: Customer, stays: list[str], why: str) -> None:
    name = Customer.objects.values_list("name", flat=True).get(pk=merged.pk)
    note = f" ({'; '.join(stays)})" if stays else ""
    for customer, words in (
        (kept, f"The merge of {name} was undone{note}"),
        (merged, f"The merge into {kept} was undone{note}"),
    ):
        timeline.record(
            customer, "customer.merge_undone", words, actor=record.undone_by, why=why, data={"merge": record.pk}
        )


def _in_words(moved: dict[str, int]) -> str:
    words = {
        "accounts.Contact": "contact",
        "accounts.Subscription": "subscription",
        "accounts.Assignment": "assignment",
    }
    return ", ".join(
        f"{moved[label]} {word}{'' if moved[label] == 1 else 's'}" for label, word in words.items() if label in moved
    )
