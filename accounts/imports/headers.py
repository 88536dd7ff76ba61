"""Column names as words, so that “customerID”, “customer_id” and “Customer ID” are one."""

import hashlib
import json
import re
from collections.abc import Iterable

from accounts.rules import fold

Words = tuple[str, ...]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# What says how a value is written and not what it is.
_NOISE = {"utc", "gmt", "the", "iso", "yyyy", "mm", "dd", "usd", "eur", "gbp", "chf", "inr"}
_SAME = {
    "organisation": "organization",
    "organisations": "organization",
    "organizations": "organization",
    "customers": "customer",
    "accounts": "account",
    "companies": "company",
    "clients": "client",
    "contacts": "contact",
    "subscriptions": "subscription",
    "licence": "license",
    "licences": "licenses",
    "identifier": "id",
    "num": "number",
    "subscr": "subscription",
    "sub": "subscription",
    "org": "organization",
    "orgs": "organization",
    "cust": "customer",
    "acct": "account",
}
CENTS = {"cents", "cent", "pence", "minor"}


def words_of(header: str) -> Words:
    """Return the words of a column name, lower case, without accents and without what only says how it is written."""
    words = fold(_HUMP.sub(" ", header)).split()
    kept = [_SAME.get(word, word) for word in words if word not in _NOISE]
    return tuple(kept or words)


def digest_of(header: Iterable[str]) -> str:
    """Return what tells one header from another, for remembering its mapping."""
    return hashlib.sha256(json.dumps(list(header), ensure_ascii=False).encode()).hexdigest()
