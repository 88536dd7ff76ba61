"""Markdown as HTML that mail programs show, and as plain text that reads well.

CommonMark without raw HTML and without pictures. The HTML is cleaned once more by a list of what may stay.
"""

import itertools
import re
from collections.abc import Callable, Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletters.rendering.palette import STYLES, styles_for
from newsletters.rules.addresses import is_safe

# Gives what stands in the place of an address, or None where no link may lead there.
Href = Callable[[str], str | None]

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LAST_LEVEL = 4
_TAGS = set(STYLES) | {"em", "strong", "br"}
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_ADDED = {way: {tag: {"style": style} for tag, style in styles_for(way).items()} for way in ("ltr", "rtl")}
for _added in _ADDED.values():
    _added["a"]["target"] = "_blank"
# What stands for a value while a text is drawn (see sheets), and how wide a value is taken for.
_MARK = re.compile(r"Z[0-9a-f]{16}x\d+Z")
LETTERS_OF_A_VALUE = 6
WIDEST_RULE = 60
_UNDERLINES = {"h1": "=", "h2": "-"}

_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")
_markdown.validateLink = is_safe  # type: ignore[method-assign]


def as_html(text: str, href: Href, *, level: int = 2, direction: str = "ltr") -> str:
    """Return the text as clean HTML with its styles on the elements; a link without a target stays as words.

    Its largest heading becomes one of `level`, for there are larger ones around it, and none is left out below.
    """
    tokens = _markdown.parse(text)
    used = sorted({token.tag for token in tokens if token.tag in _HEADINGS})
    for token in _every(tokens):
        if token.tag in _HEADINGS:
            token.tag = f"h{min(level + used.index(token.tag), _LAST_LEVEL)}"
        elif token.type == "link_open":
            target = href(_address(token))
            token.attrs = {"href": target} if target else {}
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        set_tag_attribute_values=_ADDED[direction],
        url_schemes={"https", "http", "mailto"},
    ).strip()


def as_text(text: str, href: Href) -> str:
    """Return the text as plain text: links with their address behind, lists with their signs."""
    return _Plain(href).of(_markdown.parse(text))


def links_in(text: str) -> list[str]:
    """Return the address of every link that the text makes, in its order."""
    return [_address(token) for token in _every(_markdown.parse(text)) if token.type == "link_open"]


def named_links_in(text: str) -> list[tuple[str, str]]:
    """Return the words and the address of every link that the text makes."""
    found = []
    for token in _markdown.parse(text):
        inline = token.children or []
        for start, child in enumerate(inline):
            if child.type == "link_open":
                words = itertools.takewhile(lambda one: one.type != "link_close", inline[start:])
                found.append(("".join(one.content for one in words), _address(child)))
    return found


def width_of(line: str) -> int:
    """Return about how many letters wide the line will be with its values filled in."""
    return len(_MARK.sub("x" * LETTERS_OF_A_VALUE, line))


def _address(token: Token) -> str:
    return str(token.attrs.get("href", ""))


def _every(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or [])


class _Plain:
    """Writes a text out, one line after the other, behind the signs of the quotes and lists it stands in."""

    def __init__(self, href: Href) -> None:
        self._href = href
        self._lines: list[str] = []
        # What stands before each line: first where a list's item begins, then for all of its others.
        self._margins: list[list[str]] = []
        self._counters: list[int | None] = []
        self._is_tight = False

    def of(self, tokens: list[Token]) -> str:
        """Return the text."""
        heading = ""
        for token in tokens:
            if token.type in ("heading_open", "paragraph_open"):
                heading = token.tag
                self._is_tight = token.hidden
            elif token.type == "inline":
                self._block(self._inline(token.children or []), _UNDERLINES.get(heading, ""))
            elif token.type in ("fence", "code_block"):
                self._block("\n".join("    " + line for line in token.content.rstrip("\n").split("\n")))
            elif token.type == "hr":
                self._block("-" * 20)
            else:
                self._container(token)
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")

    def _container(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            first = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
            self._counters.append(first)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._counters.pop()
            self._gap()
        elif token.type == "list_item_open":
            self._margins.append(self._item())
        elif token.type == "blockquote_open":
            self._margins.append(["> ", "> "])
        elif token.type in ("list_item_close", "blockquote_close"):
            self._margins.pop()
            if self._lines and not self._lines[-1].strip(" >"):
                # The empty line behind what was quoted is not part of it.
                self._lines[-1] = self._open_margin()

    def _item(self) -> list[str]:
        number = self._counters[-1]
        if number is None:
            return ["- ", "  "]
        self._counters[-1] = number + 1
        sign = f"{number}. "
        return [sign, " " * len(sign)]

    def _block(self, text: str, underline: str = "") -> None:
        if not text.strip():
            return
        lines = text.split("\n")
        if underline:
            lines.append(underline * min(max(map(width_of, lines)), WIDEST_RULE))
        for line in lines:
            self._lines.append(self._margin() + line)
        if not (self._is_tight and self._counters):
            self._gap()

    def _gap(self) -> None:
        if self._lines and self._lines[-1].strip(" >"):
            self._lines.append(self._open_margin())

    def _open_margin(self) -> str:
        return "".join(margin[1] for margin in self._margins).rstrip()

    def _margin(self) -> str:
        margin = "".join(part[0] for part in self._margins)
        for part in self._margins:
            part[0] = part[1]
        return margin

    def _inline(self, tokens: list[Token]) -> str:
        written: list[str] = []
        begun: list[tuple[int, str]] = []
        for token in tokens:
            if token.type in ("softbreak", "hardbreak"):
                written.append(" " if token.type == "softbreak" else "\n")
            elif token.type == "link_open":
                begun.append((len(written), _address(token)))
            elif token.type == "link_close":
                start, url = begun.pop()
                written[start:] = [self._link("".join(written[start:]), url)]
            else:
                written.append(token.content)
        return "".join(written)

    def _link(self, words: str, url: str) -> str:
        target = self._href(url)
        if target is None:
            return words
        is_itself = words in (url, url.removeprefix("mailto:"))
        return target if is_itself else f"{words} ({target})"
