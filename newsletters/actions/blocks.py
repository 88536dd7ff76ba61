"""Blocks of an issue: added, changed, moved, duplicated, removed, and brought back."""

from typing import Any

from django.db.models import Max

from accounts.models import User
from core.errors import Conflict, Invalid, NotFound
from core.transactions import repeated_transaction
from newsletters.actions.changes import begin_change, end_change, expect
from newsletters.blocks import kind_of
from newsletters.models import Block, Issue
from segments.drafts import fingerprint

MOST_BLOCKS = 60


@repeated_transaction
def add_block(*, actor: User | None, issue: Issue, kind: str, data: dict[str, Any], after: int | None = None) -> Block:
    """Return the new block, behind the block `after` or at the end (0: at the beginning).

    `data` are cleaned values of the kind's form. Raises Invalid for an unknown kind or too many blocks.
    """
    kind_of(kind)
    locked = begin_change(actor=actor, issue_id=issue.pk)
    order = _order(locked)
    place = _place_behind(order, after)
    return _insert(actor, locked, order, place, kind, data)


@repeated_transaction
def change_block(*, actor: User | None, block: Block, data: dict[str, Any], expected: str | None = None) -> Block:
    """Return the block with this data.

    `expected` is the mark of the content that the editor began with (`block_mark`). Raises Conflict `changed_since`
    where somebody else has changed it since, NotFound where it is gone.
    """
    locked = begin_change(actor=actor, issue_id=block.issue_id)
    current = _current(locked, block)
    expect(_marks(current), expected, "Somebody else has changed this block since you opened it.")
    if current.data != data:
        current.data = data
        current.save(update_fields=["data"])
        end_change(actor=actor, issue=locked)
    return current


def block_mark(block: Block) -> str:
    """Return a short mark of a block's content."""
    return fingerprint(_marks(block))


@repeated_transaction
def move_block(*, actor: User | None, block: Block, by: int) -> Block:
    """Return the block `by` places further down (negative: up); at an end it stays where it is."""
    locked = begin_change(actor=actor, issue_id=block.issue_id)
    order = _order(locked)
    found = _current(locked, block)
    place = order.index(found.pk)
    target = max(0, min(len(order) - 1, place + by))
    if target != place:
        order.insert(target, order.pop(place))
        _renumber(locked, order)
        end_change(actor=actor, issue=locked)
        found.refresh_from_db(fields=["position"])
    return found


@repeated_transaction
def duplicate_block(*, actor: User | None, block: Block) -> Block:
    """Return a copy of the block right behind it."""
    locked = begin_change(actor=actor, issue_id=block.issue_id)
    order = _order(locked)
    found = _current(locked, block)
    return _insert(actor, locked, order, order.index(found.pk) + 1, found.kind, found.data)


@repeated_transaction
def remove_block(*, actor: User | None, block: Block, expected: str | None = None) -> None:
    """Remove the block; `restore_block` brings it back. Raises Conflict `changed_since` as `change_block` does."""
    locked = begin_change(actor=actor, issue_id=block.issue_id)
    found = _current(locked, block)
    expect(_marks(found), expected, "Somebody else has changed this block since you saw it. Look at it again.")
    order = _order(locked)
    order.remove(found.pk)
    found.delete()
    _renumber(locked, order)
    end_change(actor=actor, issue=locked)


@repeated_transaction
def restore_block(*, actor: User | None, issue: Issue, block_id: int, data: dict[str, Any] | None = None) -> Block:
    """Return the removed block where it was, with this data or as it was, from the trail that the database keeps.

    Raises NotFound where the issue never had it, Conflict where it is there already.
    """
    locked = begin_change(actor=actor, issue_id=issue.pk)
    if locked.blocks.filter(pk=block_id).exists():
        raise Conflict("The block is there already.", code="already_there")
    removed = removed_block(locked, block_id)
    if removed is None:
        raise NotFound("This block can’t be brought back: this newsletter never had it.")
    order = _order(locked)
    place = min(len(order), max(0, removed.position - 1))
    # The same id, so that a second "undo" finds that it is done.
    return _insert(actor, locked, order, place, removed.kind, removed.data if data is None else data, pk=block_id)


def removed_block(issue: Issue, block_id: int) -> Any:
    """Return the row as it was when the block was removed, or None."""
    trail = Block.pgh_event_model  # type: ignore[attr-defined]
    events = trail.objects.filter(pgh_label="delete", issue_id=issue.pk, id=block_id)
    return events.order_by("-pgh_id").first()


# --- parts ----------------------------------------------------------------------------------------
def _marks(block: Block) -> dict[str, Any]:
    return {"kind": block.kind, "data": block.data}


def _order(issue: Issue) -> list[int]:
    return list(issue.blocks.order_by("position").values_list("pk", flat=True))


def _current(issue: Issue, block: Block) -> Block:
    found = issue.blocks.filter(pk=block.pk).first()
    if found is None:
        raise NotFound("This block is no longer there. Somebody may have removed it.")
    return found


def _place_behind(order: list[int], after: int | None) -> int:
    if after == 0:
        return 0
    # The block behind which it should stand may be gone meanwhile; then the end is as good.
    return order.index(after) + 1 if after in order else len(order)


def _insert(
    actor: User | None,
    issue: Issue,
    order: list[int],
    place: int,
    kind: str,
    data: dict[str, Any],
    *,
    pk: int | None = None,
) -> Block:
    if len(order) >= MOST_BLOCKS:
        raise Invalid(
            f"A newsletter holds at most {MOST_BLOCKS} blocks. Shorter ones are read.", code="too_many_blocks"
        )
    last = issue.blocks.aggregate(last=Max("position"))["last"] or 0
    block = Block(pk=pk, issue=issue, position=last + 1, kind=kind, data=data)
    block.save(force_insert=True)
    order.insert(place, block.pk)
    _renumber(issue, order)
    end_change(actor=actor, issue=issue)
    block.refresh_from_db(fields=["position"])
    return block


def _renumber(issue: Issue, order: list[int]) -> None:
    """Give the blocks the positions of their order; the database looks at them when the transaction ends."""
    now = dict(issue.blocks.values_list("pk", "position"))
    moved = [Block(pk=pk, position=n) for n, pk in enumerate(order, start=1) if now[pk] != n]
    Block.objects.bulk_update(moved, ["position"])
