"""The audit of one customer in words: every version of it, its contacts, subscriptions and assignments."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import OuterRef, Subquery

from accounts.models import Assignment, Contact, Customer, CustomerMerge, CustomField, Role, Subscription, User
from core.errors import Invalid

PAGE_SIZE = 60
SHOWN_MERGES = 20
TRACKED: dict[str, type[models.Model]] = {
    "assignment": Assignment,
    "contact": Contact,
    "customer": Customer,
    "subscription": Subscription,
}
# What every row has and nobody edits.
SILENT = frozenset({"id", "created_at", "updated_at"})
WORDS = {"insert": "was added", "update": "was changed", "delete": "was removed"}
PEOPLE = frozenset({"person", "user", "ended_by", "assigned_by"})
CUSTOMERS = frozenset({"customer", "parent", "merged_into"})

# All rows that belong to the customer, or did when the version was written.
PAGE = """
SELECT kind, pgh_id, pgh_created_at FROM (
    SELECT 'customer' AS kind, pgh_id, pgh_created_at FROM accounts_customerevent
    WHERE pgh_obj_id IN (SELECT id FROM accounts_customer WHERE id = %(id)s OR merged_into_id = %(id)s)
    UNION ALL
    SELECT 'contact', pgh_id, pgh_created_at FROM accounts_contactevent
    WHERE customer_id = %(id)s OR pgh_obj_id IN (SELECT id FROM accounts_contact WHERE customer_id = %(id)s)
    UNION ALL
    SELECT 'subscription', pgh_id, pgh_created_at FROM accounts_subscriptionevent
    WHERE customer_id = %(id)s OR pgh_obj_id IN (SELECT id FROM accounts_subscription WHERE customer_id = %(id)s)
    UNION ALL
    SELECT 'assignment', pgh_id, pgh_created_at FROM accounts_assignmentevent
    WHERE customer_id = %(id)s OR pgh_obj_id IN (SELECT id FROM accounts_assignment WHERE customer_id = %(id)s)
) versions
WHERE %(at)s::timestamptz IS NULL OR (pgh_created_at, kind, pgh_id) < (%(at)s::timestamptz, %(kind)s, %(version)s)
ORDER BY pgh_created_at DESC, kind DESC, pgh_id DESC
LIMIT %(size)s
"""


@dataclass(frozen=True)
class Change:
    """One field's change; a value is a text, or a moment or a day for the page to print in the reader's way."""

    label: str
    before: Any
    after: Any


@dataclass
class Version:
    """What one statement did to one row."""

    kind: str
    title: str
    what: str
    changes: list[Change]

    @property
    def is_change(self) -> bool:
        """Tell whether there was a version before, to compare with."""
        return self.what == WORDS["update"]


@dataclass
class Step:
    """All that one person did in one transaction."""

    at: datetime
    who: str
    on_behalf_of: str
    why: str
    versions: list[Version] = field(default_factory=list)


@dataclass(frozen=True)
class HistoryPage:
    """Steps, the newest first, and the cursor of the older ones (empty where there are none)."""

    steps: list[Step]
    older: str


def history_page(customer: Customer, *, cursor: str = "") -> HistoryPage:
    """Return one page of the customer's history, in a fixed number of queries; raise Invalid for a foreign cursor."""
    keys = _keys(customer.pk, cursor)
    more, keys = len(keys) > PAGE_SIZE, keys[:PAGE_SIZE]
    events = _events(keys)
    words = _Words(events.values())
    steps: list[Step] = []
    for key in keys:
        event, before = events[key[0], key[1]]
        version = words.version(key[0], event, before)
        if version is not None:
            _step_of(steps, event, words).versions.append(version)
    return HistoryPage(steps, _encode(keys[-1]) if more else "")


def merges_of(customer: Customer) -> list[CustomerMerge]:
    """Return the last merges into this customer, the newest first."""
    merges = customer.merges.select_related("merged", "merged_by", "undone_by")
    return list(merges.order_by("-merged_at", "-pk")[:SHOWN_MERGES])


def _keys(customer_id: int, cursor: str) -> list[tuple[str, int, datetime]]:
    at, kind, version = _decode(cursor)
    with connection.cursor() as rows:
        rows.execute(PAGE, {"id": customer_id, "at": at, "kind": kind, "version": version, "size": PAGE_SIZE + 1})
        return [(row[0], row[1], row[2]) for row in rows.fetchall()]


