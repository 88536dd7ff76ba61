"""Turns a condition tree into a filter over customers; values travel as parameters, never as SQL."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DecimalField,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IContains,
    In,
    LessThan,
    LessThanOrEqual,
    Lookup,
    Range,
    Regex,
)

from accounts.models import CustomField, Subscription
from segments.conditions.fields import (
    CUSTOM_PREFIX,
    RULE_FIELDS,
    CustomDefinition,
    Field,
    FieldSet,
    Type,
    field_set,
)
from segments.conditions.trees import Condition, Node
from segments.conditions.values import ONE

NEVER = Q(pk__in=[])
ALWAYS = ~NEVER
MONTHS = Decimal(12)
# A custom number may be kept as a JSON number or as its text; what looks like neither is not known.
NUMBER_PATTERN = r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def current_fields(fields: tuple[Field, ...] = RULE_FIELDS) -> FieldSet:
    """Return the fields of today, the company's own ones among them; one query."""
    custom = CustomField.objects.values_list("key", "label", "type", "choices", "is_active")
    return field_set(
        (CustomDefinition(key, label, kind, tuple(choices), active) for key, label, kind, choices, active in custom),
        fields=fields,
    )


def compile_tree(node: Node, *, today: date, factor: Decimal = ONE) -> Q:
    """Return the filter over customers that holds where the tree does, every figure first multiplied by `factor`."""
    if isinstance(node, Condition):
        return _condition(node, today, factor)
    if not node.parts:
        return ALWAYS if node.join == "all" else NEVER
    first, *rest = (compile_tree(part, today=today, factor=factor) for part in node.parts)
    for one in rest:
        first = first & one if node.join == "all" else first | one
    return first


def fact_expression(field: Field, *, today: date) -> Expression | F:
    """Return what the customer's row holds for the field, as a move keeps it among its figures."""
    if field.type is Type.GONE:
        return Value(None, output_field=TextField())
    if field.key.startswith(CUSTOM_PREFIX):
        return _custom_text(field)
    if field.key == "arr":
        return F("mrr") * Value(MONTHS)
    if field.key == "active_subscriptions":
        return _active_subscriptions(today)
    if field.key == "age_days":
        return Func(
            Value(today), F("signed_up_on"), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField()
        )
    return F(field.key)


def _condition(condition: Condition, today: date, factor: Decimal) -> Q:
    field = condition.field
    match field.type:
        case Type.GONE:
            return NEVER
        case Type.YES_NO:
            return _yes_no(condition)
        case Type.TAGS:
            return _tags(condition)
        case Type.DATE:
            return _date(condition, today)
        case Type.NUMBER if field.key == "age_days":
            return _age(condition, today)
        case Type.NUMBER:
            return _number(condition, today, factor)
        case _:
            return _text(condition)


# --- numbers ------------------------------------------------------------------------------------
COMPARISONS: dict[str, type[Lookup]] = {
    "gte": GreaterThanOrEqual,
    "gt": GreaterThan,
    "lte": LessThanOrEqual,
    "lt": LessThan,
    "eq": Exact,
    "between": Range,
}


def _number(condition: Condition, today: date, factor: Decimal) -> Q:
    field = condition.field
    amount = _amount(field, today)
    if condition.op in ("empty", "not_empty"):
        return _known(amount, condition.op)
    if field.key == "arr":
        factor *= MONTHS
    if field.is_figure and factor != ONE:
        amount = _times(amount, factor)
    return Q(COMPARISONS[condition.op](amount, condition.value))


def _amount(field: Field, today: date) -> Expression | F:
    if field.key == "active_subscriptions":
        return _active_subscriptions(today)
    if field.key.startswith(CUSTOM_PREFIX):
        return _custom_number(field)
    # As a decimal, or Django would cut the 10.5 that it compares with to 10.
    return ExpressionWrapper(F("mrr" if field.key == "arr" else field.key), output_field=DecimalField())


def _times(amount: Expression | F, factor: Decimal) -> Func:
    return Func(
        amount,
        Value(factor, output_field=DecimalField()),
        arg_joiner=" * ",
        template="(%(expressions)s)",
        output_field=DecimalField(),
    )


def _active_subscriptions(today: date) -> Expression:
    active = Subscription.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=today), customer=OuterRef("pk"), starts_on__lte=today, is_trial=False
    )
    counted = active.order_by().values("customer").annotate(found=Count("pk")).values("found")
    return Coalesce(Subquery(counted, output_field=DecimalField()), Value(0), output_field=DecimalField())


