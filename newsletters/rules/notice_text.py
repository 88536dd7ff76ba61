"""The text of a notice: Markdown with bold, italics, links and lists, and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = frozenset({"http", "https"})
TAGS = frozenset({"p", "br", "strong", "em", "a", "ul", "ol", "li"})
RULES = ("emphasis", "link", "autolink", "list", "newline", "escape")
# What a widget draws stays small, so every process keeps the notices that show now.
REMEMBERED_TEXTS = 512
REFUSED = {
    "heading_open": "A notice has one title and no headings: begin no line with #.",
    "image": "A notice shows no pictures; link to them instead.",
    "table_open": "A notice shows no tables.",
    "fence": "A notice shows no blocks of code.",
    "html_block": "HTML is not understood here; write Markdown.",
    "html_inline": "HTML is not understood here; write Markdown.",
}
BAD_LINK = "Links lead to full addresses that begin with https:// or http://."


@dataclass(frozen=True)
class Run:
    """A piece of text in one look; `href` is where it leads, if anywhere."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""


@dataclass(frozen=True)
class Block:
    """A paragraph ("p"), or an item of a list with dots ("ul") or with numbers ("ol")."""

    kind: str
    runs: tuple[Run, ...]


def is_web_address(text: str) -> bool:
    """Tell whether the text is a full http or https address that a link may lead to."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme.lower() in SCHEMES and bool(parts.netloc)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"breaks": True}).enable(list(RULES))
    parser.validateLink = is_web_address  # type: ignore[method-assign,assignment]
    return parser


_PARSER = _parser()
# Understands all of Markdown, to tell what the notice would lose.
_WHOLE = MarkdownIt("commonmark").enable("table")
_WHOLE.validateLink = lambda url: True  # type: ignore[method-assign]


def problems_of(text: str) -> list[str]:
    """Return in sentences what a notice can't show of this Markdown; none where all of it shows."""
    found: dict[str, None] = {}
    for token in _flat(_WHOLE.parse(text)):
        if token.type in REFUSED:
            found[REFUSED[token.type]] = None
        if token.type == "link_open" and not is_web_address(str(token.attrGet("href") or "")):
            found[BAD_LINK] = None
    return list(found)


@lru_cache(maxsize=REMEMBERED_TEXTS)
def html_of(text: str) -> str:
    """Return the text as clean HTML; links open as strangers to the page."""
    html = _PARSER.render(text)
    return nh3.clean(
        html, tags=set(TAGS), attributes={"a": {"href"}}, url_schemes=set(SCHEMES), link_rel="noopener noreferrer"
    )


@lru_cache(maxsize=REMEMBERED_TEXTS)
def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the text as blocks of runs, for whoever draws it without HTML."""
    blocks: list[Block] = []
    lists: list[str] = []
    for token in _PARSER.parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append("ul" if token.type.startswith("bullet") else "ol")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "inline":
            blocks.append(Block(lists[-1] if lists else "p", tuple(_runs(token.children or []))))
    return tuple(blocks)


def _runs(tokens: list[Token]) -> Iterator[Run]:
    bold = italic = 0
    href = ""
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            bold += token.nesting
        elif token.type in ("em_open", "em_close"):
            italic += token.nesting
        elif token.type in ("link_open", "link_close"):
            href = str(token.attrGet("href") or "") if token.nesting > 0 else ""
        elif token.type in ("softbreak", "hardbreak"):
            yield Run("\n")
        elif token.content:
            yield Run(token.content, bool(bold), bool(italic), href)


def _flat(tokens: list[Token]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])
