"""What may be asked about a customer: the fields, their types, and the questions each type understands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Type(StrEnum):
    """What kind of value a field holds."""

    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    TEXT = "text"
    TAGS = "tags"
    DATE = "date"
    # A field that a tree names and nobody knows any more; no condition on it ever holds.
    GONE = "gone"


class Shape(StrEnum):
    """What kind of value an operator takes."""

    NONE = "none"
    ONE = "one"
    RANGE = "range"
    MANY = "many"
    DAYS = "days"
    PART = "part"


@dataclass(frozen=True)
class Operator:
    """One question: its key in a tree, its words on the page and in a sentence, and the value it takes."""

    key: str
    label: str
    shape: Shape = Shape.ONE


CUSTOM_PREFIX = "custom."

EMPTY = Operator("empty", "is not known", Shape.NONE)
NOT_EMPTY = Operator("not_empty", "is known", Shape.NONE)

OPERATORS: dict[Type, tuple[Operator, ...]] = {
    Type.NUMBER: (
        Operator("gte", "at least"),
        Operator("gt", "more than"),
        Operator("lte", "at most"),
        Operator("lt", "less than"),
        Operator("eq", "exactly"),
        Operator("between", "between", Shape.RANGE),
        EMPTY,
        NOT_EMPTY,
    ),
    Type.YES_NO: (Operator("is", "is"), EMPTY, NOT_EMPTY),
    Type.CHOICE: (
        Operator("in", "is one of", Shape.MANY),
        Operator("not_in", "is none of", Shape.MANY),
        EMPTY,
        NOT_EMPTY,
    ),
    Type.TEXT: (
        Operator("in", "is one of", Shape.MANY),
        Operator("not_in", "is none of", Shape.MANY),
        Operator("contains", "contains", Shape.PART),
        Operator("not_contains", "does not contain", Shape.PART),
        EMPTY,
        NOT_EMPTY,
    ),
    Type.TAGS: (
        Operator("has_any", "have one of", Shape.MANY),
        Operator("has_all", "have all of", Shape.MANY),
        Operator("has_none", "have none of", Shape.MANY),
        EMPTY,
        NOT_EMPTY,
    ),
    Type.DATE: (
        Operator("from", "on or after"),
        Operator("before", "before"),
        Operator("between", "from … to", Shape.RANGE),
        Operator("in_last_days", "in the last … days", Shape.DAYS),
        Operator("in_next_days", "in the next … days", Shape.DAYS),
        EMPTY,
        NOT_EMPTY,
    ),
    Type.GONE: (),
}


@dataclass(frozen=True)
class Field:
    """One thing that may be asked about a customer.

    `is_figure` marks what goes up and down by itself (money, seats, counts), so that a margin and a minimum stay keep a
    customer from moving to and fro with it. Age only grows, and flags, lists and texts are a person's decision.
    """

    key: str
    label: str
    type: Type
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    is_figure: bool = False
    may_be_empty: bool = True
    # What a sentence says for yes and for no.
    yes_words: str = ""
    no_words: str = ""

    @property
    def words(self) -> str:
        """Return the label as it stands in the middle of a sentence: "seats", but "ARR"."""
        is_ours = not self.key.startswith(CUSTOM_PREFIX) and not self.label.isupper()
        return self.label[:1].lower() + self.label[1:] if is_ours else self.label

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Return the questions that this field understands."""
        known = OPERATORS[self.type]
        return known if self.may_be_empty else tuple(one for one in known if one.shape is not Shape.NONE)

    def operator(self, key: object) -> Operator | None:
        """Return the operator of this key, None where the field does not understand it."""
        return next((one for one in self.operators if one.key == key), None)


STAGES = (
    ("lead", "Lead"),
    ("trial", "Trial"),
    ("onboarding", "Onboarding"),
    ("adoption", "Adoption"),
    ("renewal", "Renewal"),
    ("churned", "Churned"),
)
TIERS = (("high", "High touch"), ("low", "Low touch"), ("tech", "Tech touch"))

MONEY = "money"
RULE_FIELDS = (
    Field("arr", "ARR", Type.NUMBER, unit=MONEY, is_figure=True, may_be_empty=False),
    Field("mrr", "MRR", Type.NUMBER, unit=MONEY, is_figure=True, may_be_empty=False),
    Field("seats", "Seats", Type.NUMBER, is_figure=True),
    Field("active_subscriptions", "Active subscriptions", Type.NUMBER, is_figure=True, may_be_empty=False),
    Field("age_days", "Age as a customer", Type.NUMBER, unit="days"),
    Field(
        "is_brand",
        "Well-known brand",
        Type.YES_NO,
        may_be_empty=False,
        yes_words="well-known brand",
        no_words="not a well-known brand",
    ),
    Field(
        "is_strategic",
        "Strategic",
        Type.YES_NO,
        may_be_empty=False,
        yes_words="strategic",
        no_words="not strategic",
    ),
    Field("stage", "Stage", Type.CHOICE, choices=STAGES, may_be_empty=False),
    Field("edition", "Edition", Type.TEXT),
    Field("country", "Country", Type.TEXT),
    Field("industry", "Industry", Type.TEXT),
    Field("language", "Language", Type.TEXT),
    Field("tags", "Tags", Type.TAGS),
    Field("name", "Name", Type.TEXT, may_be_empty=False),
    Field("domain", "Domain", Type.TEXT),
    Field("signed_up_on", "Signed up", Type.DATE),
    Field("renews_on", "Renewal", Type.DATE),
)
# What an audience may ask besides; a tier rule that asked for the tier would chase its own tail.
AUDIENCE_FIELDS = (*RULE_FIELDS, Field("tier", "Tier", Type.CHOICE, choices=TIERS))


@dataclass(frozen=True)
class CustomDefinition:
    """A custom field as its administrator defined it; `type` is text, number, date, yes_no or choice."""

    key: str
    label: str
    type: str
    choices: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True)
class FieldSet:
    """The fields that a tree may ask about, by key."""

    by_key: Mapping[str, Field] = field(default_factory=dict)
    # Keys that older trees may still ask about, while new ones may not.
    retired: frozenset[str] = frozenset()

    @property
    def offered(self) -> list[Field]:
        """Return the fields for a new condition, in the order shown."""
        return [one for one in self.by_key.values() if one.key not in self.retired]


def field_set(custom: Iterable[CustomDefinition] = (), *, fields: tuple[Field, ...] = RULE_FIELDS) -> FieldSet:
    """Return the fields with the company's own ones behind them."""
    by_key = {one.key: one for one in fields}
    retired = set()
    for definition in custom:
        made = _custom_field(definition)
        by_key[made.key] = made
        if not definition.is_active:
            retired.add(made.key)
    return FieldSet(by_key, frozenset(retired))


def _custom_field(definition: CustomDefinition) -> Field:
    kind = Type(definition.type)
    return Field(
        f"{CUSTOM_PREFIX}{definition.key}",
        definition.label,
        kind,
        choices=tuple((choice, choice) for choice in definition.choices),
        is_figure=kind is Type.NUMBER,
        yes_words=f"{definition.label} is yes",
        no_words=f"{definition.label} is no",
    )
