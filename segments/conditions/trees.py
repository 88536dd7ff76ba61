"""Reads a condition tree as JSON knows it, checks it, and writes it back.

A tree is {"all": [...]} or {"any": [...]} of {"field", "op", "value"} and of further groups.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from core.errors import Invalid
from segments.conditions.fields import Field, FieldSet, Operator, Shape, Type

# Deep enough for "a and (b or (c and d))"; deeper trees are not read by anybody.
MAX_DEPTH = 4
MAX_CONDITIONS = 60
MAX_VALUES = 300
MAX_TEXT = 200
MAX_NUMBER = Decimal(10) ** 11
DECIMAL_PLACES = 4
MAX_DAYS = 36_500

# Of the field's type: Decimal, bool, str, int (days), date, or a tuple of them; None where nothing is asked for.
Value = Any


@dataclass(frozen=True)
class Condition:
    """One question about one field, its value already of the field's type."""

    field: Field
    op: str
    value: Value = None


@dataclass(frozen=True)
class Group:
    """Conditions of which all, or any, have to hold; an empty group of `all` holds for everybody."""

    join: Literal["all", "any"]
    parts: tuple["Node", ...]


Node = Condition | Group


def parse(tree: object, fields: FieldSet, *, path: str = "", lenient: bool = False, may_be_empty: bool = False) -> Node:
    """Return the tree, checked.

    Raises Invalid that names the place, as in "rules[0].all[1]". `lenient` is for trees saved long ago: what asks about
    a field that is gone becomes a condition that never holds. `may_be_empty` lets a group without conditions mean all.
    """
    reader = _Reader(fields, lenient=lenient, may_be_empty=may_be_empty)
    return reader.node(tree, path, depth=1)


def to_json(node: Node) -> dict[str, Any]:
    """Return the tree as JSON keeps it."""
    if isinstance(node, Group):
        return {node.join: [to_json(part) for part in node.parts]}
    written: dict[str, Any] = {"field": node.field.key, "op": node.op}
    if node.value is not None:
        written["value"] = _plain(node.value)
    return written


def conditions_in(node: Node) -> Iterator[Condition]:
    """Yield every condition of the tree, in order."""
    if isinstance(node, Condition):
        yield node
    else:
        for part in node.parts:
            yield from conditions_in(part)


def asks_figures(node: Node) -> bool:
    """Tell whether any condition asks about a figure: something that goes up and down by itself."""
    return any(condition.field.is_figure for condition in conditions_in(node))


