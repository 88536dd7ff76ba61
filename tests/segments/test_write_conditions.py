"""Condition trees: what is refused, with its place, and how a tree reads as a sentence."""

import pytest

from core.errors import Invalid
from segments.conditions import trees
from segments.conditions.fields import AUDIENCE_FIELDS, CustomDefinition, field_set
from segments.conditions.sentences import sentence

FIELDS = field_set(
    [
        CustomDefinition("size", "Company size", "choice", ("Small", "Large")),
        CustomDefinition("old", "Old", "text", is_active=False),
        CustomDefinition("go_live", "Go-live", "date"),
    ]
)


def _nested(depth):
    tree = {"field": "arr", "op": "gte", "value": 1}
    for _ in range(depth):
        tree = {"all": [tree]}
    return tree


@pytest.mark.parametrize(
    ("tree", "path", "words"),
    [
        (None, "", "is an object"),
        ([], "", "is an object"),
        ({}, "", "A group"),
        ({"all": [], "any": []}, "", "A group"),
        ({"none": []}, "", "A group"),
        ({"all": []}, "all", "at least one"),
        ({"all": "x"}, "all", "list"),
        ({"all": [{"any": []}]}, "all[0].any", "at least one"),
        (_nested(5), "all[0].all[0].all[0].all[0].all", "deep"),
        ({"all": [{"field": "password", "op": "eq", "value": 1}]}, "all[0]", "no field"),
        ({"all": [{"field": "tier", "op": "in", "value": ["high"]}]}, "all[0]", "no field"),
        ({"all": [{"field": "custom.old", "op": "in", "value": ["x"]}]}, "all[0]", "no field"),
        ({"all": [{"field": ["arr"], "op": "eq", "value": 1}]}, "all[0]", "no field"),
        ({"all": [{"field": "", "op": "eq", "value": 1}]}, "all[0]", "Choose a field"),
        ({"all": [{"field": "arr", "op": "contains", "value": "1"}]}, "all[0]", "does not understand"),
        ({"all": [{"field": "arr", "op": {}, "value": "1"}]}, "all[0]", "does not understand"),
        ({"all": [{"field": "arr", "op": "gte", "value": 1, "or": 2}]}, "all[0]", "knows no"),
        ({"field": "arr", "op": "gte", "value": "much"}, "", "not a number"),
        ({"field": "arr", "op": "gte", "value": True}, "", "give a number"),
        ({"field": "arr", "op": "gte"}, "", "give a number"),
        ({"field": "arr", "op": "gte", "value": "NaN"}, "", "too large"),
        ({"field": "arr", "op": "gte", "value": 1e300}, "", "too large"),
        ({"field": "arr", "op": "gte", "value": 0.00001}, "", "decimal places"),
        ({"field": "arr", "op": "between", "value": [5, 1]}, "", "past the second"),
        ({"field": "arr", "op": "between", "value": 5}, "", "two ends"),
        ({"field": "age_days", "op": "gte", "value": 1.5}, "", "whole number"),
        ({"field": "age_days", "op": "gte", "value": 10**9}, "", "at most"),
        ({"field": "is_brand", "op": "is", "value": "yes"}, "", "yes or no"),
        ({"field": "is_brand", "op": "empty"}, "", "does not understand"),
        ({"field": "seats", "op": "empty", "value": 5}, "", "no value"),
        ({"field": "tags", "op": "has_any", "value": []}, "", "at least one"),
        ({"field": "tags", "op": "has_any", "value": ["x"] * 301}, "", "at most 300"),
        ({"field": "country", "op": "in", "value": [1]}, "", "give a text"),
        ({"field": "country", "op": "in", "value": ["x" * 201]}, "", "at most 200"),
        ({"field": "name", "op": "contains", "value": "a\x00b"}, "", "cannot be kept"),
        ({"field": "name", "op": "contains", "value": "\ud800"}, "", "cannot be kept"),
        ({"field": "stage", "op": "in", "value": ["gone"]}, "", "not one of its choices"),
        ({"field": "custom.size", "op": "in", "value": ["Huge"]}, "", "not one of its choices"),
        ({"field": "custom.go_live", "op": "from", "value": "soon"}, "", "YYYY-MM-DD"),
        ({"field": "signed_up_on", "op": "in_last_days", "value": -1}, "", "at least 0"),
        ({"any": [{"field": "arr", "op": "gte", "value": 1}] * 61}, "any[60]", "at most 60"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(tree, path, words):
    with pytest.raises(Invalid) as refusal:
        trees.parse(tree, FIELDS)
    assert words in refusal.value.message
    assert refusal.value.details["path"] == path


def test_a_group_without_conditions_may_mean_everybody_where_asked():
    assert sentence(trees.parse({"all": []}, FIELDS, may_be_empty=True), currency="USD") == "Every customer"
    with pytest.raises(Invalid):
        trees.parse({"all": [{"any": []}]}, FIELDS, may_be_empty=True)


def test_an_audience_may_ask_for_the_tier():
    tree = {"field": "tier", "op": "in", "value": ["tech"]}
    node = trees.parse(tree, field_set(fields=AUDIENCE_FIELDS))
    assert sentence(node, currency="USD") == "Tier Tech touch"


def test_what_was_saved_long_ago_is_read_though_its_field_is_gone():
    for tree in (
        {"field": "custom.gone", "op": "gte", "value": 1},
        {"field": "custom.size", "op": "gte", "value": 1},
        {"field": "custom.go_live", "op": "from", "value": "soon"},
    ):
        assert "never holds" in sentence(trees.parse(tree, FIELDS, lenient=True), currency="USD")
    retired = trees.parse({"field": "custom.old", "op": "in", "value": ["x"]}, FIELDS, lenient=True)
    assert sentence(retired, currency="USD") == "Old x"


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (
            {"any": [{"field": "arr", "op": "gte", "value": 60000}, {"field": "is_brand", "op": "is", "value": True}]},
            "ARR at least 60,000 EUR or well-known brand",
        ),
        (
            {
                "all": [
                    {"field": "mrr", "op": "between", "value": [1000, 2500.5]},
                    {
                        "any": [
                            {"field": "tags", "op": "has_any", "value": ["vip", "board"]},
                            {"field": "is_strategic", "op": "is", "value": False},
                        ]
                    },
                ]
            },
            "MRR between 1,000 and 2,500.5 EUR and (tags with vip or board or not strategic)",
        ),
        ({"all": [{"any": [{"field": "seats", "op": "lt", "value": 5}]}]}, "Seats less than 5"),
        ({"field": "age_days", "op": "gt", "value": 365}, "Age as a customer more than 365 days"),
        ({"field": "stage", "op": "not_in", "value": ["lead", "churned"]}, "Stage other than Lead or Churned"),
        ({"field": "country", "op": "empty"}, "Country not known"),
        ({"field": "name", "op": "contains", "value": "bank"}, "Name contains “bank”"),
        ({"field": "tags", "op": "has_none", "value": ["a", "b", "c"]}, "Tags without a, b or c"),
        ({"field": "custom.go_live", "op": "in_next_days", "value": 30}, "Go-live in the next 30 days"),
        ({"field": "renews_on", "op": "before", "value": "2027-02-01"}, "Renewal before Feb 1, 2027"),
    ],
)
def test_a_tree_reads_as_a_sentence(tree, said):
    assert sentence(trees.parse(tree, FIELDS), currency="EUR") == said


def test_a_tree_written_back_is_the_same():
    tree = {"any": [{"field": "arr", "op": "gte", "value": "60000.50"}, {"field": "tags", "op": "empty"}]}
    assert trees.to_json(trees.parse(tree, FIELDS)) == {
        "any": [{"field": "arr", "op": "gte", "value": 60000.5}, {"field": "tags", "op": "empty"}]
    }
