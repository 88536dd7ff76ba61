"""What a mail is drawn on: whatever a person wrote is held back behind a mark until the layout is done.

A mark is made of letters that nobody can guess, so no text of a person can pretend to be one. The layout's language
sees marks alone; `cut` puts back what each stands for, which is safe for the place that it was asked for.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from uuid import UUID

from django.conf import settings

from newsletters.models import Picture
from newsletters.rendering import markdown
from newsletters.rules.addresses import is_safe
from newsletters.rules.phrases import ENGLISH, Phrases
from newsletters.rules.templates import Piece, Slot, parse
from newsletters.rules.words import one_line, plain_lines

# Of these slots every recipient has a value, which no text can ask for: their names have no full stop.
TOKEN = Slot("token")
BOOKING = Slot("booking_url")


@dataclass(frozen=True)
class Shown:
    """A stored picture as a mail shows it."""

    url: str
    width: int
    height: int


@dataclass
class Sheet:
    """The ground of both sheets.

    `links` says which stored link an address is counted by; what is not in it is linked as it is.
    """

    known: Collection[str]
    pictures: Mapping[UUID, Picture] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)
    direction: str = "ltr"
    phrases: Phrases = ENGLISH
    _held: list[list[Piece]] = field(default_factory=list)
    _nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def hold(self, *pieces: Piece) -> str:
        """Return the mark that stands for these pieces, which are safe where the mark will stand."""
        self._held.append([piece for piece in pieces if piece != ""])
        return f"Z{self._nonce}x{len(self._held) - 1}Z"

    def is_marked(self, text: str) -> bool:
        """Tell whether a mark stands in the text."""
        return f"Z{self._nonce}x" in text

    def cut(self, drawn: str) -> list[Piece]:
        """Return what was drawn with its marks put back, as literal parts and slots."""
        pieces: list[Piece] = []
        end = 0
        for found in re.finditer(rf"Z{self._nonce}x(\d+)Z", drawn):
            pieces.append(drawn[end : found.start()])
            for piece in self._held[int(found[1])]:
                pieces += self.cut(piece) if isinstance(piece, str) else [piece]
            end = found.end()
        pieces.append(drawn[end:])
        return _joined(pieces)

    def marked(self, text: str) -> str:
        """Return the text as a person wrote it, with marks in the place of its variables."""
        pieces = parse(text, self.known)
        return "".join(piece if isinstance(piece, str) else self.hold(piece) for piece in pieces)

    def picture(self, uid: str) -> Shown | None:
        """Return the issue's picture, or None where it has no such picture."""
        try:
            found = self.pictures.get(UUID(uid))
        except (ValueError, TypeError, AttributeError):
            return None
        return Shown(picture_url(found.uid), found.width, found.height) if found else None

    def _target(self, url: str) -> tuple[Piece, ...] | None:
        """Return where a link leads, or None where no link may: by its counter, if it has one."""
        if not is_safe(url) or self.is_marked(url):
            return None
        if url in self.links:
            return f"{settings.PUBLIC_URL}/n/", TOKEN, f"/to/{self.links[url]}/"
        return (url,)


class HtmlSheet(Sheet):
    """Where the HTML part is drawn."""

    def words(self, text: object) -> str:
        """Return the mark for one line of plain text, good inside an element and inside an attribute."""
        pieces = parse(one_line(str(text)), self.known)
        return self.hold(*(escape(piece) if isinstance(piece, str) else piece for piece in pieces))

    def literal(self, text: str) -> str:
        """Return the mark for one line in which no variables stand."""
        return self.hold(escape(one_line(text)))

    def markdown(self, text: object, *, level: int = 2) -> str:
        """Return the mark for a text in Markdown, cleaned; good inside an element that holds blocks.

        `level` is that of its largest heading: 3 beneath a heading of the block's own.
        """
        marked = self.marked(plain_lines(str(text)))
        return self.hold(markdown.as_html(marked, self.href, level=level, direction=self.direction))

    def href(self, url: object) -> str | None:
        """Return the mark for where a link leads, for an href; None where no link may lead there."""
        target = self._target(str(url))
        return self.hold(*(escape(piece) if isinstance(piece, str) else piece for piece in target)) if target else None

    def source(self, shown: Shown) -> str:
        """Return the mark for a picture's address, for a src."""
        return self.hold(escape(shown.url))

    def booking_href(self) -> str:
        """Return the mark for where the recipient books, for an href."""
        return self.hold(BOOKING)


class TextSheet(Sheet):
    """Where the plain text part is drawn."""

    def words(self, text: object) -> str:
        """Return the mark for one line of text."""
        return self.hold(*parse(one_line(str(text)), self.known))

    def literal(self, text: str) -> str:
        """Return the mark for one line in which no variables stand."""
        return self.hold(one_line(text))

    def title(self, text: object) -> str:
        """Return the mark for a heading with a line beneath it."""
        marked = self.marked(one_line(str(text)))
        return self.hold(f"{marked}\n{'-' * min(markdown.width_of(marked), markdown.WIDEST_RULE)}") if marked else ""

    def markdown(self, text: object) -> str:
        """Return the mark for a text in Markdown as plain text."""
        return self.hold(markdown.as_text(self.marked(plain_lines(str(text))), self.href))

    def href(self, url: object) -> str | None:
        """Return the mark for where a link leads; None where no link may lead there."""
        target = self._target(str(url))
        return self.hold(*target) if target else None

    def booking_href(self) -> str:
        """Return the mark for where the recipient books."""
        return self.hold(BOOKING)


def picture_url(uid: UUID) -> str:
    """Return the address under which everybody can load a picture."""
    return f"{settings.PUBLIC_URL}/n/pictures/{uid}/"


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with neighbouring literal parts made one."""
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return joined
