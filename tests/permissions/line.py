"""One line of the permission table, and what it expects of each subject."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tests.permissions.subjects import ANONYMOUS, CONTACTS, STAFF

# Done, or understood and refused for what was (not) sent: a line sends an empty body unless it says otherwise.
CHANGED = (200, 201, 202, 204, 302, 400, 409, 422)
LOGIN, PORTAL = "/accounts/login/", "/portal/"


@dataclass(frozen=True)
class Answer:
    """What a subject gets: one of these statuses, and where it is sent."""

    statuses: tuple[int, ...]
    to: str = ""


@dataclass(frozen=True)
class Of:
    """Who may do it with Acme's and who with Globex'; who may not but sees the customer gets 403, the others 404."""

    acme: Collection[str]
    globex: Collection[str]
    sees_acme: Collection[str] = ()
    sees_globex: Collection[str] = ()

    def __post_init__(self) -> None:
        assert set(self.acme) <= STAFF | CONTACTS
        assert set(self.globex) <= STAFF | CONTACTS


@dataclass(frozen=True)
class Line:
    """One address (or two of its methods that differ): who may, and what the address needs.

    `door` is where it leads: "staff", "portal", "api", or "open" for those before a login. `ok` are the statuses for
    who may, `refused` the status for staff who may not. `address` gives the parts of the address by name, each a name
    of the stage or "=text"; where `who` is an Of, a part is a pair: Acme's, Globex'. `data` is the body, named
    alike, or any other JSON. `hidden` is the status for who does not even see the customer: 404, or 422 where the body
    names it. `query` stands behind the address.
    """

    name: str
    methods: str
    who: Collection[str] | Of
    door: str = "staff"
    ok: tuple[int, ...] = ()
    refused: int = 403
    address: dict[str, str | tuple[str, str]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    hidden: int = 404
    query: str = ""

    def sides(self) -> list[str]:
        """Return whose object is asked for, one after the other."""
        return ["acme", "globex"] if isinstance(self.who, Of) else [""]

    def named(self, parts: dict[str, Any], side: str) -> dict[str, Any]:
        """Return the stage's names for the parts of the address or of the body."""
        index = ["", "acme", "globex"].index(side) - 1
        return {name: value[index] if isinstance(value, tuple) else value for name, value in parts.items()}

    def somebody(self) -> str:
        """Return one who may do it with the first side's object."""
        return min(self.who.acme if isinstance(self.who, Of) else self.who)

    def expected(self, subject: str, method: str, side: str) -> Answer:
        """Return what the subject gets."""
        allowed, seen = self._sets(side)
        if subject in allowed:
            return Answer(self.ok or ((200,) if method == "GET" else CHANGED))
        if self.door == "open":
            return Answer((self.refused,))
        if subject == ANONYMOUS:
            return Answer((401,)) if self.door == "api" else Answer((302,), LOGIN)
        if subject in CONTACTS:
            return self._contact_refused(method)
        if self.door == "portal":
            return Answer((403,))
        if isinstance(self.who, Of):
            return Answer((403,) if subject in seen else (self.hidden,))
        return Answer((self.refused,))

    def _sets(self, side: str) -> tuple[Collection[str], Collection[str]]:
        if isinstance(self.who, Of):
            return getattr(self.who, side), getattr(self.who, f"sees_{side}")
        return self.who, ()

    def _contact_refused(self, method: str) -> Answer:
        if self.door == "portal":
            return Answer((404,))
        if self.door == "staff" and method == "GET":
            return Answer((302,), PORTAL)
        return Answer((403,))
