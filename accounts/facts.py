"""What may stand in the fields of a customer, a contact and a subscription: one cleaner a field.

Forms, the API and imports hand in texts or values; each cleaner returns what is stored and raises core.errors.Invalid.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import partial
from typing import Any

from accounts import rules
from accounts.models import CustomField, Stage, Subscription
from core.errors import Invalid

Cleaner = Callable[[Any], Any]

TAG_LENGTH = 60
MAX_TAGS = 30
MAX_COUNT = 2_147_483_647  # what PostgreSQL's integer holds
MAX_MRR = Decimal(10) ** 11
MAX_NUMBER = Decimal(10) ** 15
CUSTOM_TEXT_LENGTH = 1000
FIRST_YEAR, LAST_YEAR = rules.dates.EARLIEST_YEAR, rules.dates.LATEST_YEAR


def clean_line(value: Any, *, limit: int) -> str:
    """Return one line of text: no control characters, single spaces, nothing at the ends."""
    return _read(lambda text: rules.clean_text(text, limit), value)


def clean_name(value: Any, *, limit: int) -> str:
    """Return a name that is not empty."""
    text = clean_line(value, limit=limit)
    if not text:
        raise Invalid("A name is needed.", code="required")
    return text


def clean_external_id(value: Any, *, limit: int) -> str | None:
    """Return the id of another system, None where there is none."""
    return clean_line(value, limit=limit) or None


def clean_choice(value: Any, *, choices: Iterable[str]) -> str:
    """Return one of the choices."""
    known = list(choices)
    text = _as_text(value).strip().lower()
    if text not in known:
        raise Invalid(f"“{_as_text(value)}” is none of: {', '.join(known)}.", code="not_a_choice")
    return text


def clean_yes_no(value: Any) -> bool:
    """Return True or False for the usual words of either."""
    return value if isinstance(value, bool) else bool(_read(rules.read_yes_no, value))


def clean_count(value: Any) -> int | None:
    """Return a whole number from 0 to what the database holds, None where there is none."""
    if _is_empty(value):
        return None
    number = clean_number(value)
    if number != number.to_integral_value() or not 0 <= number <= MAX_COUNT:
        raise Invalid(f"A whole number from 0 to {MAX_COUNT:,} is needed, not {value}.", code="not_a_count")
    return int(number)


def clean_number(value: Any) -> Decimal:
    """Return a finite decimal number of a plausible size."""
    if isinstance(value, bool):
        raise Invalid(f"“{value}” is not a number.", code="not_a_number")
    if isinstance(value, str):
        number: Decimal = _read(rules.read_number, value)
    else:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise Invalid(f"“{value}” is not a number.", code="not_a_number") from None
    if not number.is_finite() or abs(number) >= MAX_NUMBER:
        raise Invalid("A number of at most 15 digits fits.", code="out_of_range")
    return number


def clean_mrr(value: Any) -> Decimal:
    """Return a monthly amount of at least 0, with four decimals at most (rounded half to even)."""
    if _is_empty(value):
        raise Invalid("An amount is needed; 0 for what is free.", code="required")
    number = clean_number(value)
    if not 0 <= number < MAX_MRR:
        raise Invalid(f"An amount from 0 to below {MAX_MRR:,} is needed, not {value}.", code="out_of_range")
    return number.quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)


def clean_date(value: Any) -> date | None:
    """Return a date of a plausible year, None where there is none; text is read as 2026-01-31."""
    if _is_empty(value):
        return None
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise Invalid(f"The year {value.year} cannot be meant.", code="date_out_of_range")
        return value
    found: date = _read(rules.read_date, value)
    return found


def clean_required_date(value: Any) -> date:
    """Return a date of a plausible year."""
    found = clean_date(value)
    if found is None:
        raise Invalid("A date is needed.", code="required")
    return found


def clean_currency(value: Any) -> str:
    """Return the ISO 4217 code."""
    if _is_empty(value):
        raise Invalid("A currency is needed.", code="required")
    return str(_read(rules.currency_code, value))


def clean_email(value: Any) -> str:
    """Return the address in lower case."""
    if _is_empty(value):
        raise Invalid("An e-mail address is needed.", code="required")
    return str(_read(rules.email_address, value))


def clean_tags(value: Any) -> list[str]:
    """Return the tags in their order, each once whatever its case; text is cut at commas and semicolons."""
    pieces = value.replace(";", ",").split(",") if isinstance(value, str) else list(value or [])
    tags: dict[str, str] = {}
    for piece in pieces:
        tag = clean_line(piece, limit=TAG_LENGTH)
        if tag:
            tags.setdefault(tag.casefold(), tag)
    if len(tags) > MAX_TAGS:
        raise Invalid(f"At most {MAX_TAGS} tags fit; these are {len(tags)}.", code="too_many")
    return list(tags.values())


def clean_custom_value(value: Any, *, kind: str, choices: Iterable[str]) -> Any:
    """Return a custom field's value as JSON keeps it, None for an empty one; `kind` is CustomField.Type.

    Numbers stay exact up to 15 digits; a date becomes its ISO form.
    """
    if _is_empty(value):
        return None
    if kind == CustomField.Type.NUMBER:
        number = clean_number(value)
        return int(number) if number == number.to_integral_value() else float(number)
    if kind == CustomField.Type.DATE:
        return clean_required_date(value).isoformat()
    if kind == CustomField.Type.YES_NO:
        return clean_yes_no(value)
    if kind == CustomField.Type.CHOICE:
        return _custom_choice(value, list(choices))
    return clean_line(value, limit=CUSTOM_TEXT_LENGTH)


def raise_first(problems: list[Invalid]) -> None:
    """Raise the first problem, with every one in its details under "problems"; return where there is none."""
    if not problems:
        return
    told = [{"field": p.field, "code": p.code, "message": p.message} for p in problems]
    problems[0].details.setdefault("problems", told)
    raise problems[0]


def clean_each(cleaners: Mapping[str, Cleaner], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Invalid]]:
    """Return the cleaned values and every problem found, each naming its field."""
    cleaned: dict[str, Any] = {}
    problems: list[Invalid] = []
    for field, value in values.items():
        if field not in cleaners:
            problems.append(Invalid(f"There is no field “{field}” to set.", code="unknown_field", field=field))
            continue
        try:
            cleaned[field] = cleaners[field](value)
        except Invalid as problem:
            problem.field = problem.field or field
            problems.append(problem)
    return cleaned, problems


def _optional(rule: Callable[[str], str]) -> Cleaner:
    """Return a cleaner that lets an empty value stay empty."""
    return lambda value: "" if _is_empty(value) else _read(rule, value)


def _read(rule: Callable[[str], Any], value: Any) -> Any:
    try:
        return rule(_as_text(value))
    except rules.Unreadable as problem:
        raise Invalid(problem.message, code=problem.code) from None


def _custom_choice(value: Any, choices: list[str]) -> str:
    wanted = _as_text(value).strip().casefold()
    for choice in choices:
        if choice.casefold() == wanted:
            return choice
    raise Invalid(f"“{_as_text(value)}” is none of: {', '.join(choices)}.", code="not_a_choice")


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)


# What a person, an import or the API may set; the tier and the figures have ways of their own.
CUSTOMER_CLEANERS: dict[str, Cleaner] = {
    "name": partial(clean_name, limit=255),
    "external_id": partial(clean_external_id, limit=120),
    "domain": _optional(rules.domain_name),
    "country": _optional(rules.country_code),
    "industry": partial(clean_line, limit=120),
    "language": _optional(rules.language_code),
    "time_zone": _optional(rules.time_zone_name),
    "is_brand": clean_yes_no,
    "is_strategic": clean_yes_no,
    "edition": partial(clean_line, limit=120),
    "seats": clean_count,
    "stage": partial(clean_choice, choices=Stage.values),
    "tags": clean_tags,
    "signed_up_on": clean_date,
}
CONTACT_CLEANERS: dict[str, Cleaner] = {
    "external_id": partial(clean_external_id, limit=120),
    "first_name": partial(clean_line, limit=120),
    "last_name": partial(clean_line, limit=120),
    "email": clean_email,
    "phone": partial(clean_line, limit=60),
    "job_title": partial(clean_line, limit=120),
    "language": _optional(rules.language_code),
    "time_zone": _optional(rules.time_zone_name),
    "is_decision_maker": clean_yes_no,
    "is_active": clean_yes_no,
}
SUBSCRIPTION_CLEANERS: dict[str, Cleaner] = {
    "external_id": partial(clean_external_id, limit=120),
    "edition": partial(clean_line, limit=120),
    "seats": clean_count,
    "billing": partial(clean_choice, choices=Subscription.Billing.values),
    "currency": clean_currency,
    "mrr": clean_mrr,
    "starts_on": clean_required_date,
    "ends_on": clean_date,
    "is_trial": clean_yes_no,
    "auto_renews": clean_yes_no,
}
