"""The company's house rules: its settings, the worth of other currencies, the fields it adds to customers."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from accounts.actions.editing import audited_as
from accounts.facts import clean_currency, clean_line
from accounts.models import CompanySettings, Customer, CustomField, ExchangeRate, Subscription, User
from accounts.rules.errors import Unreadable
from accounts.rules.places import time_zone_name
from core import outbox
from core.errors import Conflict, Invalid
from core.transactions import repeated_transaction

COMPANY_FIELDS = frozenset({"name", "currency", "time_zone", "language", "csm_sees", "require_second_factor"})
MAX_RATE = Decimal(10) ** 9
# The last digit that ExchangeRate.rate keeps.
SMALLEST_RATE = Decimal(10) ** -12
MAX_CHOICES = 200
# The same words that rules and lists use for a customer's own facts must not name a second thing.
RESERVED_KEYS = frozenset(field.name for field in Customer._meta.get_fields()) | {"arr", "csm", "age"}


@repeated_transaction
def update_company(*, actor: User | None, changes: Mapping[str, Any]) -> CompanySettings:
    """Return the company's settings with these changes; a new currency turns every exchange rate into its own terms.

    Raises Invalid for a wrong value, and Conflict where the old currency has no rate in the new one.
    """
    foreign = set(changes) - COMPANY_FIELDS
    if foreign:
        raise Invalid("There is no such setting.", field=min(foreign))
    company = _lock_company()
    values = {name: _clean_setting(name, value) for name, value in changes.items()}
    with audited_as(actor):
        if values.get("currency", company.currency) != company.currency:
            _change_currency(company, values["currency"])
        for name, value in values.items():
            setattr(company, name, value)
        company.save(update_fields=sorted(values))
    return company


def _clean_setting(name: str, value: Any) -> Any:
    if name == "name":
        cleaned = clean_line(value, limit=200)
        if not cleaned:
            raise Invalid("The company needs a name.", field="name")
        return cleaned
    if name == "currency":
        return clean_currency(value)
    if name == "time_zone":
        try:
            return time_zone_name(value)
        except Unreadable as error:
            raise Invalid(str(error), field="time_zone") from error
    if name == "csm_sees" and value not in CompanySettings.Sight.values:
        raise Invalid("Choose what CSMs see.", field="csm_sees")
    return value


def _change_currency(company: CompanySettings, new: str) -> None:
    """Turn the rates: what was worth r of the old currency is worth r / (rate of the new one), each day anew."""
    old = company.currency
    has_others = (
        Subscription.objects.exclude(currency=new).exists() or ExchangeRate.objects.exclude(currency=new).exists()
    )
    if has_others and not ExchangeRate.objects.filter(currency=new).exists():
        raise Conflict(
            f"Amounts in {old} are counted in {new} by exchange rates: add one for {new} first.",
            code="rates_missing",
            field="currency",
        )
    with connection.cursor() as cursor:
        cursor.execute(TURNED_RATES, {"new": new, "old": old})
        turned = cursor.fetchall()
    # The old currency's rates first, the new one's away last: at no moment is a currency in use without a rate.
    _write_rates([(currency, day, rate) for currency, day, rate in turned if currency == old])
    CompanySettings.objects.filter(pk=company.pk).update(currency=new)
    company.currency = new
    _write_rates([(currency, day, rate) for currency, day, rate in turned if currency != old])
    ExchangeRate.objects.filter(currency=new).delete()
    _promise_figures()


def _write_rates(rates: list[tuple[str, date, Decimal]]) -> None:
    ExchangeRate.objects.bulk_create(
        [ExchangeRate(currency=c, valid_from=day, rate=max(rate, SMALLEST_RATE)) for c, day, rate in rates],
        update_conflicts=True,
        unique_fields=["currency", "valid_from"],
        update_fields=["rate"],
    )


# For every currency and every day on which its own or the new currency's rate began: its worth in the new one.
TURNED_RATES = """
WITH days AS (
    SELECT DISTINCT c.currency, r.valid_from
    FROM (SELECT DISTINCT currency FROM accounts_exchangerate WHERE currency <> %(new)s UNION SELECT %(old)s) c
    JOIN accounts_exchangerate r ON r.currency IN (c.currency, %(new)s)
    WHERE EXISTS (SELECT FROM accounts_exchangerate n WHERE n.currency = %(new)s)
), rates AS (
    SELECT d.currency, d.valid_from,
           CASE WHEN d.currency = %(old)s THEN 1 ELSE (
               SELECT r.rate FROM accounts_exchangerate r WHERE r.currency = d.currency
               ORDER BY r.valid_from <= d.valid_from DESC, abs(r.valid_from - d.valid_from) LIMIT 1
           ) END AS own,
           (SELECT r.rate FROM accounts_exchangerate r WHERE r.currency = %(new)s
            ORDER BY r.valid_from <= d.valid_from DESC, abs(r.valid_from - d.valid_from) LIMIT 1) AS base
    FROM days d
)
SELECT currency, valid_from, round(own / base, 12) FROM rates ORDER BY currency, valid_from
"""


@repeated_transaction
def save_rate(*, actor: User | None, currency: str, valid_from: date, rate: Decimal) -> ExchangeRate:
    """Return the rate of the currency from this day on: what one unit is worth in the company's currency.

    A rate of the same day is replaced. Raises Invalid for the company's own currency and for a rate that is none.
    """
    code = clean_currency(currency)
    if code == _lock_company().currency:
        raise Invalid("The company's own currency is always worth 1.", field="currency")
    if not SMALLEST_RATE <= rate <= MAX_RATE:
        raise Invalid("A rate is more than 0.", field="rate")
    with audited_as(actor):
        saved, _ = ExchangeRate.objects.update_or_create(currency=code, valid_from=valid_from, defaults={"rate": rate})
    _promise_figures()
    return saved


@repeated_transaction
def delete_rate(*, actor: User | None, rate: ExchangeRate) -> None:
    """Delete the rate; raise Conflict where it is the last one of a currency that subscriptions use."""
    _lock_company()
    others = ExchangeRate.objects.filter(currency=rate.currency).exclude(pk=rate.pk).exists()
    if not others and Subscription.objects.filter(currency=rate.currency).exists():
        raise Conflict(f"Subscriptions in {rate.currency} need a rate.", code="rate_needed")
    try:
        with audited_as(actor), transaction.atomic():
            rate.delete()
    except IntegrityError as error:
        raise Conflict(f"Subscriptions in {rate.currency} need a rate.", code="rate_needed") from error
    _promise_figures()


def _lock_company() -> CompanySettings:
    CompanySettings.current()
    return CompanySettings.objects.select_for_update().get(pk=1)


def _promise_figures() -> None:
    # The database has marked whose figures the rates touch; the refresh need not wait for the hour.
    outbox.enqueue("accounts.refresh_figures", {}, key="due")


@repeated_transaction
def create_field(
    *, actor: User | None, label: str, type: str, choices: Iterable[str] = (), help_text: str = "", position: int = 0
) -> CustomField:
    """Return a new field of every customer; its key is made from the label and never changes.

    Raises Invalid for a wrong label, type or list of choices, Conflict where the label is taken.
    """
    if type not in CustomField.Type.values:
        raise Invalid("Choose a type.", field="type")
    field = CustomField(type=type)
    _set_facts(field, label=label, choices=choices, help_text=help_text, position=position)
    field.key = _free_key(field.label)
    return _save_field(field, actor)


@repeated_transaction
def update_field(*, actor: User | None, field: CustomField, changes: Mapping[str, Any]) -> CustomField:
    """Return the field with these changes; deactivated, its values stay with the customers but are not shown.

    Raises Conflict where customers hold values that a changed type or a missing choice would make wrong.
    """
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    held = Customer.objects.filter(custom__has_key=field.key)
    if "type" in changes and changes["type"] != field.type:
        if held.exists():
            raise Conflict("Customers have values in this field; make a new field for the other type.", field="type")
        if changes["type"] not in CustomField.Type.values:
            raise Invalid("Choose a type.", field="type")
        field.type = changes["type"]
    before = set(field.choices)
    facts = {name: changes.get(name, getattr(field, name)) for name in ("label", "choices", "help_text", "position")}
    _set_facts(field, **facts)
    lost = before - set(field.choices)
    if lost and held.filter(**{f"custom__{field.key}__in": sorted(lost)}).exists():
        raise Conflict(f"Customers hold the choice “{min(lost)}”; keep it in the list.", field="choices")
    field.is_active = bool(changes.get("is_active", field.is_active))
    return _save_field(field, actor)


def _set_facts(field: CustomField, *, label: str, choices: Iterable[str], help_text: str, position: int) -> None:
    field.label = clean_line(label, limit=80)
    if not field.label:
        raise Invalid("The field needs a label.", field="label")
    field.help_text = clean_line(help_text, limit=200)
    field.position = position
    wanted = list(dict.fromkeys(line for choice in choices if (line := clean_line(choice, limit=80))))
    if field.type == CustomField.Type.CHOICE and not 0 < len(wanted) <= MAX_CHOICES:
        raise Invalid(f"List 1 to {MAX_CHOICES} choices, one a line.", field="choices")
    field.choices = wanted if field.type == CustomField.Type.CHOICE else []


def _free_key(label: str) -> str:
    stem = slugify(label).replace("-", "_")[:36].strip("_") or "field"
    if stem in RESERVED_KEYS:
        stem = f"own_{stem}"[:36]
    taken = set(CustomField.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for n in range(len(taken) + 1) if (key := stem if n == 0 else f"{stem}_{n + 1}") not in taken)


def _save_field(field: CustomField, actor: User | None) -> CustomField:
    try:
        with audited_as(actor), transaction.atomic():
            field.save()
    except IntegrityError as error:
        raise Conflict("There is a field with this label already.", code="label_taken", field="label") from error
    return field
