"""The values that filters offer: those that the viewer's customers have."""

from collections.abc import Callable, Iterable
from typing import cast

from django.db import connection
from django.db.models import F, Func, QuerySet

from accounts.models import Customer, User
from segments.queries.placement import csms
from workspace.lists.filters import NONE, FilterForm, ValuesField
from workspace.naming import country_name, language_name

FIELDS = ("country", "industry", "language", "edition")
NAMED: dict[str, Callable[[str], str]] = {"country": country_name, "language": language_name}
# More than this nobody reads through; the address takes any value.
MAX_OPTIONS = 200


def offer_values(form: FilterForm, customers: QuerySet[Customer]) -> None:
    """Fill the form's open choices with the values that these customers have, and with the CSMs; in three queries."""
    active = form.active()
    found = _distinct(customers)
    for name in FIELDS:
        _offer(form, name, found.get(name, []), active)
    tags = customers.order_by().values_list(Func(F("tags"), function="unnest"), flat=True).distinct()[:MAX_OPTIONS]
    _offer(form, "tag", tags, active)
    people = [(str(user.pk), str(user)) for user in csms().order_by("name", "pk")[:MAX_OPTIONS]]
    csm = cast(ValuesField, form.fields["csm"])
    csm.options = [(NONE, "Nobody"), *people]
    csm.widget.choices = csm.options


def _distinct(customers: QuerySet[Customer]) -> dict[str, list[str]]:
    sql, params = customers.order_by().values(*FIELDS).query.sql_with_params()
    names = ", ".join(FIELDS)
    sets = ", ".join(f"({name})" for name in FIELDS)
    # One pass over the customers finds the values of all fields.
    statement = f"SELECT {names} FROM ({sql}) seen GROUP BY GROUPING SETS ({sets})"  # noqa: S608 - Django's own SQL
    found: dict[str, list[str]] = {name: [] for name in FIELDS}
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for row in cursor.fetchall():
            for name, value in zip(FIELDS, row, strict=True):
                if value:
                    found[name].append(value)
    return found


def _offer(form: FilterForm, name: str, values: Iterable[str], active: dict) -> None:
    field = cast(ValuesField, form.fields[name])
    chosen = active.get(name, [])
    offered = sorted({*list(values)[:MAX_OPTIONS], *chosen}, key=str.casefold)
    named = NAMED.get(name)
    field.options = [(value, _words(value, named) if named else value) for value in offered]
    field.widget.choices = field.options


def _words(value: str, named: Callable[[str], str]) -> str:
    return "Unknown" if value == NONE else named(value)


def people_to_look_at(viewer: User, people: QuerySet[User]) -> list[User]:
    """Return the people whose portfolios the viewer may open, by name, the viewer first."""
    found = list(people.filter(is_active=True).order_by("name", "pk")[: MAX_OPTIONS + 1])
    return sorted(found, key=lambda person: person.pk != viewer.pk)
