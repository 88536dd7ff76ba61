"""Choices that several forms offer: time zones, spoken languages, countries."""

import zoneinfo
from functools import lru_cache

import pycountry
from babel import Locale

Choices = list[tuple[str, str]]

# Names such as "EST5EDT" or "Etc/GMT+3" are kept for old systems; people live in a city.
AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@lru_cache(maxsize=1)
def time_zones() -> Choices:
    """Return the zones of the world by area and city, UTC first."""
    names = sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in AREAS)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


@lru_cache(maxsize=1)
def spoken_languages() -> Choices:
    """Return the languages that Babel can name, by name."""
    named = Locale("en").languages
    pairs = [(str(code), str(named[code])) for code in named if len(str(code)) == 2]
    return sorted(pairs, key=lambda choice: choice[1])


@lru_cache(maxsize=1)
def countries() -> Choices:
    """Return the countries by name, with an empty first choice."""
    named = [(country.alpha_2, getattr(country, "common_name", country.name)) for country in pycountry.countries]
    return [("", "—"), *sorted(named, key=lambda choice: choice[1])]
