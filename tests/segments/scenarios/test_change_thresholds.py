"""The numbers in the rules are found by rule and question, and replaced without touching the rest."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.errors import Invalid
from segments.conditions.fields import field_set
from segments.conditions.trees import parse, to_json
from segments.rules import RuleBook, TierRule
from segments.scenarios.changes import ThresholdKey
from segments.scenarios.thresholds import book_with, thresholds_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FIELDS = field_set()


def rule(number: int, name: str, tier: str, *parts: dict) -> TierRule:
    return TierRule(number, name, tier, parse({"any": list(parts)}, FIELDS))


BOOK = RuleBook(
    id=1,
    version=3,
    rules=(
        rule(
            1,
            "Large",
            "high",
            {"field": "arr", "op": "gte", "value": 60_000},
            {"field": "is_brand", "op": "is", "value": True},
            {"field": "arr", "op": "gte", "value": 90_000},
        ),
        rule(2, "Middle", "low", {"field": "seats", "op": "between", "value": [10, 50]}),
        rule(3, "Old", "low", {"field": "age_days", "op": "gt", "value": 365}),
    ),
    fallback_tier="tech",
    margin=Decimal("0.1"),
    minimum_days=30,
    approval_arr=None,
    activated_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_every_number_has_a_key_of_its_own():
    found = {threshold.key: (threshold.tier, threshold.words, threshold.value) for threshold in thresholds_of(BOOK)}
    assert found == {
        ThresholdKey("Large", "arr", "gte"): ("high", "ARR at least", 60_000),
        ThresholdKey("Large", "arr", "gte", 1): ("high", "ARR at least", 90_000),
        ThresholdKey("Middle", "seats", "between"): ("low", "Seats from", 10),
        ThresholdKey("Middle", "seats", "between", 0, 1): ("low", "Seats up to", 50),
        ThresholdKey("Old", "age_days", "gt"): ("low", "Age as a customer more than", 365),
    }


def test_only_the_number_changes():
    changed = book_with(BOOK, {ThresholdKey("Large", "arr", "gte", 1): Decimal(80_000)}, at=NOW)
    assert to_json(changed.rules[0].conditions) == {
        "any": [
            {"field": "arr", "op": "gte", "value": 60_000},
            {"field": "is_brand", "op": "is", "value": True},
            {"field": "arr", "op": "gte", "value": 80_000},
        ]
    }
    assert changed.rules[1:] == BOOK.rules[1:]
    # As a draft that is activated now: nobody's minimum stay holds the move back.
    assert changed.activated_at == NOW


def test_one_end_of_a_range_changes():
    changed = book_with(BOOK, {ThresholdKey("Middle", "seats", "between", 0, 1): Decimal(70)}, at=NOW)
    assert to_json(changed.rules[1].conditions) == {"any": [{"field": "seats", "op": "between", "value": [10, 70]}]}


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (ThresholdKey("Middle", "seats", "between", 0, 1), 5, "Middle: Seats: the first end is past the second."),
        (
            ThresholdKey("Old", "age_days", "gt"),
            Decimal("1.5"),
            "Old: Age as a customer: give a whole number of days.",
        ),
    ],
)
def test_a_number_that_the_question_does_not_take_is_refused(key: ThresholdKey, value: Decimal, sentence: str):
    with pytest.raises(Invalid) as refused:
        book_with(BOOK, {key: Decimal(value)}, at=NOW)
    assert refused.value.message == sentence


def test_a_number_of_a_rule_that_is_gone_does_nothing():
    assert book_with(BOOK, {ThresholdKey("Gone", "arr", "gte"): Decimal(1)}, at=NOW).rules == BOOK.rules
