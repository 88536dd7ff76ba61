"""Public holidays of a country, or of one of its states or provinces, as the library `holidays` knows them."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

NONE: Mapping[date, str] = MappingProxyType({})
# Every country with its parts for a few years; one takes a few kilobytes.
REMEMBERED = 2_000


@lru_cache(maxsize=REMEMBERED)
def holidays_in_year(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """Return the names of the year's public holidays by date; none for a country that the library doesn't know.

    For a subdivision that it doesn't know they are those of the whole country.
    """
    if country not in known_countries():
        return NONE
    part = subdivision if subdivision in subdivisions_of(country) else None
    days = holidays.country_holidays(country, subdiv=part, years=year, expand=False, language="en_US")
    return MappingProxyType({day: name for day, name in sorted(days.items()) if day.year == year})


def holidays_between(country: str, subdivision: str, first: date, last: date) -> dict[date, str]:
    """Return the names of the public holidays from the first day to the last, by date."""
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in holidays_in_year(country, subdivision, year).items()
        if first <= day <= last
    }


@lru_cache(maxsize=1)
def known_countries() -> frozenset[str]:
    """Return the codes (ISO 3166-1) of the countries whose holidays are known."""
    return frozenset(code for code in _supported() if len(code) == 2)


def subdivisions_of(country: str) -> tuple[str, ...]:
    """Return the codes of the states or provinces with holidays of their own; none where there are none."""
    return tuple(_supported().get(country, ()))


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)
