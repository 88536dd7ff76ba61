"""Finding the customers that rows name: by id, by name, by domain, by the address of a contact."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.imports.cleaning import Problem, Reference
from accounts.imports.targets import tables
from accounts.imports.targets.base import RowRefused

_COLUMNS = {
    "id": "bigint",
    "external_id": "text",
    "name": "text",
    "domain": "text",
    "merged_into_id": "bigint",
    "signed_up_on": "date",
}
_CONTACT = {"id": "bigint", "email": "text", "customer_id": "bigint"}
_COLUMN_FIELDS = {
    "external_id": "customer_external_id",
    "name": "customer_name",
    "domain": "customer_domain",
    "email": "customer_email",
}
_SAID = {"external_id": "ID", "name": "name", "domain": "domain", "email": "e-mail address of a contact"}


@dataclass(frozen=True)
class Named:
    """A customer that a row named."""

    id: int
    name: str
    signed_up_on: date | None


class Directory:
    """The customers that some rows name, read in a fixed number of queries; a merged one stands for the one kept."""

    def __init__(self, references: Iterable[Reference]) -> None:
        wanted = list(references)
        self._by: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in _COLUMN_FIELDS}
        self._rows: dict[int, tuple[Any, ...]] = {}
        self._read("external_id", {one.external_id for one in wanted} - {""}, "external_id = ANY(%s)")
        self._read("name", {one.name for one in wanted} - {""}, "name = ANY(%s) AND merged_into_id IS NULL")
        self._read(
            "domain",
            {one.domain for one in wanted} - {""},
            "domain = ANY(%s) AND domain <> '' AND merged_into_id IS NULL",
        )
        self._read_emails({one.email for one in wanted} - {""})
        self._read_kept()

    def find(self, reference: Reference, column_of: Mapping[str, str]) -> tuple[Named | None, Problem | None]:
        """Return the customer and, where a weaker name than the first one found it, a warning.

        (None, None) stands for a row that names no customer. Raises RowRefused for one that is unknown or ambiguous.
        """
        tried: list[tuple[str, str, int]] = []
        for kind in _COLUMN_FIELDS:
            text = getattr(reference, kind)
            if not text:
                continue
            ids = {self._kept(id_) for id_ in self._by[kind].get(text, ())}
            if len(ids) == 1:
                named = self._named(ids.pop())
                return named, _weaker(tried, kind, named) if tried else None
            tried.append((kind, text, len(ids)))
        if not tried:
            return None, None
        kind, text, count = tried[0]
        column = column_of.get(_COLUMN_FIELDS[kind], "")
        if count:
            raise RowRefused(
                Problem(column, "ambiguous_customer", f"{count} customers have the {_SAID[kind]} “{text[:60]}”.")
            )
        raise RowRefused(
            Problem(
                column,
                "unknown_customer",
                f"No customer has the {_SAID[kind]} “{text[:60]}”. Import the customers first.",
            )
        )

    def _read(self, kind: str, texts: set[str], where: str) -> None:
        if not texts:
            return
        place = list(_COLUMNS).index(kind)
        for row in tables.select("accounts_customer", _COLUMNS, where, [sorted(texts)]):
            self._rows[row[0]] = row
            self._by[kind][row[place]].add(row[0])

    def _read_emails(self, emails: set[str]) -> None:
        if not emails:
            return
        found = tables.select("accounts_contact", _CONTACT, "email = ANY(%s)", [sorted(emails)])
        for _, email, customer_id in found:
            self._by["email"][email].add(customer_id)
        missing = {customer_id for _, _, customer_id in found} - self._rows.keys()
        self._read_by_id(missing)

    def _read_kept(self) -> None:
        """Read those into which the found ones were merged, as far as the chain goes."""
        while missing := {row[4] for row in self._rows.values() if row[4]} - self._rows.keys():
            self._read_by_id(missing)

    def _read_by_id(self, ids: set[int]) -> None:
        if ids:
            for row in tables.select("accounts_customer", _COLUMNS, "id = ANY(%s)", [sorted(ids)]):
                self._rows[row[0]] = row

    def _kept(self, id_: int) -> int:
        while self._rows[id_][4]:
            id_ = self._rows[id_][4]
        return id_

    def _named(self, id_: int) -> Named:
        row = self._rows[id_]
        return Named(id_, row[2], row[5])


def _weaker(tried: list[tuple[str, str, int]], kind: str, named: Named) -> Problem:
    first, text, _ = tried[0]
    return Problem(
        "",
        "found_otherwise",
        f"The {_SAID[first]} “{text[:60]}” is not known; {named.name} was found by its {_SAID[kind]}.",
    )
