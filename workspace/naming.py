"""Codes in words: countries and languages, in the language of the pages."""

from babel import Locale, UnknownLocaleError

from core.reading import ENGLISH


def country_name(code: str) -> str:
    """Return a country's name, or the code where it has none."""
    return ENGLISH.territories.get(code, code)


def language_name(code: str) -> str:
    """Return a language's name, or the code where it has none."""
    try:
        return Locale.parse(code, sep="-").get_display_name(ENGLISH) or code
    except (UnknownLocaleError, ValueError, TypeError):
        return code
