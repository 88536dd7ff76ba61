"""What an address asks of a list: whose customers, filtered, in which order and columns; and one page of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.access import customers_within, person_for
from accounts.models import Assignment, Customer, CustomField, Role, User
from core.errors import Invalid
from core.ids import read_id
from core.pagination import bounded_count, keyset_page
from workspace.lists.columns import Column, columns_of
from workspace.lists.filters import FilterForm
from workspace.lists.rows import Row, load_rows, mark_editable

PAGES = {"portfolio": "/portfolio/", "customers": "/customers/"}
PAGE_SIZE = 50
# Each name in the address with the column that orders; every one has an index in both directions.
SORTS = {
    "name": "name",
    "arr": "mrr",
    "renewal": "renews_on",
    "tier": "tier",
    "seats": "seats",
    "since": "signed_up_on",
    "added": "id",
}
DEFAULT_SORT = "name"


@dataclass(frozen=True)
class ListPage:
    """The rows of one page; `count` is at most one more than the bound, `next` and `previous` are cursors."""

    rows: list[Row]
    next: str
    previous: str
    count: int


@dataclass
class CustomerList:
    """A list of customers as one address asks for it."""

    page: str
    viewer: User
    params: QueryDict
    person: User | None
    role: str
    filters: FilterForm
    sort: str
    columns: list[Column]
    custom_fields: list[CustomField]

    @property
    def path(self) -> str:
        """Return the path of the list's page."""
        return PAGES[self.page]

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """Return the parameters that make this list, without page and saved view, for keeping or for an address."""
        names = [*self.filters.fields, "person", "role", "sort"]
        kept = {name: [text for text in self.params.getlist(name) if text] for name in names}
        return {name: values for name, values in kept.items() if values}

    @property
    def column_keys(self) -> list[str]:
        """Return the keys of the columns shown, in order."""
        return [column.key for column in self.columns]

    def address(self, **changes: Any) -> str:
        """Return this list's address with some parameters set to a value or a list of values, or dropped (None)."""
        query: dict[str, Any] = dict(self.query)
        if self.params.getlist("cols"):
            query["cols"] = self.column_keys
        if self.params.get("view"):
            query["view"] = self.params["view"]
        query.update(changes)
        return f"{self.path}?{encode(query)}"

    def require_readable(self) -> None:
        """Return nothing where every filter could be read; raise Invalid otherwise.

        What acts on all matching customers must not act on more than the person meant.
        """
        problems = self.filters.problems()
        if problems:
            label, problem = problems[0]
            raise Invalid(f"{label}: {problem}", code="bad_filter", field=label)

    def customers(self, action: str = "customer.view") -> QuerySet[Customer]:
        """Return the customers of this list with which the viewer may do `action`, in no order yet."""
        customers = customers_within(self.viewer, action)
        if self.person is not None:
            held = Assignment.objects.filter(ends_at=None, person=self.person)
            if self.role:
                held = held.filter(role=self.role)
            customers = customers.filter(pk__in=held.values("customer_id"))
        return self.filters.apply(customers)

    @property
    def order(self) -> str:
        """Return the order as core.pagination takes it."""
        return ("-" if self.sort.startswith("-") else "") + SORTS[self.sort.removeprefix("-")]

    def read_page(self, cursor: str = "", *, size: int = PAGE_SIZE) -> ListPage:
        """Return the page at this cursor; raises Invalid for a cursor that this list did not make."""
        customers = self.customers()
        found = keyset_page(customers, order=self.order, cursor=cursor, size=size)
        count, more = bounded_count(customers)
        rows = load_rows(self.viewer, found.rows, self.columns)
        mark_editable(self.viewer, rows)
        return ListPage(rows, found.next_cursor, found.previous_cursor, count + more)


def read_list(page: str, viewer: User, params: QueryDict | Mapping[str, Sequence[str]]) -> CustomerList:
    """Return the list that these parameters ask for; unknown ones are left out.

    Raises NotFound for the portfolio of a person whom the viewer may not look at.
    """
    given = params if isinstance(params, QueryDict) else as_query(params)
    fields = list(CustomField.objects.filter(is_active=True))
    person = None
    if page == "portfolio":
        person = _person(viewer, given.get("person", ""))
    sort = given.get("sort", "")
    role = given.get("role", "")
    return CustomerList(
        page=page,
        viewer=viewer,
        params=given,
        person=person,
        role=role if role in Role.values else "",
        filters=FilterForm(given, viewer=viewer, custom_fields=fields),
        sort=sort if sort.removeprefix("-") in SORTS and not sort.startswith("--") else DEFAULT_SORT,
        columns=columns_of(page, given.getlist("cols"), fields),
        custom_fields=fields,
    )


def _person(viewer: User, text: str) -> User:
    if not text or text == str(viewer.pk):
        return viewer
    # What can be no id is nobody's.
    return person_for(viewer, read_id(text) or 0)


def as_query(values: Mapping[str, Sequence[str]]) -> QueryDict:
    """Return stored parameters as a query string's."""
    query = QueryDict(mutable=True)
    for name, texts in values.items():
        query.setlist(name, [str(text) for text in texts])
    return query


def encode(query: Mapping[str, Any]) -> str:
    """Return a query string of values and lists of values; empty ones are dropped."""
    kept = QueryDict(mutable=True)
    for name, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        texts = [str(one) for one in values if one is not None and one != ""]
        if texts:
            kept.setlist(name, texts)
    return kept.urlencode()
