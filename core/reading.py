"""In which locale the person on the other side reads figures and dates; the pages' words are English."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from babel import Locale, UnknownLocaleError

ENGLISH = Locale("en")

_current: ContextVar[Locale] = ContextVar("reading_locale", default=ENGLISH)


def current_locale() -> Locale:
    """Return the locale that figures and dates are printed in."""
    return _current.get()


def locale_named(language: str, country: str = "") -> Locale:
    """Return the locale of a language (`de`, `pt-BR`) in a country, or the nearest that Babel knows, English last."""
    tag = language.replace("-", "_")
    for name in (f"{tag}_{country}" if country and "_" not in tag else tag, tag, tag.partition("_")[0]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return ENGLISH


@contextmanager
def read_in(locale: Locale) -> Iterator[None]:
    """Print figures and dates in this locale until the block ends: for a page, or for a mail to somebody."""
    token = _current.set(locale)
    try:
        yield
    finally:
        _current.reset(token)
