"""The columns that a list of customers can show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import CustomField, Role
from workspace.lists.rows import CUSTOM_PREFIX, Row

# Further columns in an address are left out: nobody reads them, and each costs time.
MAX_COLUMNS = 30


@dataclass(frozen=True)
class Column:
    """One column: how it is named, printed, sorted, and what must be loaded for it."""

    key: str
    label: str
    kind: str  # how the cell is printed: text, money, number, day, tier, stage, tags, yes_no, person, minutes, …
    value: Callable[[Row], Any]
    sort: str = ""  # the name of the order in the address; only columns with an index have one
    needs: str = ""  # what rows.load_rows must load: owners, minutes, contact
    group: str = "Facts"

    @property
    def css(self) -> str:
        """Return the class of the column's cells."""
        return "num" if self.kind in ("money", "number") else ""


def _fact(key: str, label: str, kind: str = "text", *, sort: str = "", field: str = "") -> Column:
    name = field or key
    return Column(key, label, kind, lambda row: getattr(row.customer, name), sort=sort)


def _owner(role: Role) -> Column:
    key = f"role_{role.value}"
    return Column(key, role.label, "person", lambda row: row.owners.get(role.value), needs="owners", group="People")


NAME = Column("name", "Customer", "name", lambda row: row.customer.name, sort="name")
FIXED: tuple[Column, ...] = (
    NAME,
    Column("tier", "Tier", "tier", lambda row: row.customer.tier, sort="tier", group="Service"),
    _fact("stage", "Stage", "stage"),
    _owner(Role.CSM),
    _fact("arr", "ARR", "money", sort="arr"),
    _fact("mrr", "MRR", "money", sort="arr"),
    _fact("renews_on", "Renewal", "renewal", sort="renewal"),
    Column("hours_left", "Hours left", "hours_left", lambda row: row.allowance, needs="minutes", group="Service"),
    Column(
        "last_contact", "Last contact", "last_contact", lambda row: row.last_contact, needs="contact", group="Service"
    ),
    _fact("seats", "Seats", "number", sort="seats"),
    _fact("edition", "Edition"),
    _fact("country", "Country", "country"),
    _fact("industry", "Industry"),
    _fact("language", "Language", "language"),
    _fact("time_zone", "Time zone"),
    _fact("tags", "Tags", "tags"),
    _fact("is_brand", "Brand", "yes_no"),
    _fact("is_strategic", "Strategic", "yes_no"),
    _fact("signed_up_on", "Customer since", "day", sort="since"),
    Column("tier_since", "In tier since", "day", lambda row: row.customer.tier_since, group="Service"),
    Column("parent", "Parent company", "customer", lambda row: row.parent),
    _fact("external_id", "External id"),
    _fact("domain", "Domain"),
    *(_owner(role) for role in (Role.AM, Role.RENEWAL_MANAGER, Role.DC, Role.SUPPORT, Role.AE, Role.SDR)),
)

DEFAULT_KEYS: dict[str, tuple[str, ...]] = {
    "portfolio": ("name", "tier", "stage", "arr", "renews_on", "hours_left", "last_contact", "tags"),
    "customers": ("name", "tier", "stage", "role_csm", "arr", "renews_on", "country", "tags"),
}

_CUSTOM_KINDS = {
    CustomField.Type.TEXT: "text",
    CustomField.Type.NUMBER: "number",
    CustomField.Type.DATE: "iso_day",
    CustomField.Type.YES_NO: "yes_no",
    CustomField.Type.CHOICE: "text",
}


def custom_column(field: CustomField) -> Column:
    """Return the column of an administrator's own field."""
    kind = _CUSTOM_KINDS[CustomField.Type(field.type)]
    return Column(
        f"{CUSTOM_PREFIX}{field.key}",
        field.label,
        kind,
        lambda row: row.customer.custom.get(field.key),
        group="Custom fields",
    )


def all_columns(custom_fields: Sequence[CustomField]) -> dict[str, Column]:
    """Return every column there is by its key, in the order offered."""
    columns = [*FIXED, *(custom_column(field) for field in custom_fields)]
    return {column.key: column for column in columns}


def columns_of(page: str, keys: Sequence[str], custom_fields: Sequence[CustomField]) -> list[Column]:
    """Return the columns of these keys in their order; the name always comes first, unknown keys are left out."""
    known = all_columns(custom_fields)
    chosen = [key for key in dict.fromkeys(keys) if key in known and key != NAME.key]
    if not chosen and not keys:
        chosen = [key for key in DEFAULT_KEYS[page] if key != NAME.key]
    return [NAME, *(known[key] for key in chosen[: MAX_COLUMNS - 1])]
