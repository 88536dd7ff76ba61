"""The numbers in the tier rules: which there are, and the rules with other numbers in their place."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.errors import Invalid
from segments.conditions import trees
from segments.conditions.fields import Field, FieldSet, Type
from segments.conditions.sentences import NUMBER_WORDS
from segments.conditions.trees import Condition, Node, conditions_in
from segments.rules import RuleBook, TierRule
from segments.scenarios.changes import ThresholdKey

NUMBER_OPS = (*NUMBER_WORDS, "between")


@dataclass(frozen=True)
class Threshold:
    """One number of the rules as it is now."""

    key: ThresholdKey
    tier: str
    field: Field
    value: Decimal

    @property
    def words(self) -> str:
        """Return the question without its number: "ARR at least"."""
        if self.key.op == "between":
            return f"{self.field.label} {'up to' if self.key.end else 'from'}"
        return f"{self.field.label} {NUMBER_WORDS[self.key.op]}"


def thresholds_of(book: RuleBook) -> list[Threshold]:
    """Return every number that the rules ask for, in their order."""
    return [found for rule, numbered in _numbered(book) for key, one in numbered for found in _ends(rule, key, one)]


def book_with(book: RuleBook, values: Mapping[ThresholdKey, Decimal], *, at: datetime) -> RuleBook:
    """Return the rules with these numbers, as if activated at this moment; numbers of rules that are gone do nothing.

    Raises Invalid for a number that its question does not take.
    """
    rules = tuple(_rule_with(rule, numbered, values) for rule, numbered in _numbered(book))
    return dataclasses.replace(book, rules=rules, activated_at=at)


def _numbered(book: RuleBook) -> Iterator[tuple[TierRule, list[tuple[ThresholdKey, Condition]]]]:
    """Yield each rule with its conditions that ask for a number, each under the key of its first number."""
    seen: Counter[ThresholdKey] = Counter()
    for rule in book.rules:
        found = []
        for one in conditions_in(rule.conditions):
            if one.field.type is Type.NUMBER and one.op in NUMBER_OPS:
                first = ThresholdKey(rule.name, one.field.key, one.op)
                found.append((dataclasses.replace(first, place=seen[first]), one))
                seen[first] += 1
        yield rule, found


def _ends(rule: TierRule, key: ThresholdKey, condition: Condition) -> Iterator[Threshold]:
    values = condition.value if key.op == "between" else (condition.value,)
    for end, value in enumerate(values):
        yield Threshold(dataclasses.replace(key, end=end), rule.tier, condition.field, Decimal(value))


def _rule_with(
    rule: TierRule, numbered: list[tuple[ThresholdKey, Condition]], values: Mapping[ThresholdKey, Decimal]
) -> TierRule:
    if not any(dataclasses.replace(key, end=end) in values for key, _ in numbered for end in (0, 1)):
        return rule
    keys = iter([key for key, _ in numbered])

    def changed(condition: Condition) -> Condition:
        if condition.field.type is not Type.NUMBER or condition.op not in NUMBER_OPS:
            return condition
        key = next(keys)
        ends = condition.value if condition.op == "between" else (condition.value,)
        new = tuple(values.get(dataclasses.replace(key, end=end), value) for end, value in enumerate(ends))
        if new == ends:
            return condition
        return _checked(dataclasses.replace(condition, value=new if condition.op == "between" else new[0]), rule.name)

    return dataclasses.replace(rule, conditions=_mapped(rule.conditions, changed))


def _mapped(node: Node, change: Callable[[Condition], Condition]) -> Node:
    if isinstance(node, Condition):
        return change(node)
    return dataclasses.replace(node, parts=tuple(_mapped(part, change) for part in node.parts))


def _checked(condition: Condition, rule_name: str) -> Condition:
    """Return the condition as the rules' own reader understands it."""
    fields = FieldSet({condition.field.key: condition.field})
    try:
        return trees.parse(trees.to_json(condition), fields)  # type: ignore[return-value]
    except Invalid as error:
        raise Invalid(f"{rule_name}: {error.message}", code="bad_changes", field="thresholds") from error
