"""Subscriptions, found by external id, else by customer, start and edition."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from accounts.imports.cleaning import CleanRow, Reference
from accounts.imports.targets.base import Record, RowRefused, Target
from accounts.imports.targets.references import Directory, Named
from accounts.models import ExchangeRate, Subscription

_NOBODY = Reference()


class SubscriptionTarget(Target):
    """Subscriptions of customers that are there already; the database keeps the customers' figures."""

    model = Subscription
    table = "accounts_subscription"
    columns: ClassVar[dict[str, str]] = {
        "customer_id": "bigint",
        "external_id": "text",
        "edition": "text",
        "seats": "integer",
        "billing": "text",
        "currency": "text",
        "mrr": "numeric",
        "starts_on": "date",
        "ends_on": "date",
        "is_trial": "boolean",
        "auto_renews": "boolean",
    }
    defaults: ClassVar[dict[str, Any]] = {
        "customer_id": None,
        "external_id": None,
        "edition": "",
        "seats": None,
        "billing": Subscription.Billing.MONTHLY.value,
        "currency": "",
        "mrr": None,
        "starts_on": None,
        "ends_on": None,
        "is_trial": False,
        "auto_renews": True,
    }
    added_kind = "subscription.added"
    edited_kind = "subscription.edited"
    lock_number = 7_201_103

    def load(self, rows: list[CleanRow]) -> None:
        """Read the customers that the rows name, the subscriptions they may mean, and the currencies with a rate."""
        self._directory = Directory(row.customer for row in rows if row.customer)
        self._customers = {row.number: self._find(row) for row in rows}
        ids = {row.facts["external_id"] for row in rows if row.facts.get("external_id")}
        keyless = {
            customer.id
            for row in rows
            if not row.facts.get("external_id") and isinstance(customer := self._customers[row.number], Named)
        }
        self.stored(
            "external_id = ANY(%s) OR (customer_id = ANY(%s) AND external_id IS NULL)", [sorted(ids), sorted(keyless)]
        )
        self._by_id: dict[str, Record] = {}
        self._keyless: dict[int, list[Record]] = {}
        for record in self.records.values():
            self._index(record)
        self._currencies = self._read_currencies()

    def locate(self, row: CleanRow) -> Record | None:
        """Return the subscription with the row's id, else the one that agrees in customer, start and edition."""
        customer = self._customer(row)
        external_id = row.facts.get("external_id")
        if external_id:
            return self._by_id.get(external_id)
        if customer is None:
            raise RowRefused(self.problem("customer_external_id", "no_customer", "This row names no customer."))
        found = [record for record in self._keyless.get(customer.id, []) if self._agrees(record, row)]
        if len(found) > 1:
            raise RowRefused(
                self.problem(
                    "external_id",
                    "ambiguous",
                    f"{len(found)} subscriptions fit this row, and it has no ID to choose by.",
                )
            )
        return found[0] if found else None

    def create(self, row: CleanRow) -> Record:
        """Return the new subscription, which needs a customer and an amount."""
        customer = self._customer(row)
        if customer is None:
            raise RowRefused(self.problem("customer_external_id", "no_customer", "This row names no customer."))
        record = Record(
            0, {**self.defaults, "customer_id": customer.id, "currency": self.aim.currency, **row.on_create}
        )
        if "mrr" not in row.facts and record.values["mrr"] is None:
            raise RowRefused(self.problem("mrr", "required", "A new subscription needs an amount: MRR, ARR or price."))
        record.values["starts_on"] = row.facts.get("starts_on") or record.values["starts_on"]
        if record.values["starts_on"] is None:
            record.values["starts_on"] = self._likely_start(row, customer)
        self.change(record, row)
        self._index(record)
        return record

    def change(self, record: Record, row: CleanRow) -> None:
        """Change the facts; a row that names another customer moves the subscription there."""
        customer = self._customer(row)
        if customer is not None:
            record.values["customer_id"] = customer.id
        super().change(record, row)
        values = record.values
        if "ended_by" in row.hints:
            self._end_without_date(record, row)
        elif "runs_on" in row.hints and values["ends_on"] and values["ends_on"] <= row.hints["runs_on"]:
            values["ends_on"] = None
        if values["ends_on"] and values["ends_on"] < values["starts_on"]:
            raise RowRefused(
                self.problem(
                    "ends_on",
                    "ends_before_start",
                    f"It would end on {values['ends_on']}, before its start on {values['starts_on']}.",
                )
            )
        if values["currency"] not in self._currencies:
            raise RowRefused(
                self.problem(
                    "currency",
                    "no_exchange_rate",
                    f"There is no exchange rate for {values['currency']}; an administrator adds it in the settings.",
                )
            )

    @classmethod
    def title(cls, values: Mapping[str, Any]) -> str:
        """Return the edition and the start."""
        return f"Subscription “{values['edition'] or 'without edition'}” from {values['starts_on']}"

    def customer_of(self, record: Record) -> int:
        """Return the customer's id."""
        return int(record.values["customer_id"])

    def about(self, record: Record) -> dict[str, Any]:
        """Return the subscription as the timeline refers to it."""
        return {"about": f"subscription:{record.id}"}

    def _find(self, row: CleanRow) -> Named | RowRefused | None:
        try:
            customer, warning = self._directory.find(row.customer or _NOBODY, self.aim.column_of)
        except RowRefused as refused:
            return refused
        if warning is not None and warning not in row.warnings:
            row.warnings.append(warning)
        return customer

    def _customer(self, row: CleanRow) -> Named | None:
        found = self._customers[row.number]
        if isinstance(found, RowRefused):
            raise found
        return found

    def _likely_start(self, row: CleanRow, customer: Named) -> date:
        """Return the day since when the customer is one, or today, and say so."""
        likely = customer.signed_up_on or self.aim.today
        row.warnings.append(self.problem("starts_on", "no_start", f"It has no start; {likely} is taken."))
        return likely

    def _end_without_date(self, record: Record, row: CleanRow) -> None:
        """End a subscription that is said to be over, without a date, on the day of the import."""
        values, day = record.values, row.hints["ended_by"]
        if values["ends_on"] is not None and values["ends_on"] <= day:
            return
        values["ends_on"] = max(values["starts_on"], day)
        row.warnings.append(
            self.problem("status", "no_end", f"It is over, but no end is given; {values['ends_on']} is taken.")
        )

    def _read_currencies(self) -> set[str]:
        return {self.aim.currency, *ExchangeRate.objects.values_list("currency", flat=True).distinct()}

    def _index(self, record: Record) -> None:
        values = record.values
        if values["external_id"]:
            self._by_id[values["external_id"]] = record
        else:
            self._keyless.setdefault(values["customer_id"], []).append(record)

    @staticmethod
    def _agrees(record: Record, row: CleanRow) -> bool:
        """Tell whether the subscription is the row's as far as the row says what tells subscriptions apart."""
        return all(record.values[name] == row.facts[name] for name in ("starts_on", "edition") if name in row.facts)
