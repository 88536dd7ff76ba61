"""A subscription's values, put together: what it pays a month, and when it ends."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from babel.numbers import get_currency_precision

from accounts.imports.cleaning.chosen import Chosen
from accounts.imports.cleaning.contacts import customer_of
from accounts.imports.cleaning.customers import months_before
from accounts.imports.cleaning.rows import CleanRow, Problem, RowProblems
from accounts.imports.reading import RawRow

MONTHS_IN_YEAR = 12
CENT = Decimal("0.0001")
MAX_MRR = Decimal(10) ** 11
# MRR and a twelfth of ARR may differ by rounding; by more than a hundredth they contradict each other.
TOLERANCE = Decimal("0.01")
_OWN = ("external_id", "edition", "seats", "starts_on")
_MONEY = ("mrr", "arr", "amount", "unit_amount")
_END_FIELDS = ("ends_on", "canceled_on", "period_end")


def finish(row: RawRow, values: dict[str, Any], chosen: Chosen) -> CleanRow:
    """Return the row with the facts of a subscription; raise RowProblems for values that contradict each other."""
    facts: dict[str, Any] = {name: values[name] for name in _OWN if name in values}
    clean = CleanRow(row.number, row.cells, facts, customer=customer_of(values, values.get("customer_email", "")))
    if clean.customer is not None and clean.customer.is_empty and not facts.get("external_id"):
        raise RowProblems(Problem("", "no_customer", "This row names no customer."))
    _set_trial(clean, values)
    _set_money(clean, values, chosen)
    _set_end(clean, values, chosen)
    if "tenure_months" in values:
        clean.on_create["starts_on"] = months_before(chosen.today, values["tenure_months"])
    starts, ends = facts.get("starts_on"), facts.get("ends_on")
    if starts and ends and ends < starts:
        raise RowProblems(
            chosen.problem("ends_on", "ends_before_start", f"It would end on {ends}, before its start on {starts}.")
        )
    return clean


def _set_trial(clean: CleanRow, values: dict[str, Any]) -> None:
    if "is_trial" in values:
        clean.facts["is_trial"] = values["is_trial"]
    elif "status" in values:
        clean.facts["is_trial"] = values["status"] == "trial"


def _set_money(clean: CleanRow, values: dict[str, Any], chosen: Chosen) -> None:
    months = _months(clean, values)
    currency = _set_currency(clean, values, chosen)
    amounts = {name: _amount(name, values, currency, chosen) for name in _MONEY if name in values}
    if not amounts:
        if clean.facts.get("is_trial"):
            clean.on_create["mrr"] = Decimal(0)
        return
    mrr = _mrr(amounts, values, months)
    _warn_of_contradiction(clean, amounts, chosen)
    name = next(iter(amounts))
    if not 0 <= mrr < MAX_MRR:
        raise RowProblems(
            chosen.problem(name, "out_of_range", f"An amount from 0 to below {MAX_MRR:,} is needed, not {mrr:,.2f}.")
        )
    clean.facts["mrr"] = mrr.quantize(CENT, rounding=ROUND_HALF_EVEN)


def _months(clean: CleanRow, values: dict[str, Any]) -> int:
    """Return the months between two bills and set the kind of billing, which knows only monthly and annual."""
    count = values.get("billing_count") or 1
    months = int(values.get("billing", 1) * count)
    if "billing" in values:
        clean.facts["billing"] = "annual" if months >= MONTHS_IN_YEAR else "monthly"
    return months


def _set_currency(clean: CleanRow, values: dict[str, Any], chosen: Chosen) -> str:
    """Return the row's own currency, or the one chosen for the file; empty where it is the company's."""
    beside = {values[name][1] for name in _MONEY if name in values and values[name][1]}
    stated = values.get("currency", "")
    if len(beside | ({stated} if stated else set())) > 1:
        raise RowProblems(
            chosen.problem(
                "currency", "two_currencies", f"This row names {' and '.join(sorted(beside | {stated} - {''}))}."
            )
        )
    currency = str(stated or next(iter(beside), "") or chosen.choices.currency)
    if currency:
        clean.facts["currency"] = currency
    return currency


def _amount(name: str, values: dict[str, Any], currency: str, chosen: Chosen) -> Decimal:
    amount: Decimal = values[name][0]
    if chosen.column_of.get(name) in chosen.choices.minor_units:
        places = get_currency_precision(currency) if currency else 2
        return amount.scaleb(-places)
    return amount


def _mrr(amounts: dict[str, Decimal], values: dict[str, Any], months: int) -> Decimal:
    if "mrr" in amounts:
        return amounts["mrr"]
    if "arr" in amounts:
        return amounts["arr"] / MONTHS_IN_YEAR
    if "amount" in amounts:
        return amounts["amount"] / months
    seats = values.get("seats")
    return amounts["unit_amount"] * (1 if seats is None else seats) / months


def _warn_of_contradiction(clean: CleanRow, amounts: dict[str, Decimal], chosen: Chosen) -> None:
    if "mrr" not in amounts or "arr" not in amounts:
        return
    mrr, arr = amounts["mrr"], amounts["arr"]
    if abs(arr - mrr * MONTHS_IN_YEAR) > max(TOLERANCE * abs(arr), Decimal(MONTHS_IN_YEAR) / 2):
        clean.warnings.append(
            chosen.problem(
                "arr", "mrr_and_arr_differ", f"ARR {arr:,.2f} is not twelve times the MRR {mrr:,.2f}; the MRR counts."
            )
        )


def _set_end(clean: CleanRow, values: dict[str, Any], chosen: Chosen) -> None:
    """Set the end by what the row says of it: an end of its own, a cancellation, a status."""
    status = "ended" if values.get("churned") else values.get("status", "")
    cancels_at_end = values.get("cancels_at_end") or status == "ending"
    if "auto_renews" in values:
        clean.facts["auto_renews"] = values["auto_renews"]
    if cancels_at_end:
        clean.facts["auto_renews"] = False
    end = _end(values, status, cancels_at_end)
    if end is not None:
        if chosen.choices.end_is_last_day and "ends_on" in values:
            end += timedelta(days=1)
        clean.facts["ends_on"] = end
    elif status in ("ended", "unpaid_first_bill"):
        clean.hints["ended_by"] = chosen.today
    elif "ends_on" in chosen.column_of or "canceled_on" in chosen.column_of:
        clean.facts["ends_on"] = None
    elif status in ("running", "trial"):
        clean.hints["runs_on"] = chosen.today


def _end(values: dict[str, Any], status: str, cancels_at_end: bool) -> date | None:
    own, canceled, period = (values.get(name) for name in _END_FIELDS)
    if own is not None:
        return own
    if cancels_at_end or (canceled is not None and status in ("running", "trial")):
        return period
    if canceled is not None:
        return canceled
    return period if status == "ended" else None
