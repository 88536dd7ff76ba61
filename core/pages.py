"""A page of a list as the address asks for it and the pager shows it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.pagination import bounded_count, keyset_page


def page_of(request: HttpRequest, queryset: QuerySet, *, order: str, size: int = 50) -> dict[str, Any]:
    """Return the keyset page that the address asks for, with its bounded count.

    Raises Invalid for a cursor that this list did not make.
    """
    cursor = request.GET.get("after", "") or request.GET.get("before", "")
    page = keyset_page(queryset, order=order, cursor=cursor, size=size)
    count, has_more = bounded_count(queryset)
    return {
        "rows": page.rows,
        "next": page.next_cursor,
        "previous": page.previous_cursor,
        "count": count + has_more,
    }
