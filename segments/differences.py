"""What changed from one version of the rules to another, in words; on plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

SETTINGS = {
    "fallback_tier": "Everybody else",
    "margin_percent": "Margin",
    "minimum_days": "Minimum days",
    "approval_arr": "Approval from",
}


@dataclass(frozen=True)
class Difference:
    """One thing that was added, removed or changed."""

    kind: Literal["added", "removed", "changed", "moved"]
    what: str
    before: str = ""
    after: str = ""


def differences(old: Mapping[str, Any], new: Mapping[str, Any], *, say: Callable[[str, Any], str]) -> list[Difference]:
    """Return what changed between two contents of rule sets, rules told apart by their names.

    `say` turns a setting or a rule ("rule", {...}) into words.
    """
    found = [
        Difference("changed", label, say(key, old[key]), say(key, new[key]))
        for key, label in SETTINGS.items()
        if old[key] != new[key]
    ]
    before, after = _by_name(old["rules"]), _by_name(new["rules"])
    found += [
        Difference("removed", name, before=say("rule", rule)) for name, rule in before.items() if name not in after
    ]
    found += [Difference("added", name, after=say("rule", rule)) for name, rule in after.items() if name not in before]
    for name, rule in after.items():
        if name in before and (rule["tier"], rule["conditions"]) != (before[name]["tier"], before[name]["conditions"]):
            found.append(Difference("changed", name, say("rule", before[name]), say("rule", rule)))
    return found + _moved(list(before), list(after))


def _by_name(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rules by name; a second one of a name is told apart by its number."""
    named: dict[str, dict[str, Any]] = {}
    for rule in rules:
        name, number = rule["name"], 2
        while name in named:
            name, number = f"{rule['name']} ({number})", number + 1
        named[name] = rule
    return named


def _moved(before: list[str], after: list[str]) -> list[Difference]:
    """Return one line for a changed order of the rules that stayed."""
    old = [name for name in before if name in after]
    new = [name for name in after if name in before]
    return [Difference("moved", "Order of the rules", ", ".join(old), ", ".join(new))] if old != new else []
