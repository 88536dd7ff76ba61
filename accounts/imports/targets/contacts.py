"""Contacts, found by external id, else by customer and e-mail address."""

from collections.abc import Mapping
from typing import Any, ClassVar

from accounts.imports.cleaning import CleanRow, Reference
from accounts.imports.targets.base import Record, RowRefused, Target
from accounts.imports.targets.references import Directory, Named
from accounts.models import Contact

_NOBODY = Reference()


class ContactTarget(Target):
    """Contacts of customers that are there already."""

    model = Contact
    table = "accounts_contact"
    columns: ClassVar[dict[str, str]] = {
        "customer_id": "bigint",
        "external_id": "text",
        "email": "text",
        "first_name": "text",
        "last_name": "text",
        "phone": "text",
        "job_title": "text",
        "language": "text",
        "time_zone": "text",
        "is_decision_maker": "boolean",
        "is_active": "boolean",
    }
    defaults: ClassVar[dict[str, Any]] = {
        "customer_id": None,
        "external_id": None,
        "email": "",
        "first_name": "",
        "last_name": "",
        "phone": "",
        "job_title": "",
        "language": "",
        "time_zone": "",
        "is_decision_maker": False,
        "is_active": True,
    }
    added_kind = "contact.added"
    edited_kind = "contact.edited"
    lock_number = 7_201_102

    def load(self, rows: list[CleanRow]) -> None:
        """Read the customers that the rows name, and the contacts with their ids or addresses."""
        self._directory = Directory(row.customer for row in rows if row.customer)
        ids = {row.facts["external_id"] for row in rows if row.facts.get("external_id")}
        emails = {row.facts["email"] for row in rows if row.facts.get("email")}
        self.stored("external_id = ANY(%s) OR email = ANY(%s)", [sorted(ids), sorted(emails)])
        self._by_id: dict[str, Record] = {}
        self._by_email: dict[str, dict[int, Record]] = {}
        for record in self.records.values():
            self._index(record)

    def locate(self, row: CleanRow) -> Record | None:
        """Return the contact with the row's id, else the one of its customer with its address."""
        external_id, email = row.facts.get("external_id"), row.facts.get("email", "")
        customer = self._customer(row, is_needed=False)
        found = self._by_id.get(external_id) if external_id else None
        same = self._same_address(email, customer, found)
        if found is None:
            if same is not None and external_id and same.values["external_id"] not in (None, external_id):
                raise RowRefused(
                    self.problem(
                        "external_id",
                        "taken",
                        f"{email} has the ID “{same.values['external_id']}” at this customer already.",
                    )
                )
            return same
        if same is not None and same is not found:
            raise RowRefused(
                self.problem("email", "taken", f"Another contact of this customer has the address {email}.")
            )
        return found

    def create(self, row: CleanRow) -> Record:
        """Return the new contact, which needs an address and a customer."""
        customer = self._customer(row, is_needed=True)
        if not row.facts.get("email"):
            raise RowRefused(self.problem("email", "required", "A new contact needs an e-mail address."))
        if customer is None:
            raise RowRefused(self.problem("customer_external_id", "no_customer", "This row names no customer."))
        record = Record(0, {**self.defaults, "customer_id": customer.id})
        self.change(record, row)
        self._index(record)
        return record

    def change(self, record: Record, row: CleanRow) -> None:
        """Change the facts; a row that names another customer moves the contact there."""
        customer = self._customer(row, is_needed=False)
        if customer is not None:
            record.values["customer_id"] = customer.id
        super().change(record, row)

    @classmethod
    def title(cls, values: Mapping[str, Any]) -> str:
        """Return the contact's name or address."""
        name = f"{values['first_name']} {values['last_name']}".strip()
        return f"Contact {name or values['email']}"

    def customer_of(self, record: Record) -> int:
        """Return the customer's id."""
        return int(record.values["customer_id"])

    def about(self, record: Record) -> dict[str, Any]:
        """Return the contact as the timeline refers to it."""
        return {"about": f"contact:{record.id}"}

    def _customer(self, row: CleanRow, *, is_needed: bool) -> Named | None:
        try:
            customer, warning = self._directory.find(row.customer or _NOBODY, self.aim.column_of)
        except RowRefused:
            if is_needed or _is_named_by_column(row, self.aim.column_of):
                raise
            return None
        if warning is not None and warning not in row.warnings:
            row.warnings.append(warning)
        return customer

    def _same_address(self, email: str, customer: Named | None, found: Record | None) -> Record | None:
        there = self._by_email.get(email, {})
        customer_id = customer.id if customer else found.values["customer_id"] if found else None
        if customer_id is not None:
            return there.get(customer_id)
        return next(iter(there.values())) if len(there) == 1 else None

    def _index(self, record: Record) -> None:
        if record.values["external_id"]:
            self._by_id[record.values["external_id"]] = record
        self._by_email.setdefault(record.values["email"], {})[record.values["customer_id"]] = record


def _is_named_by_column(row: CleanRow, column_of: Mapping[str, str]) -> bool:
    """Tell whether the row itself names the customer, and not only its address' domain."""
    reference = row.customer or _NOBODY
    return bool(reference.external_id or reference.name or (reference.domain and "customer_domain" in column_of))
