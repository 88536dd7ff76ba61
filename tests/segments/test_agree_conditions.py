"""The database and plain Python decide every condition tree alike, on every customer."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, CustomField, Stage
from segments.conditions import sql, trees, values
from segments.conditions.fields import AUDIENCE_FIELDS, Shape, Type
from segments.queries.facts import facts_of
from tests import cast as makers

TODAY = date(2026, 11, 21)
WORDS = ("", "Enterprise", "enterprise", "straße", "ÄÖ", "50%", "a_b", "\\", "DE", "x'); --")
TAGS = ("vip", "risk", "Ünï", "a,b", '"q"')
CUSTOM = (
    ("score", "number"),
    ("2024", "number"),
    ("note__contains", "text"),
    ("size", "choice"),
    ("signed", "yes_no"),
    ("go-live", "date"),
)

amounts = st.integers(-3, 6).map(lambda n: Decimal(n * 10)) | st.decimals(-70, 70, places=4)
days = st.integers(-400, 400).map(lambda n: TODAY + timedelta(days=n))
custom_values = st.fixed_dictionaries(
    {},
    optional={
        "score": st.none() | st.integers(-30, 60) | st.just("12.5") | st.just("much"),
        "2024": st.integers(-30, 60) | st.floats(-50, 50).map(lambda f: round(f, 2)),
        "note__contains": st.sampled_from(WORDS) | st.none() | st.just(5),
        "size": st.sampled_from(["S", "L"]) | st.just(""),
        "signed": st.booleans() | st.none() | st.just("yes"),
        "go-live": days.map(date.isoformat) | st.just("soon") | st.none(),
    },
)
customers = st.builds(
    Customer,
    name=st.sampled_from([word for word in WORDS if word]),
    domain=st.sampled_from(["", "acme.example", "sub.acme.example"]),
    country=st.sampled_from(["", "DE", "US"]),
    industry=st.sampled_from(WORDS),
    edition=st.sampled_from(WORDS),
    language=st.sampled_from(["", "de", "en"]),
    is_brand=st.booleans(),
    is_strategic=st.booleans(),
    seats=st.none() | st.integers(0, 60),
    stage=st.sampled_from(Stage.values),
    tags=st.lists(st.sampled_from(TAGS), max_size=3, unique=True),
    signed_up_on=st.none() | days,
    renews_on=st.none() | days,
    mrr=st.integers(0, 6).map(lambda n: Decimal(n * 10)) | st.decimals(0, 70, places=4),
    custom=custom_values,
)


def _fields():
    return sql.current_fields(AUDIENCE_FIELDS)


def _value_for(field, operator):
    text = st.sampled_from([*(word for word in WORDS if word), *TAGS, "acme"])
    if field.choices:
        text = st.sampled_from([choice for choice, _ in field.choices])
    one = {
        Type.NUMBER: st.integers(-400, 400) if field.unit == "days" else amounts.map(float),
        Type.DATE: days.map(date.isoformat),
        Type.YES_NO: st.booleans(),
    }.get(field.type, text)
    match operator.shape:
        case Shape.NONE:
            return st.none()
        case Shape.RANGE:
            return st.lists(one, min_size=2, max_size=2).map(sorted)
        case Shape.MANY:
            return st.lists(text, min_size=1, max_size=3)
        case Shape.DAYS:
            return st.integers(0, 400)
        case Shape.PART:
            return text
        case _:
            return one


@st.composite
def conditions(draw, fields):
    field = draw(st.sampled_from(fields.offered))
    operator = draw(st.sampled_from(field.operators))
    made = {"field": field.key, "op": operator.key}
    value = draw(_value_for(field, operator))
    return made if value is None else made | {"value": value}


def groups(fields):
    leaf = conditions(fields)
    inner = st.recursive(
        leaf,
        lambda parts: st.builds(
            lambda join, listed: {join: listed},
            st.sampled_from(["all", "any"]),
            st.lists(parts, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    return st.builds(
        lambda join, listed: {join: listed}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)
    ).filter(lambda tree: _depth(tree) <= trees.MAX_DEPTH)


def _depth(tree):
    parts = tree.get("all") or tree.get("any") or []
    return 0 if "field" in tree else 1 + max(_depth(part) for part in parts)


@pytest.fixture
def custom_fields(db):
    return [
        CustomField.objects.create(key=key, label=key, type=kind, choices=["S", "L"] if kind == "choice" else [])
        for key, kind in CUSTOM
    ]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), factor=st.sampled_from([Decimal(1), Decimal("1.1"), Decimal("0.875")]))
def test_the_database_and_python_decide_alike(custom_fields, data, factor):
    fields = _fields()
    tree = data.draw(groups(fields))
    made = data.draw(st.lists(customers, min_size=1, max_size=6))
    Customer.objects.all().delete()
    Customer.objects.bulk_create(made)
    for customer in made[::2]:
        makers.make_subscription(customer, 5, starts_on=TODAY, ends_on=data.draw(st.none() | st.just(TODAY)))
    node = trees.parse(tree, fields)

    # A trigger may derive figures from the subscriptions, so both sides read what the database now holds.
    by_database = set(
        Customer.objects.filter(sql.compile_tree(node, today=TODAY, factor=factor)).values_list("pk", flat=True)
    )
    rows = Customer.objects.all()
    by_python = {
        customer.pk
        for customer in rows
        if values.holds(node, facts_of(customer, fields, today=TODAY), today=TODAY, factor=factor)
    }

    assert by_database == by_python
    assert trees.parse(trees.to_json(node), fields) == node


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_question_and_its_opposite_part_all_customers(custom_fields, data):
    fields = _fields()
    field = data.draw(st.sampled_from([one for one in fields.offered if one.operator("not_in")]))
    value = data.draw(_value_for(field, field.operator("in")))
    Customer.objects.all().delete()
    Customer.objects.bulk_create(data.draw(st.lists(customers, min_size=1, max_size=6)))

    def found(op):
        node = trees.parse({"field": field.key, "op": op, "value": value}, fields)
        return set(Customer.objects.filter(sql.compile_tree(node, today=TODAY)).values_list("pk", flat=True))

    assert found("in") | found("not_in") == set(Customer.objects.values_list("pk", flat=True))
    assert not found("in") & found("not_in")
