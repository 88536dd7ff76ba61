"""A customer's values, put together."""

from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta

from accounts.imports.cleaning.chosen import Chosen
from accounts.imports.cleaning.rows import CleanRow, Problem, RowProblems
from accounts.imports.fields import CUSTOM
from accounts.imports.reading import RawRow

_OWN = ("external_id", "name", "domain", "country", "industry", "language", "time_zone", "is_brand", "is_strategic",
        "edition", "seats", "stage", "signed_up_on")  # fmt: skip
MOST_MONTHS = 1_200


def finish(row: RawRow, values: dict[str, Any], chosen: Chosen) -> CleanRow:
    """Return the row with the facts of a customer; raise RowProblems where it names none."""
    facts = {name: values[name] for name in _OWN if name in values}
    clean = CleanRow(row.number, row.cells, facts)
    if not (facts.get("external_id") or facts.get("name") or facts.get("domain")):
        raise RowProblems(Problem("", "no_key", "This row has neither an ID nor a name of a customer."))
    custom = {name.removeprefix(CUSTOM): value for name, value in values.items() if name.startswith(CUSTOM)}
    if custom:
        facts["custom"] = custom
    if values.get("tags"):
        clean.hints["add_tags"] = values["tags"]
    if values.get("parent"):
        clean.hints["parent"] = values["parent"]
    _set_stage(clean, values, chosen.today)
    if "tenure_months" in values:
        clean.on_create["signed_up_on"] = months_before(chosen.today, values["tenure_months"])
    return clean


def months_before(day: date, months: int) -> date:
    """Return the day so many months earlier; as far back as a company can be old where the number is absurd."""
    return day - relativedelta(months=min(months, MOST_MONTHS))


def _set_stage(clean: CleanRow, values: dict[str, Any], today: date) -> None:
    """Set the stage that “has churned” and “is on trial” mean; a no to either ends just that stage."""
    churned = _has_churned(values, today)
    if churned:
        clean.facts["stage"] = "churned"
    elif values.get("is_trial"):
        clean.facts["stage"] = "trial"
    elif "stage" not in values:
        left = {"churned"} if churned is False else set()
        left |= {"trial"} if values.get("is_trial") is False else set()
        if left:
            clean.hints["not_stages"] = left


def _has_churned(values: dict[str, Any], today: date) -> bool | None:
    """Return what the row's flags and day say together; None where it says nothing of it."""
    told = [bool(values["churned"])] if "churned" in values else []
    told += [not values["is_active"]] if "is_active" in values else []
    told += [values["churned_on"] <= today] if values.get("churned_on") else []
    return any(told) if told else None
