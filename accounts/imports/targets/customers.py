"""Customers, found by external id, else by domain, else by name."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import connection

from accounts.actions.family import lock_parents
from accounts.imports.cleaning import CleanRow, Problem
from accounts.imports.cleaning.readers import MAX_TAGS
from accounts.imports.targets import tables
from accounts.imports.targets.base import Record, RowRefused, Target
from accounts.models import Customer, Stage

WAITS = "waiting_for_parent"
# A union, because alternatives over several indexes would read the whole table.
_LIKELY = """id IN (
    SELECT id FROM accounts_customer WHERE external_id = ANY(%s)
    UNION SELECT id FROM accounts_customer WHERE domain = ANY(%s) AND domain <> '' AND merged_into_id IS NULL
    UNION SELECT id FROM accounts_customer WHERE name = ANY(%s) AND merged_into_id IS NULL
)"""


class CustomerTarget(Target):
    """Customers; a parent that the file brings later makes a row wait."""

    model = Customer
    table = "accounts_customer"
    columns: ClassVar[dict[str, str]] = {
        "external_id": "text",
        "name": "text",
        "domain": "text",
        "country": "text",
        "industry": "text",
        "language": "text",
        "time_zone": "text",
        "is_brand": "boolean",
        "is_strategic": "boolean",
        "edition": "text",
        "seats": "integer",
        "stage": "text",
        "tags": "text[]",
        "parent_id": "bigint",
        "signed_up_on": "date",
        "custom": "jsonb",
        "merged_into_id": "bigint",
    }
    defaults: ClassVar[dict[str, Any]] = {
        "external_id": None,
        "name": "",
        "domain": "",
        "country": "",
        "industry": "",
        "language": "",
        "time_zone": "",
        "is_brand": False,
        "is_strategic": False,
        "edition": "",
        "seats": None,
        "stage": Stage.ADOPTION.value,
        "tags": [],
        "parent_id": None,
        "signed_up_on": None,
        "custom": {},
        "merged_into_id": None,
    }
    constants: ClassVar[dict[str, Any]] = {"mrr": 0}
    added_kind = "customer.created"
    edited_kind = "customer.edited"
    lock_number = 7_201_101

    def load(self, rows: list[CleanRow]) -> None:
        """Read the customers that the rows and their parents' names may mean."""
        parents = {row.hints["parent"] for row in rows if "parent" in row.hints}
        if parents and self.lock:
            lock_parents()
        keyless = [row.facts for row in rows if not row.facts.get("external_id")]
        ids = {row.facts["external_id"] for row in rows if row.facts.get("external_id")}
        domains = {facts["domain"] for facts in keyless if facts.get("domain")}
        names = {facts["name"] for facts in keyless if facts.get("name")}
        # One statement for all, so that rows are locked in one order.
        self.stored(_LIKELY, [sorted(ids), sorted(domains), sorted(names)])
        self._by_id: dict[str, Record] = {}
        self._by_domain: dict[str, list[Record]] = {}
        self._by_name: dict[str, list[Record]] = {}
        for record in self.records.values():
            self._index(record)
        self._parents = self._read_parents(parents)

    def locate(self, row: CleanRow) -> Record | None:
        """Return the customer with the row's id; without one, the only customer with its domain or name."""
        external_id = row.facts.get("external_id")
        if external_id:
            found = self._by_id.get(external_id)
        else:
            found = self._only(self._by_domain, row, "domain") or self._only(self._by_name, row, "name")
        if found is not None and found.values["merged_into_id"]:
            raise RowRefused(
                self.problem("external_id", "merged", "This customer was merged into another one; change that one.")
            )
        return found

    def create(self, row: CleanRow) -> Record:
        """Return the new customer; its id or domain stands for a name that the file does not have."""
        values = {**self.defaults, "tags": [], "custom": {}, **row.on_create}
        record = Record(0, values)
        self.change(record, row)
        if not values["name"]:
            record.values["name"] = values["external_id"] or values["domain"]
            if "name" in self.aim.column_of:
                row.warnings.append(
                    self.problem("name", "no_name", f"It has no name; “{values['name']}” stands for it.")
                )
        self._index(record)
        return record

    def change(self, record: Record, row: CleanRow) -> None:
        """Change the facts; tags are added, custom fields changed one by one."""
        values, facts = record.values, dict(row.facts)
        custom = facts.pop("custom", None)
        values |= facts
        if custom:
            merged = {**values["custom"], **custom}
            values["custom"] = {key: value for key, value in merged.items() if value is not None}
        if "add_tags" in row.hints:
            values["tags"] = self._with_tags(values["tags"], row.hints["add_tags"])
        if values["stage"] in row.hints.get("not_stages", ()):
            values["stage"] = Stage.ADOPTION.value
        if "parent" in row.hints:
            values["parent_id"] = self._parent(record, row.hints["parent"])

    def settle(self) -> None:
        """Put the ids of parents that are new themselves in their places."""
        for record in [*self.new, *self.records.values()]:
            parent = record.values["parent_id"]
            if isinstance(parent, Record):
                record.values["parent_id"] = parent.id

    def check(self, written: list[Record]) -> dict[int, Problem]:
        """Return those that would be their own parent's parent."""
        moved = [one.id for one in written if one.values["parent_id"] and one.values["parent_id"] != _old_parent(one)]
        if not moved:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE up (start, id, path) AS ("
                " SELECT id, parent_id, ARRAY[id] FROM accounts_customer WHERE id = ANY(%s)"
                " UNION ALL SELECT up.start, c.parent_id, up.path || c.id"
                " FROM up JOIN accounts_customer c ON c.id = up.id WHERE c.id <> ALL(up.path)"
                ") SELECT DISTINCT start FROM up WHERE id = start",
                [moved],
            )
            circles = [row[0] for row in cursor.fetchall()]
        text = "Its parent company belongs to it, directly or through others."
        return {id_: self.problem("parent", "circle", text) for id_ in circles}

    @classmethod
    def title(cls, values: Mapping[str, Any]) -> str:
        """Return the name."""
        return str(values["name"])

    def customer_of(self, record: Record) -> int:
        """Return its own id."""
        return record.id

    def _index(self, record: Record) -> None:
        values = record.values
        if values["external_id"]:
            self._by_id[values["external_id"]] = record
        if values["merged_into_id"]:
            return
        if values["domain"]:
            self._by_domain.setdefault(values["domain"], []).append(record)
        self._by_name.setdefault(values["name"], []).append(record)

    def _only(self, index: dict[str, list[Record]], row: CleanRow, name: str) -> Record | None:
        text = row.facts.get(name)
        found = index.get(text, []) if text else []
        if len(found) > 1:
            raise RowRefused(
                self.problem(
                    name,
                    "ambiguous",
                    f"{len(found)} customers have the {name} “{text}”, and the row has no ID to choose.",
                )
            )
        return found[0] if found else None

    def _with_tags(self, tags: list[str], more: list[str]) -> list[str]:
        known = {tag.casefold() for tag in tags}
        both = [*tags, *(tag for tag in more if tag.casefold() not in known)]
        if len(both) > MAX_TAGS:
            raise RowRefused(self.problem("tags", "too_many_tags", f"It would have more than {MAX_TAGS} tags."))
        return both

    def _read_parents(self, texts: set[str]) -> dict[str, int]:
        """Return the id of the customer that each text means: an external id first, else the only one of that name."""
        if not texts:
            return {}
        found = tables.select(
            "accounts_customer",
            {"id": "bigint", "external_id": "text", "name": "text"},
            "merged_into_id IS NULL AND (external_id = ANY(%s) OR name = ANY(%s))",
            [sorted(texts), sorted(texts)],
        )
        names: dict[str, list[int]] = {}
        for id_, _, name in found:
            names.setdefault(name, []).append(id_)
        by_name = {name: ids[0] for name, ids in names.items() if len(ids) == 1}
        return by_name | {external_id: id_ for id_, external_id, _ in found if external_id}

    def _parent(self, record: Record, text: str) -> Any:
        new = self._by_id.get(text) or next(iter(self._by_name.get(text, [])), None)
        found: Any = self._parents.get(text) or (new.id or new if new is not None else None)
        if found is None:
            raise RowRefused(
                self.problem("parent", WAITS, f"No customer has the ID or the name “{text[:60]}”, which is its parent.")
            )
        if found is record or found == record.id:
            raise RowRefused(self.problem("parent", "own_parent", "It cannot be its own parent."))
        return found


def _old_parent(record: Record) -> int | None:
    return record.before["parent_id"] if record.before else None