# --- days ---------------------------------------------------------------------------------------
def _age(condition: Condition, today: date) -> Q:
    """Return the question about age in days as one about the day of signing up: the older, the earlier."""
    if condition.op in ("empty", "not_empty"):
        return Q(signed_up_on__isnull=condition.op == "empty")
    ends = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    days = [today - timedelta(days=age) for age in ends]
    match condition.op:
        case "gte":
            return Q(signed_up_on__lte=days[0])
        case "gt":
            return Q(signed_up_on__lt=days[0])
        case "lte":
            return Q(signed_up_on__gte=days[0])
        case "lt":
            return Q(signed_up_on__gt=days[0])
        case "eq":
            return Q(signed_up_on=days[0])
        case _:
            return Q(signed_up_on__gte=days[1], signed_up_on__lte=days[0])


def _date(condition: Condition, today: date) -> Q:
    field, value = condition.field, condition.value
    is_custom = field.key.startswith(CUSTOM_PREFIX)
    column: Any = _custom_date(field) if is_custom else F(field.key)
    # A custom date is kept as its text, which sorts as the days do.
    written = (lambda day: day.isoformat()) if is_custom else (lambda day: day)
    match condition.op:
        case "empty" | "not_empty":
            return _known(column, condition.op)
        case "from":
            return Q(GreaterThanOrEqual(column, written(value)))
        case "before":
            return Q(LessThan(column, written(value)))
        case "in_last_days":
            ends = (today - timedelta(days=value), today)
        case "in_next_days":
            ends = (today, today + timedelta(days=value))
        case _:
            ends = value
    return Q(Range(column, (written(ends[0]), written(ends[1]))))


# --- flags, texts, tags -------------------------------------------------------------------------
def _yes_no(condition: Condition) -> Q:
    field, op = condition.field, condition.op
    if not field.key.startswith(CUSTOM_PREFIX):
        return Q(**{field.key: condition.value})
    text = _custom_typed(field, "boolean")
    if op in ("empty", "not_empty"):
        return _known(text, op)
    return Q(Exact(text, "true" if condition.value else "false"))


def _text(condition: Condition) -> Q:
    field, op = condition.field, condition.op
    is_custom = field.key.startswith(CUSTOM_PREFIX)
    column: Any = _custom_typed(field, "string") if is_custom else F(field.key)
    # One way to say "not known": an empty text. It makes the opposite of a question exactly its opposite.
    if is_custom or field.key == "tier":
        column = Coalesce(column, Value(""), output_field=TextField())
    match op:
        case "empty":
            return Q(Exact(column, ""))
        case "not_empty":
            return ~Q(Exact(column, ""))
        case "in" | "not_in":
            found = Q(In(column, list(condition.value)))
        case _:
            found = Q(IContains(column, condition.value))
    return ~found if op.startswith("not_") else found


def _tags(condition: Condition) -> Q:
    value = condition.value if isinstance(condition.value, tuple) else ()
    match condition.op:
        case "empty":
            return Q(tags=[])
        case "not_empty":
            return ~Q(tags=[])
        case "has_all":
            return Q(tags__contains=list(value))
        case "has_any":
            return Q(tags__overlap=list(value))
        case _:
            return ~Q(tags__overlap=list(value))


# --- custom fields ------------------------------------------------------------------------------
def _custom_text(field: Field) -> Func:
    """Return the custom value as text; an operator of its own, because Django reads a key of digits as a position."""
    key = Value(field.key.removeprefix(CUSTOM_PREFIX), output_field=TextField())
    return Func(F("custom"), key, arg_joiner=" ->> ", template="(%(expressions)s)", output_field=TextField())


def _custom_typed(field: Field, json_type: str) -> Case:
    key = Value(field.key.removeprefix(CUSTOM_PREFIX), output_field=TextField())
    kept = Func(F("custom"), key, arg_joiner=" -> ", template="jsonb_typeof(%(expressions)s)", output_field=CharField())
    return Case(When(Q(Exact(kept, json_type)), then=_custom_text(field)), output_field=TextField())


def _custom_number(field: Field) -> Case:
    text = _custom_text(field)
    cast = Func(text, template="%(expressions)s::numeric", output_field=DecimalField())
    return Case(When(Q(Regex(text, NUMBER_PATTERN)), then=cast), output_field=DecimalField())


def _custom_date(field: Field) -> Case:
    text = _custom_text(field)
    return Case(When(Q(Regex(text, DATE_PATTERN)), then=text), output_field=TextField())


def _known(column: Any, op: str) -> Q:
    missing = Q(Func(column, template="(%(expressions)s IS NULL)", output_field=BooleanField()))
    return missing if op == "empty" else ~missing
