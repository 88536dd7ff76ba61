"""Writes of subscriptions; the database keeps the customer's figures right in the same transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from accounts import timeline
from accounts.actions.editing import (
    as_json,
    audited_as,
    describe,
    differences,
    ensure_unchanged,
    lock,
    lock_customer,
)
from accounts.facts import SUBSCRIPTION_CLEANERS, clean_each, clean_required_date, raise_first
from accounts.models import CompanySettings, Customer, ExchangeRate, Subscription, User
from accounts.signals import facts_changed
from core.errors import Invalid
from core.transactions import repeated_transaction


def clean_subscription(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts as they are stored; raise Invalid with every problem in its details."""
    cleaned, problems = clean_each(SUBSCRIPTION_CLEANERS, facts)
    raise_first(problems)
    return cleaned


@repeated_transaction
def create_subscription(*, actor: User | None, customer: Customer, **facts: Any) -> Subscription:
    """Return the new subscription; without a currency it is in the company's own.

    Raises Invalid for a wrong fact, an end before the start, and a currency without an exchange rate.
    """
    given = {"currency": CompanySettings.current().currency, "starts_on": None, "mrr": 0, **facts}
    values = clean_subscription(given)
    owner = lock_customer(customer)
    subscription = Subscription(customer=owner, **values)
    with audited_as(actor):
        _save(subscription, force_insert=True)
        timeline.record(
            owner,
            "subscription.added",
            f"Subscription {_title(subscription)} was added",
            actor=actor,
            data={"about": f"subscription:{subscription.pk}"},
        )
    facts_changed.send(sender=Subscription, customer_ids=[owner.pk])
    return subscription


@repeated_transaction
def update_subscription(
    *,
    actor: User | None,
    subscription: Subscription,
    changes: Mapping[str, Any],
    why: str = "",
    expected_updated_at: datetime | None = None,
) -> Subscription:
    """Return the subscription as it now is; what does not change is not written.

    Raises Invalid as `create_subscription` does, Conflict “changed_since” where somebody saved meanwhile.
    """
    values = clean_subscription(changes)
    lock_customer(subscription.customer)
    locked = lock(subscription)
    about = f"subscription:{locked.pk}"
    ensure_unchanged(locked, expected_updated_at, customer_id=locked.customer_id, about=about)
    changed = differences(locked, values)
    if not changed:
        return locked
    title = _title(locked)
    with audited_as(actor, why):
        for field, (_, new) in changed.items():
            setattr(locked, field, new)
        _save(locked, update_fields=[*changed, "updated_at"])
        timeline.record(
            locked.customer_id,
            "subscription.edited",
            f"Subscription {title}: {describe(locked, changed)}",
            actor=actor,
            why=why,
            data={"about": about, "changes": as_json(changed)},
        )
    facts_changed.send(sender=Subscription, customer_ids=[locked.customer_id])
    return locked


def end_subscription(
    *,
    actor: User | None,
    subscription: Subscription,
    ends_on: date,
    why: str = "",
    expected_updated_at: datetime | None = None,
) -> Subscription:
    """Return the subscription, which now ends: `ends_on` is the first day no longer paid for."""
    return update_subscription(
        actor=actor,
        subscription=subscription,
        changes={"ends_on": clean_required_date(ends_on), "auto_renews": False},
        why=why,
        expected_updated_at=expected_updated_at,
    )


def ensure_rates_known(currencies: set[str]) -> None:
    """Return nothing where every currency can be counted; raise Invalid naming those without an exchange rate."""
    foreign = currencies - {CompanySettings.current().currency}
    missing = foreign - set(ExchangeRate.objects.filter(currency__in=foreign).values_list("currency", flat=True))
    if missing:
        raise Invalid(
            f"There is no exchange rate for {', '.join(sorted(missing))}; an administrator adds it in the settings.",
            code="no_exchange_rate",
            field="currency",
            currencies=sorted(missing),
        )


def _save(subscription: Subscription, **how: Any) -> None:
    if subscription.ends_on is not None and subscription.ends_on < subscription.starts_on:
        raise Invalid("It cannot end before it starts.", code="ends_before_start", field="ends_on")
    ensure_rates_known({subscription.currency})
    try:
        with transaction.atomic():
            subscription.save(**how)
    except IntegrityError as error:
        raise _named(subscription, error) from error
    except DataError as error:
        raise Invalid(
            "In the company's currency this amount is too large.", code="out_of_range", field="mrr"
        ) from error


def _named(subscription: Subscription, error: IntegrityError) -> Exception:
    if "external_id" in str(error):
        return Invalid(
            f"Another subscription has the external id “{subscription.external_id}”.",
            code="taken",
            field="external_id",
        )
    if "no exchange rate" in str(error):
        return Invalid(
            f"There is no exchange rate for {subscription.currency}; an administrator adds it in the settings.",
            code="no_exchange_rate",
            field="currency",
        )
    return error


def _title(subscription: Subscription) -> str:
    return f"“{subscription.edition or 'without edition'}” from {subscription.starts_on}"
