"""The filters that are set, in words, each with the address of the list without it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import User
from workspace.lists.filters import ANY, NONE, ValuesField
from workspace.lists.reading import CustomerList
from workspace.naming import country_name, language_name

NAMED = {"country": country_name, "language": language_name}


@dataclass(frozen=True)
class Chip:
    """One value of one filter."""

    label: str
    text: str
    remove: str


def chips(listing: CustomerList) -> list[Chip]:
    """Return a chip for each value set, the search apart, in one query where people are named."""
    active = {name: value for name, value in listing.filters.active().items() if name != "q"}
    people = _people(active.get("csm", []))
    found = []
    for name, value in active.items():
        values = value if isinstance(value, list) else [value]
        for one in values:
            rest = [str(other) for other in values if other != one] if isinstance(value, list) else None
            label = str(listing.filters.fields[name].label).removesuffix(" (any of)")
            found.append(Chip(label, _words(listing, name, one, people), listing.address(**{name: rest})))
    return found


def _people(values: list[str]) -> dict[str, str]:
    ids = [int(value) for value in values if value not in (NONE, ANY)]
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _words(listing: CustomerList, name: str, value: Any, people: dict[str, str]) -> str:
    if name == "csm":
        return {NONE: "nobody", ANY: "anybody"}.get(value) or people.get(value, f"person {value}")
    if isinstance(value, date):
        return value.isoformat()
    if name in NAMED:
        if value == NONE:
            return "unknown"
        return NAMED[name](value)
    field = listing.filters.fields[name]
    options = field.options if isinstance(field, ValuesField) else getattr(field, "choices", [])
    return str(dict(options).get(value, value))