class _Reader:
    def __init__(self, fields: FieldSet, *, lenient: bool, may_be_empty: bool) -> None:
        self._fields = fields
        self._lenient = lenient
        self._may_be_empty = may_be_empty
        self._count = 0

    def node(self, tree: object, path: str, depth: int) -> Node:
        if not isinstance(tree, dict):
            raise _wrong("A condition is an object.", path)
        if "field" in tree:
            return self._condition(tree, path)
        return self._group(tree, path, depth)

    def _group(self, tree: dict[str, Any], path: str, depth: int) -> Group:
        if len(tree) != 1 or not set(tree) <= {"all", "any"}:
            raise _wrong('A group is either {"all": […]} or {"any": […]}.', path)
        join: Literal["all", "any"] = "all" if "all" in tree else "any"
        parts = tree[join]
        here = f"{path}.{join}" if path else join
        if not isinstance(parts, list):
            raise _wrong("A group holds a list of conditions.", here)
        if not parts and not (self._may_be_empty and depth == 1):
            raise _wrong("Add at least one condition.", here)
        if depth > MAX_DEPTH:
            raise _wrong(f"Groups go at most {MAX_DEPTH} deep.", here)
        return Group(
            "all" if join == "all" else "any",
            tuple(self.node(part, f"{here}[{n}]", depth + 1) for n, part in enumerate(parts)),
        )

    def _condition(self, tree: dict[str, Any], path: str) -> Condition:
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise _wrong(f"A tree holds at most {MAX_CONDITIONS} conditions.", path)
        if unknown := set(tree) - {"field", "op", "value"}:
            raise _wrong(f"A condition knows no “{min(unknown)}”.", path)
        key = tree["field"]
        field = self._fields.by_key.get(key) if isinstance(key, str) else None
        if field is None or (key in self._fields.retired and not self._lenient):
            if self._lenient and isinstance(key, str):
                return _gone(Field(key, key, Type.GONE))
            raise _wrong("Choose a field." if not key else f"There is no field “{key}”.", path, part="field")
        operator = field.operator(tree.get("op"))
        if operator is None:
            if self._lenient:
                return _gone(field)
            raise _wrong(f"“{field.label}” does not understand “{tree.get('op')}”.", path, part="op")
        try:
            return Condition(field, operator.key, self._value(field, operator, tree.get("value")))
        except ValueError as error:
            if self._lenient:
                return _gone(field)
            raise _wrong(f"{field.label}: {error}", path, part="value") from error

    def _value(self, field: Field, operator: Operator, raw: object) -> Value:
        match operator.shape:
            case Shape.NONE:
                if raw not in (None, ""):
                    raise ValueError("this question takes no value.")
                return None
            case Shape.DAYS:
                return _whole(raw, least=0)
            case Shape.PART:
                return _text(raw)
            case Shape.MANY:
                return self._many(field, raw)
            case Shape.RANGE:
                return _range(field, raw)
            case _:
                return _one(field, raw)

    def _many(self, field: Field, raw: object) -> tuple[str, ...]:
        values = raw if isinstance(raw, list) else [raw]
        if not values or values in ([""], [None]):
            raise ValueError("choose at least one value.")
        if len(values) > MAX_VALUES:
            raise ValueError(f"at most {MAX_VALUES} values.")
        texts = tuple(dict.fromkeys(_text(value) for value in values))
        known = {choice for choice, _ in field.choices}
        if field.type is Type.CHOICE and not self._lenient:
            for text in texts:
                if text not in known:
                    raise ValueError(f"“{text}” is not one of its choices.")
        return texts


def _gone(field: Field) -> Condition:
    """Return the condition that never holds, for a field that is gone or has another type now."""
    return Condition(Field(field.key, field.label, Type.GONE), "gone")


def _one(field: Field, raw: object) -> Value:
    if field.type is Type.NUMBER:
        return _number(field, raw)
    if field.type is Type.DATE:
        return _date(raw)
    if not isinstance(raw, bool):
        raise ValueError("choose yes or no.")
    return raw


def _range(field: Field, raw: object) -> tuple[Value, Value]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise ValueError("give the two ends.")
    low, high = _one(field, raw[0]), _one(field, raw[1])
    if low > high:
        raise ValueError("the first end is past the second.")
    return low, high


def _number(field: Field, raw: object) -> Decimal | int:
    if field.unit == "days":
        return _whole(raw, least=-MAX_DAYS)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        raise ValueError("give a number.")
    try:
        number = Decimal(str(raw).strip()[:40])
    except InvalidOperation:
        raise ValueError(f"“{str(raw)[:40]}” is not a number.") from None
    if not number.is_finite() or abs(number) >= MAX_NUMBER:
        raise ValueError("the number is too large.")
    if number != round(number, DECIMAL_PLACES):
        raise ValueError(f"at most {DECIMAL_PLACES} decimal places.")
    return number


def _whole(raw: object, *, least: int) -> int:
    text = raw.strip() if isinstance(raw, str) else raw
    if isinstance(text, str) and text.removeprefix("-").isascii() and text.removeprefix("-").isdigit():
        text = int(text[:12])
    if isinstance(text, bool) or not isinstance(text, int):
        raise ValueError("give a whole number of days.")
    if not least <= text <= MAX_DAYS:
        raise ValueError(f"at least {least:,} and at most {MAX_DAYS:,} days.")
    return text


def _date(raw: object) -> date:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise ValueError("give a date as YYYY-MM-DD.") from None


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("give a text.")
    text = raw.strip()
    if len(text) > MAX_TEXT:
        raise ValueError(f"at most {MAX_TEXT} letters.")
    # The database keeps neither the zero sign nor half of a surrogate pair.
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("there is a letter that cannot be kept.")
    return text


def _plain(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        # Whole where it is whole; else a float of few enough places to come back the same.
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _wrong(message: str, path: str, *, part: str = "") -> Invalid:
    return Invalid(message, code="bad_condition", field="conditions", path=path, part=part)
