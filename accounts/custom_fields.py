"""The typed fields that an administrator adds to every customer: which there are, and what may stand in them."""

from collections.abc import Mapping
from typing import Any

from accounts.facts import clean_custom_value, raise_first
from accounts.models import CustomField
from core.errors import Invalid


def active_fields() -> list[CustomField]:
    """Return the fields in use, in their order."""
    return list(CustomField.objects.filter(is_active=True))


def clean_custom(values: Mapping[str, Any], *, fields: list[CustomField] | None = None) -> dict[str, Any]:
    """Return the values by key as the customer keeps them; None stands for "take the value away".

    Raises Invalid naming the first field that is unknown or does not fit its type, with all problems in its details.
    `fields` spares the query to those who clean many rows.
    """
    known = {field.key: field for field in (active_fields() if fields is None else fields)}
    cleaned: dict[str, Any] = {}
    problems: list[Invalid] = []
    for key, value in values.items():
        try:
            cleaned[key] = _clean(known, key, value)
        except Invalid as problem:
            problem.field = f"custom.{key}"
            problems.append(problem)
    raise_first(problems)
    return cleaned


def _clean(known: Mapping[str, CustomField], key: str, value: Any) -> Any:
    field = known.get(key)
    if field is None:
        raise Invalid(f"There is no custom field “{key}”.", code="unknown_field")
    return clean_custom_value(value, kind=field.type, choices=field.choices)
