"""The registry of the kinds of blocks that an issue is put together from.

An app adds a kind of its own by `register` from its AppConfig.ready. What a kind draws it gets from the sheet: words,
Markdown and addresses become marks that stand for them until the layout is done, so nothing that a person wrote ever
passes through the layout's language.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.errors import NotFound

if TYPE_CHECKING:
    from newsletters.forms.blocks import BlockForm
    from newsletters.rendering.sheets import HtmlSheet, TextSheet

Data = dict[str, Any]


@dataclass(frozen=True)
class BlockKind:
    """A kind of block: how it is asked for, and how it is drawn.

    `mjml` returns MJML for inside a column, `text` its plain words, `links` every address in it as written; `texts`
    every text of a person in it, in which variables may stand.
    """

    key: str
    label: str
    icon: str
    form: "type[BlockForm]"
    mjml: "Callable[[Data, HtmlSheet], str]"
    text: "Callable[[Data, TextSheet], str]"
    links: Callable[[Data], list[str]]
    texts: Callable[[Data], list[str]] = field(default=lambda data: [])


_kinds: dict[str, BlockKind] = {}


def register(kind: BlockKind) -> None:
    """Add the kind, or put it in the place of the one of its key."""
    _kinds[kind.key] = kind


def kind_of(key: str) -> BlockKind:
    """Return the kind; raise NotFound where no app knows it."""
    if key not in _kinds:
        raise NotFound(f"There is no kind of block called “{key}”.")
    return _kinds[key]


def kinds() -> list[BlockKind]:
    """Return all kinds in the order they were registered."""
    return list(_kinds.values())