def _events(keys: list[tuple[str, int, datetime]]) -> dict[tuple[str, int], tuple[Any, Any]]:
    """Return each version with the one before it."""
    found: dict[tuple[str, int], tuple[Any, Any]] = {}
    for kind, model in TRACKED.items():
        versions = model.pgh_event_models["insert"]  # type: ignore[attr-defined]
        earlier = versions.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        ids = [pgh_id for each, pgh_id, _ in keys if each == kind]
        events = versions.objects.filter(pgh_id__in=ids).select_related("pgh_context")
        events = list(events.annotate(before_id=Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])))
        before = versions.objects.in_bulk([e.before_id for e in events if e.before_id is not None])
        for event in events:
            found[kind, event.pgh_id] = (event, before.get(event.before_id))
    return found


def _step_of(steps: list[Step], event: Any, words: "_Words") -> Step:
    told = event.pgh_context.metadata if event.pgh_context else {}
    step = Step(
        at=event.pgh_created_at,
        who=words.who(told.get("who", "")),
        on_behalf_of=words.who(told.get("on_behalf_of", "")),
        why=told.get("why", ""),
    )
    last = steps[-1] if steps else None
    if last is None or (last.at, last.who, last.why) != (step.at, step.who, step.why):
        steps.append(step)
    return steps[-1]


class _Words:
    """Names for the ids that versions hold, all read at once."""

    def __init__(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        people: set[int | None] = set()
        customers: set[int | None] = set()
        addresses: set[str] = set()
        for event, before in pairs:
            for version in (event, before):
                people |= {getattr(version, f"{name}_id", None) for name in PEOPLE}
                customers |= {getattr(version, f"{name}_id", None) for name in CUSTOMERS}
            told = event.pgh_context.metadata if event.pgh_context_id else {}
            addresses |= {told.get("who", ""), told.get("on_behalf_of", "")}
        self._people = dict(User.objects.filter(pk__in=[pk for pk in people if pk]).values_list("pk", "name"))
        self._customers = dict(Customer.objects.filter(pk__in=[pk for pk in customers if pk]).values_list("pk", "name"))
        self._names = dict(User.objects.filter(email__in=addresses - {""}).values_list("email", "name"))
        self._labels = dict(CustomField.objects.values_list("key", "label"))

    def who(self, address: str) -> str:
        """Return the person's name, or what the audit calls whoever wrote."""
        return self._names.get(address) or address

    def version(self, kind: str, event: Any, before: Any) -> Version | None:
        """Return what the version changed; nothing where it changed only what nobody edits."""
        changes = list(self._changes(TRACKED[kind], event, before if event.pgh_label == "update" else None))
        if event.pgh_label == "update" and not changes:
            return None
        shown = [] if event.pgh_label == "delete" else changes
        return Version(kind, self._title(kind, event), WORDS[event.pgh_label], shown)

    def _changes(self, model: type[models.Model], event: Any, before: Any) -> Iterable[Change]:
        for column in model._meta.concrete_fields:
            if column.name in SILENT or not hasattr(event, column.attname):
                continue
            old = getattr(before, column.attname) if before is not None else None
            new = getattr(event, column.attname)
            if old == new or (before is None and (new in (None, "", [], {}, False) or column.name == "customer")):
                continue
            if column.name == "custom":
                yield from self._custom(old or {}, new or {})
                continue
            label = str(column.verbose_name)
            yield Change(label[:1].upper() + label[1:], self._shown(column, old), self._shown(column, new))

    def _custom(self, old: dict[str, Any], new: dict[str, Any]) -> Iterable[Change]:
        for key in {**old, **new}:
            if old.get(key) != new.get(key):
                yield Change(self._labels.get(key, key), _plain(old.get(key)), _plain(new.get(key)))

    def _shown(self, column: models.Field, value: Any) -> Any:
        if value is None or value == "":
            return ""
        if column.name in PEOPLE:
            return self._people.get(value, "somebody who is gone")
        if column.name in CUSTOMERS:
            return self._customers.get(value, "a customer that is gone")
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        return _plain(value)

    def _title(self, kind: str, event: Any) -> str:
        if kind == "contact":
            return (
                f"Contact {event.first_name} {event.last_name}".strip()
                if event.first_name
                else f"Contact {event.email}"
            )
        if kind == "subscription":
            return f"Subscription {event.edition}".strip()
        if kind == "assignment":
            return f"{Role(event.role).label} {self._people.get(event.person_id, '')}".strip()
        return f"Customer {event.name}"


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else value


def _encode(key: tuple[str, int, datetime]) -> str:
    kind, version, at = key
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), kind, version]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime | None, str, int]:
    if not cursor:
        return None, "", 0
    try:
        at, kind, version = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if kind not in TRACKED or type(version) is not int:
            raise ValueError(kind)
        return datetime.fromisoformat(at), kind, version
    except Exception as error:
        raise Invalid(
            "This page address is not one of this list; start from its first page.", code="bad_cursor"
        ) from error
