"""How the texts of one column are read, by its field and the person's choices."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from accounts import rules
from accounts.imports.fields import CUSTOM, Field, Type
from accounts.rules import DateOrder, Unreadable

Reader = Callable[[str], Any]

MAX_TAGS = 30
TAG_LENGTH = 60
MAX_NUMBER = Decimal(10) ** 15
# Stands for a field that an empty cell cannot empty.
KEEP: Any = object()


@dataclass
class Choices:
    """What the person chose, or the guess proposed, for reading the file; see `from_options`."""

    date_order: dict[str, str] = field(default_factory=dict)
    decimal_mark: dict[str, str] = field(default_factory=dict)
    minor_units: frozenset[str] = frozenset()
    currency: str = ""
    clears: bool = False
    blanks_bad_values: bool = False
    end_is_last_day: bool = False

    @classmethod
    def from_options(cls, options: dict[str, Any]) -> "Choices":
        """Return the choices that a job's options hold."""
        return cls(
            date_order=dict(options.get("date_order", {})),
            decimal_mark=dict(options.get("decimal_mark", {})),
            minor_units=frozenset(options.get("minor_units", [])),
            currency=options.get("currency", ""),
            clears=options.get("empty_cells") == "clear",
            blanks_bad_values=options.get("bad_values") == "blank",
            end_is_last_day=bool(options.get("end_is_last_day")),
        )


def reader_for(field_: Field, column: str, choices: Choices) -> Reader:
    """Return the function that reads this column's trimmed texts; it raises Unreadable."""
    if field_.has_dates:
        order = choices.date_order.get(column, DateOrder.YEAR_FIRST)
        return _iso_date(order) if field_.name.startswith(CUSTOM) else lambda text: rules.read_date(text, order)
    if field_.has_numbers:
        return _number_reader(field_, choices.decimal_mark.get(column, "."))
    if field_.type == Type.CHOICE:
        return _choice_reader(field_)
    if field_.type in (Type.TEXT, Type.KEY, Type.REFERENCE):
        limit = field_.limit
        return lambda text: rules.clean_text(text, limit)
    return _READERS[field_.type]


def exact_reader_for(field_: Field, column: str, choices: Choices) -> Reader:
    """Return the reader of numbers that a program wrote, with a decimal point whatever the column's own mark."""
    return _number_reader(field_, ".") if field_.has_numbers else reader_for(field_, column, choices)


def empty_of(field_: Field) -> Any:
    """Return what a cleared field holds, KEEP where it cannot be empty."""
    if field_.name.startswith(CUSTOM):
        return None
    if field_.name in ("name", "email", "customer_name", "customer_domain", "full_name"):
        return KEEP
    if field_.type in (Type.TEXT, Type.COUNTRY, Type.LANGUAGE, Type.TIME_ZONE, Type.DOMAIN):
        return ""
    if field_.name in ("seats", "signed_up_on"):
        return None
    return KEEP


def _tags(text: str) -> list[str]:
    pieces = [rules.clean_text(piece, TAG_LENGTH) for piece in text.replace(";", ",").replace("|", ",").split(",")]
    tags = {piece.casefold(): piece for piece in reversed(pieces) if piece}
    if len(tags) > MAX_TAGS:
        raise Unreadable(f"At most {MAX_TAGS} tags fit; these are {len(tags)}.", "too_many_tags")
    return list(reversed(tags.values()))


_READERS: dict[Type, Reader] = {
    Type.YES_NO: rules.read_yes_no,
    Type.COUNTRY: rules.country_code,
    Type.LANGUAGE: rules.language_code,
    Type.TIME_ZONE: rules.time_zone_name,
    Type.DOMAIN: rules.domain_name,
    Type.EMAIL: rules.email_address,
    Type.CURRENCY: rules.currency_code,
    Type.BILLING: rules.billing_months,
    Type.STAGE: rules.stage_of,
    Type.STATUS: rules.subscription_status,
    Type.TAGS: _tags,
}


def _iso_date(order: str) -> Reader:
    def read(text: str) -> str:
        found: date = rules.read_date(text, order)
        return found.isoformat()

    return read


def _number_reader(field_: Field, mark: str) -> Reader:
    if field_.type == Type.COUNT:
        return lambda text: rules.read_whole_number(text, mark)
    if field_.type == Type.MONEY:
        return lambda text: rules.read_amount(text, mark)

    def read(text: str) -> int | float:
        number, _ = rules.read_amount(text, mark)
        if abs(number) >= MAX_NUMBER:
            raise Unreadable("A number of at most 15 digits fits.", "out_of_range")
        return int(number) if number == number.to_integral_value() else float(number)

    return read


def _choice_reader(field_: Field) -> Reader:
    known = {choice.casefold(): choice for choice in field_.choices}

    def read(text: str) -> str:
        found = known.get(text.casefold())
        if found is None:
            raise Unreadable(f"“{text[:40]}” is none of: {', '.join(field_.choices)}.", "not_a_choice")
        return found

    return read
