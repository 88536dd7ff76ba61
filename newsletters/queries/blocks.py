"""The blocks of an issue as the editor lists them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from core.errors import NotFound
from newsletters.actions.blocks import block_mark
from newsletters.blocks import BlockKind, kind_of
from newsletters.models import Block, Issue

SUMMARY_LETTERS = 220


@dataclass(frozen=True)
class Card:
    """A block in the list: in short, or with its form where it is being edited."""

    block: Block
    kind: BlockKind | None
    summary: str
    mark: str
    form: Any = None
    is_first: bool = False
    is_last: bool = False
    # Of the button that duplicates it.
    request_key: UUID = field(default_factory=uuid4)


def cards_of(issue: Issue, *, opened: Collection[int] = ()) -> list[Card]:
    """Return the issue's blocks in order, those of `opened` with their forms; one query."""
    blocks = list(issue.blocks.order_by("position"))
    return [
        card_of(issue, block, is_open=block.pk in opened, is_first=n == 0, is_last=n == len(blocks) - 1)
        for n, block in enumerate(blocks)
    ]


def card_of(
    issue: Issue, block: Block, *, is_open: bool = False, is_first: bool = False, is_last: bool = False
) -> Card:
    """Return one block as the list shows it."""
    kind = _known(block.kind)
    form = form_of(issue, kind, block) if is_open and kind else None
    return Card(block, kind, _summary(kind, block), block_mark(block), form, is_first, is_last)


def form_of(issue: Issue, kind: BlockKind, block: Block | None, *sent: Any) -> Any:
    """Return the form of a block, or of a new one; its fields are named apart from those of other blocks."""
    prefix = f"b{block.pk}" if block else "new"
    return kind.form(*sent, initial=block.data if block else None, issue=issue, prefix=prefix)


def _known(key: str) -> BlockKind | None:
    try:
        return kind_of(key)
    except NotFound:
        # The app that brought the kind is gone; its block can still be removed.
        return None


def _summary(kind: BlockKind | None, block: Block) -> str:
    if kind is None:
        return ""
    words = " ".join(" ".join(kind.texts(block.data)).split())
    return words if len(words) <= SUMMARY_LETTERS else words[: SUMMARY_LETTERS - 1].rstrip() + "…"
