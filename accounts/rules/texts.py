"""Texts: cleaned for storing, folded for comparing."""

import re
import unicodedata

from accounts.rules.errors import Unreadable

# Control characters except tab and line ends; PostgreSQL cannot store NUL at all.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_SPACES = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^\w]+|_+")
SHOWN = 40


def clean_text(text: str, limit: int, *, lines: bool = False) -> str:
    """Return the text trimmed, in NFC and on one line (unless `lines`); raise Unreadable past `limit` characters."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = _CONTROL.sub("", text)
        if not lines:
            text = _SPACES.sub(" ", text)
    text = text.strip()
    if len(text) > limit:
        raise Unreadable(f"This text has {len(text):,} characters; at most {limit:,} fit.", "too_long")
    return text


def fold(text: str) -> str:
    """Return the text in lower case, without accents, with one space for whatever is no letter or digit."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def shown(text: str) -> str:
    """Return the text as a message shows it: quoted and not too long."""
    short = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return f"“{short}”"
