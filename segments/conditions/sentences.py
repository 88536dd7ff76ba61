"""Says a condition tree in words: "ARR at least 60,000 USD or well-known brand"."""

from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from segments.conditions.fields import MONEY, Field, Type
from segments.conditions.trees import Condition, Node

NUMBER_WORDS = {"gte": "at least", "gt": "more than", "lte": "at most", "lt": "less than", "eq": "exactly"}


def sentence(node: Node, *, currency: str, locale: str = "en") -> str:
    """Return the tree in words, numbers and dates as the locale writes them."""
    said = _Speaker(currency, locale).say(node)
    return said[:1].upper() + said[1:]


class _Speaker:
    def __init__(self, currency: str, locale: str) -> None:
        self._currency = currency
        self._locale = locale

    def say(self, node: Node, *, inside: bool = False) -> str:
        if isinstance(node, Condition):
            return self._condition(node)
        if not node.parts:
            return "every customer" if node.join == "all" else "no customer"
        said = [self.say(part, inside=len(node.parts) > 1) for part in node.parts]
        words = _listed(said, "and" if node.join == "all" else "or")
        return f"({words})" if inside and len(said) > 1 else words

    def _condition(self, condition: Condition) -> str:
        field, op, value = condition.field, condition.op, condition.value
        if field.type is Type.GONE:
            return f"{field.words} (a field that is gone: never holds)"
        if op in ("empty", "not_empty"):
            return f"{field.words} {'not known' if op == 'empty' else 'known'}"
        if field.type is Type.YES_NO:
            return field.yes_words if value else field.no_words
        if field.type is Type.NUMBER:
            return f"{field.words} {self._number_words(field, op, value)}"
        if field.type is Type.DATE:
            return f"{field.words} {self._date_words(op, value)}"
        return f"{field.words} {_text_words(field, op, value)}"

    def _number_words(self, field: Field, op: str, value: Any) -> str:
        unit = self._currency if field.unit == MONEY else field.unit
        tail = f" {unit}" if unit else ""
        if op == "between":
            return f"between {self._number(value[0])} and {self._number(value[1])}{tail}"
        return f"{NUMBER_WORDS[op]} {self._number(value)}{tail}"

    def _date_words(self, op: str, value: Any) -> str:
        match op:
            case "from":
                return f"on or after {self._date(value)}"
            case "before":
                return f"before {self._date(value)}"
            case "in_last_days":
                return f"in the last {self._number(value)} days"
            case "in_next_days":
                return f"in the next {self._number(value)} days"
            case _:
                return f"from {self._date(value[0])} to {self._date(value[1])}"

    def _number(self, value: Decimal | int) -> str:
        return format_decimal(value, format="#,##0.####", locale=self._locale)

    def _date(self, value: date) -> str:
        return format_date(value, locale=self._locale)


def _text_words(field: Field, op: str, value: Any) -> str:
    if op in ("contains", "not_contains"):
        return f"{'contains' if op == 'contains' else 'does not contain'} “{value}”"
    labels = dict(field.choices)
    names = [labels.get(one, one) for one in value]
    match op:
        case "in":
            return _listed(names, "or")
        case "not_in":
            return f"other than {_listed(names, 'or')}"
        case "has_all":
            return f"with {_listed(names, 'and')}"
        case "has_none":
            return f"without {_listed(names, 'or')}"
        case _:
            return f"with {_listed(names, 'or')}"


def _listed(words: list[str], joint: str) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
