"""Regions of the world by country, as the time zones' database sorts them: who works while these customers do."""

from functools import cache

from babel.core import get_global

UNKNOWN = ""
# The first part of a zone's name says the region; islands of three oceans belong to the one with their customers' day.
NAMES = {
    "America": "Americas",
    "Europe": "Europe",
    "Africa": "Africa",
    "Asia": "Asia",
    "Indian": "Asia",
    "Australia": "Oceania",
    "Pacific": "Oceania",
    "Atlantic": "Europe",
    "Arctic": "Europe",
    "Antarctica": "Oceania",
}


@cache
def _regions() -> dict[str, str]:
    found: dict[str, dict[str, int]] = {}
    for zone, country in get_global("zone_territories").items():
        region = NAMES.get(zone.partition("/")[0])
        if region:
            counts = found.setdefault(country, {})
            counts[region] = counts.get(region, 0) + 1
    # A country with zones in two regions (Spain's and Portugal's islands, France's old ones) is where most are.
    return {country: max(sorted(counts), key=lambda region: counts[region]) for country, counts in found.items()}


def region_of(country: str) -> str:
    """Return the region of a country's code; empty where it is not known."""
    return _regions().get(country, UNKNOWN)
