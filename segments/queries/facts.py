"""A customer's values as conditions ask for them."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from accounts.models import Customer
from segments.conditions.fields import CUSTOM_PREFIX, Field, FieldSet, Type
from segments.conditions.sql import DATE_PATTERN, MONTHS, NUMBER_PATTERN


def facts_of(customer: Customer, fields: FieldSet, *, today: date) -> dict[str, Any]:
    """Return the customer's value of every field; one query, for the active subscriptions."""
    return {key: _fact(customer, field, today) for key, field in fields.by_key.items()}


def _fact(customer: Customer, field: Field, today: date) -> Any:
    if field.key.startswith(CUSTOM_PREFIX):
        return _custom(field, customer.custom.get(field.key.removeprefix(CUSTOM_PREFIX)))
    match field.key:
        case "arr":
            return customer.mrr * MONTHS
        case "age_days":
            return None if customer.signed_up_on is None else (today - customer.signed_up_on).days
        case "active_subscriptions":
            runs_on = Q(ends_on=None) | Q(ends_on__gt=today)
            return customer.subscriptions.filter(runs_on, starts_on__lte=today, is_trial=False).count()
        case _:
            return getattr(customer, field.key)


def _custom(field: Field, kept: Any) -> Any:
    match field.type:
        case Type.NUMBER:
            text = "" if isinstance(kept, bool) else str(kept)
            return Decimal(text) if re.fullmatch(NUMBER_PATTERN.strip("^$"), text) else None
        case Type.YES_NO:
            return kept if isinstance(kept, bool) else None
        case Type.DATE:
            fits = isinstance(kept, str) and re.fullmatch(DATE_PATTERN.strip("^$"), kept)
            return date.fromisoformat(kept) if fits else None
        case _:
            return kept if isinstance(kept, str) else None
