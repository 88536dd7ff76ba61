"""What every change of a customer's facts has in common: lock, check for others' changes, words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models

from accounts.models import Customer, TimelineEntry, User
from core.audit import because
from core.errors import Conflict, NotFound

Row = TypeVar("Row", bound=models.Model)
Changes = dict[str, tuple[Any, Any]]

WORDS_IN_SUMMARY = 60


@contextmanager
def audited_as(actor: User | None, why: str = "") -> Iterator[None]:
    """Give the audit triggers who acts and why, for writes outside a request too."""
    with because(why, who=actor.email if actor else ""):
        yield


def lock(row: Row) -> Row:
    """Return the row as it is now, locked until the transaction ends; raise NotFound where it is gone."""
    found = type(row)._default_manager.select_for_update(no_key=True, of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise NotFound("It is no longer there.")
    return found


def lock_customer(customer: Customer) -> Customer:
    """Return the customer locked; raise Conflict where it was merged into another."""
    found = lock(customer)
    if found.merged_into_id is not None:
        raise Conflict(
            "This customer was merged into another one; change that one.",
            code="merged",
            merged_into=found.merged_into_id,
        )
    return found


def ensure_unchanged(row: models.Model, expected: datetime | None, *, customer_id: int, about: str = "") -> None:
    """Return nothing where nobody changed the row since `expected`; raise Conflict “changed_since” otherwise.

    What changed is told from the timeline: of the customer itself, or of one contact or subscription ("contact:5").
    """
    if expected is None or row.updated_at == expected:  # type: ignore[attr-defined]
        return
    entries = TimelineEntry.objects.filter(customer=customer_id, at__gt=expected)
    entries = entries.filter(data__about=about) if about else entries.filter(kind__startswith="customer.")
    told = [
        {"who": e.actor_name or "the product", "at": e.at.isoformat(), "what": e.summary}
        for e in entries.order_by("-at", "-id")[:5]
    ]
    words = "; ".join(f"{t['who']}: {t['what']}" for t in told) or "somebody changed it outside the pages"
    raise Conflict(
        f"This was changed while you were editing it ({words}). Look at the values below and save again.",
        code="changed_since",
        changes=told,
        updated_at=row.updated_at.isoformat(),  # type: ignore[attr-defined]
    )


def differences(row: models.Model, values: Mapping[str, Any]) -> Changes:
    """Return what would change: for each field the old and the new value."""
    return {field: (getattr(row, field), new) for field, new in values.items() if getattr(row, field) != new}


def apply(row: models.Model, changed: Changes) -> None:
    """Set and save the new values of `differences`."""
    for field, (_, new) in changed.items():
        setattr(row, field, new)
    row.save(update_fields=[*changed, "updated_at"])


def describe(row: models.Model, changed: Changes) -> str:
    """Return the change in words: “Country: US → DE; Tags: +vip”."""
    return "; ".join(_describe_field(row, field, old, new) for field, (old, new) in changed.items())


def as_json(changed: Changes) -> dict[str, list[Any]]:
    """Return the change as the timeline keeps it: for each field [old, new]."""
    return {field: [_plain(old), _plain(new)] for field, (old, new) in changed.items()}


def _describe_field(row: models.Model, name: str, old: Any, new: Any) -> str:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return "; ".join(f"{key}: {_word(old.get(key))} → {_word(new.get(key))}" for key in keys)
    label = str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    label = label[:1].upper() + label[1:]
    if isinstance(old, list) and isinstance(new, list):
        signs = [f"+{tag}" for tag in new if tag not in old] + [f"−{tag}" for tag in old if tag not in new]
        return f"{label}: {' '.join(signs) or 'reordered'}"
    return f"{label}: {_word(old)} → {_word(new)}"


def _word(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    text = str(value)
    return text if len(text) <= WORDS_IN_SUMMARY else text[: WORDS_IN_SUMMARY - 1] + "…"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, models.Model):
        return value.pk
    return value
