"""A contact's values, put together."""

from typing import Any

from accounts.imports.cleaning.chosen import Chosen
from accounts.imports.cleaning.rows import CleanRow, Reference, RowProblems
from accounts.imports.reading import RawRow

_OWN = ("external_id", "email", "first_name", "last_name", "phone", "job_title", "language", "time_zone",
        "is_decision_maker", "is_active")  # fmt: skip
# Providers of private mailboxes: their domain says nothing about the company.
MAILBOXES = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com "  # noqa: SIM905
    "aol.com gmx.de gmx.net gmx.com web.de t-online.de freenet.de mail.com mail.ru yandex.ru proton.me protonmail.com "
    "qq.com 163.com 126.com orange.fr free.fr laposte.net libero.it zoho.com fastmail.com hey.com".split()
)


def finish(row: RawRow, values: dict[str, Any], chosen: Chosen) -> CleanRow:
    """Return the row with the facts of a contact and the customer it belongs to; raise RowProblems for neither key."""
    facts = {name: values[name] for name in _OWN if name in values}
    if not (facts.get("external_id") or facts.get("email")):
        raise RowProblems(chosen.problem("email", "no_key", "This row has neither an e-mail address nor an ID."))
    if values.get("full_name"):
        first, last = split_name(values["full_name"])
        facts.setdefault("first_name", first[:120])
        facts.setdefault("last_name", last[:120])
    return CleanRow(row.number, row.cells, facts, customer=customer_of(values, values.get("email", "")))


def customer_of(values: dict[str, Any], email: str) -> Reference:
    """Return how the row names its customer; a business address names it by its domain."""
    domain = values.get("customer_domain") or ""
    if not domain and email and email.rpartition("@")[2] not in MAILBOXES:
        domain = email.rpartition("@")[2]
    return Reference(
        external_id=values.get("customer_external_id") or "",
        name=values.get("customer_name") or "",
        domain=domain,
        email=values.get("customer_email") or "",
    )


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name of “Ann Lee Smith” (the last word is the last name) or “Smith, Ann Lee”."""
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return (first.strip(), last) if first else (last, "")
