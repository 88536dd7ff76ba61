"""The registry of what may be filled into a text for each recipient."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Trim

from accounts.models import Assignment, CompanySettings, Contact, Role

Load = Callable[[Sequence[int]], Mapping[int, str]]


@dataclass(frozen=True)
class Variable:
    """A value that each contact has or lacks.

    `load` returns it by the contacts' ids in a fixed number of queries. Where it can be read beside a contact, `column`
    says how instead, and all of those are read at once.
    """

    name: str
    label: str
    sample: str
    load: Load | None = None
    column: str | Combinable | None = None


_variables: dict[str, Variable] = {}


def register(variable: Variable) -> None:
    """Add the variable, or put it in the place of the one of its name."""
    _variables[variable.name] = variable


def variables() -> list[Variable]:
    """Return all variables in the order they were registered."""
    return list(_variables.values())


def names() -> frozenset[str]:
    """Return the names that a text may use."""
    return frozenset(_variables)


def values_of(contact_ids: Sequence[int], wanted: Iterable[str]) -> dict[int, dict[str, str]]:
    """Return the values of each contact by the variable's name; what somebody lacks is missing or empty."""
    asked = [_variables[name] for name in dict.fromkeys(wanted) if name in _variables]
    values: dict[int, dict[str, str]] = {pk: {} for pk in contact_ids}
    columns = {variable.name: variable.column for variable in asked if variable.column is not None}
    if columns:
        rows = Contact.objects.filter(pk__in=contact_ids)
        for pk, *row in rows.values_list("pk", *columns.values()):
            values[pk] = {name: value or "" for name, value in zip(columns, row, strict=True)}
    for variable in asked:
        if variable.load is not None:
            for pk, value in variable.load(contact_ids).items():
                if pk in values:
                    values[pk][variable.name] = value
    return values


def _of_csm(column: str) -> Load:
    """Return what loads a column of the person who owns the contact's customer as its CSM now."""

    def load(contact_ids: Sequence[int]) -> dict[int, str]:
        owners = Assignment.objects.filter(
            role=Role.CSM, ends_at=None, person__is_active=True, customer__contacts__in=contact_ids
        )
        return {pk: value or "" for pk, value in owners.values_list("customer__contacts", f"person__{column}")}

    return load


def _company(contact_ids: Sequence[int]) -> dict[int, str]:
    return dict.fromkeys(contact_ids, CompanySettings.current().name)


def _nobody_has_it(contact_ids: Sequence[int]) -> dict[int, str]:
    return {}


register(Variable("contact.first_name", "First name", "Ann", column="first_name"))
register(Variable("contact.last_name", "Last name", "Miller", column="last_name"))
register(
    Variable("contact.name", "Full name", "Ann Miller", column=Trim(Concat("first_name", Value(" "), "last_name")))
)
register(Variable("customer.name", "Company of the recipient", "Acme", column="customer__name"))
register(Variable("csm.name", "The customer's CSM", "Chris Smith", _of_csm("name")))
register(Variable("csm.email", "Address of the customer's CSM", "chris@company.example", _of_csm("email")))
register(Variable("team.name", "Team of the customer's CSM", "Team North", _of_csm("team__name")))
register(Variable("company.name", "Our company", "My company", _company))
# Whoever holds webinars registers it anew; until then everybody gets the fallback.
register(Variable("webinar.next", "The next webinar", "Reports in ten minutes, December 3", _nobody_has_it))
