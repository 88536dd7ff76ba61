"""Decides a condition tree on plain values: what the database answers, without the database."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from segments.conditions.fields import Type
from segments.conditions.trees import Condition, Group, Node

# A customer's values by field key; None, a missing key, an empty text or no tags at all is "not known".
Facts = Mapping[str, Any]

ONE = Decimal(1)


def holds(node: Node, facts: Facts, *, today: date, factor: Decimal = ONE) -> bool:
    """Tell whether the tree holds for these values, every figure first multiplied by `factor`."""
    if isinstance(node, Group):
        each = (holds(part, facts, today=today, factor=factor) for part in node.parts)
        return all(each) if node.join == "all" else any(each)
    return _condition_holds(node, facts, today, factor)


def _condition_holds(condition: Condition, facts: Facts, today: date, factor: Decimal) -> bool:
    field = condition.field
    if field.type is Type.GONE:
        return False
    known: Any = facts.get(field.key)
    is_empty = known is None or known == "" or known == []
    if condition.op in ("empty", "not_empty"):
        return is_empty is (condition.op == "empty")
    if is_empty:
        # Only "none of" holds for what is not known.
        return condition.op in ("not_in", "not_contains", "has_none")
    if field.type is Type.DATE:
        return _date_holds(condition, known, today)
    if field.is_figure:
        known = known * factor
    return _QUESTIONS[condition.op](known, condition.value)


def _date_holds(condition: Condition, known: date, today: date) -> bool:
    value = condition.value
    match condition.op:
        case "from":
            return known >= value
        case "before":
            return known < value
        case "in_last_days":
            return today - timedelta(days=value) <= known <= today
        case "in_next_days":
            return today <= known <= today + timedelta(days=value)
        case _:
            return value[0] <= known <= value[1]


def simple_upper(text: str) -> str:
    """Return the text in capitals letter by letter, as PostgreSQL does: ß stays ß."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)


_QUESTIONS: dict[str, Callable[[Any, Any], bool]] = {
    "gte": lambda known, value: known >= value,
    "gt": lambda known, value: known > value,
    "lte": lambda known, value: known <= value,
    "lt": lambda known, value: known < value,
    "eq": lambda known, value: known == value,
    "between": lambda known, value: value[0] <= known <= value[1],
    "is": lambda known, value: known is value,
    "in": lambda known, value: known in value,
    "not_in": lambda known, value: known not in value,
    "contains": lambda known, value: simple_upper(value) in simple_upper(known),
    "not_contains": lambda known, value: simple_upper(value) not in simple_upper(known),
    "has_any": lambda known, value: bool(set(known) & set(value)),
    "has_all": lambda known, value: set(known) >= set(value),
    "has_none": lambda known, value: not set(known) & set(value),
}
