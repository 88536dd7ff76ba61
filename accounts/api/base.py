"""What every endpoint shares: who calls, pages, and upserts of many rows by external id."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.permissions import staff_of
from core.errors import Invalid, ProductError

BULK_LIMIT = 1000

Upsert = Callable[[dict[str, Any]], tuple[Model, str]]
SerializerMaker = Callable[..., serializers.BaseSerializer]


class StaffViewSet(GenericViewSet):
    """Serves members of staff; a contact's login is refused."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse everybody who is not staff before anything is read."""
        super().initial(request, *args, **kwargs)
        staff_of(request)

    @property
    def caller(self) -> User:
        """Return the member of staff who calls."""
        return staff_of(self.request)

    def read(self, queryset: QuerySet) -> Response:
        """Return one cursor page of the filtered queryset."""
        page = self.paginate_queryset(self.filter_queryset(queryset))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def checked(self, **options: Any) -> dict[str, Any]:
        """Return the request's body as checked values; unknown fields are refused by name."""
        return self.checked_by(self.get_serializer, **options)

    def checked_by(self, serializer_for: SerializerMaker, **options: Any) -> dict[str, Any]:
        """Return the request's body as values checked by this serializer; unknown fields are refused by name."""
        serializer = serializer_for(data=self.request.data, **options)
        refuse_unknown_fields(serializer, self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class BulkOutcome(serializers.Serializer):
    """What became of one row of a bulk upsert."""

    index = serializers.IntegerField(help_text="Position in the request, from 0.")
    external_id = serializers.CharField()
    outcome = serializers.ChoiceField(choices=["created", "updated", "unchanged", "rejected"])
    id = serializers.IntegerField(required=False)
    error = serializers.DictField(required=False, help_text="code, message and field of the refusal.")


class BulkAnswer(serializers.Serializer):
    """The counts of a bulk upsert and each row's outcome."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    results = BulkOutcome(many=True)


def refuse_unknown_fields(serializer: serializers.BaseSerializer, data: Any) -> None:
    """Raise Invalid for a body that is no object, or names a field that is not there or not writable."""
    if not isinstance(data, dict):
        raise Invalid("The body must be a JSON object.", code="not_an_object")
    writable = {name for name, field in serializer.fields.items() if not field.read_only}  # type: ignore[attr-defined]
    unknown = sorted(set(data) - writable)
    if unknown:
        raise Invalid(f"Unknown or read-only field: {unknown[0]}.", code="unknown_field", field=unknown[0])


def rows_of(data: Any) -> Sequence[Any]:
    """Return the rows of a bulk request; raise Invalid where it is no list or too long."""
    rows = data.get("rows") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise Invalid('Send a list of objects, or {"rows": [...]}.', code="not_a_list")
    if len(rows) > BULK_LIMIT:
        raise Invalid(f"At most {BULK_LIMIT} rows in one request.", code="too_many_rows", limit=BULK_LIMIT)
    return rows


def upsert_rows(rows: Sequence[Any], serializer_for: SerializerMaker, upsert: Upsert) -> dict[str, Any]:
    """Return the answer of a bulk upsert: each row in a transaction of its own, so a bad row loses no good one."""
    answer: dict[str, Any] = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, "results": []}
    for index, row in enumerate(rows):
        result = _upsert_row(index, row, serializer_for, upsert)
        answer[result["outcome"]] += 1
        answer["results"].append(result)
    return answer


def _upsert_row(index: int, row: Any, serializer_for: SerializerMaker, upsert: Upsert) -> dict[str, Any]:
    external_id = str(row.get("external_id") or "") if isinstance(row, dict) else ""
    result: dict[str, Any] = {"index": index, "external_id": external_id, "outcome": "rejected"}
    try:
        if not external_id:
            raise Invalid("A row needs its external_id.", code="external_id_missing", field="external_id")
        serializer = serializer_for(data=row, partial=True)
        refuse_unknown_fields(serializer, row)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            saved, outcome = upsert(dict(serializer.validated_data))
        result |= {"outcome": outcome, "id": saved.pk}
    except ProductError as error:
        result["error"] = {"code": error.code, "message": error.message, "field": error.field or ""}
    except serializers.ValidationError as error:
        result["error"] = {
            "code": "invalid",
            "message": "Some fields are not right.",
            "fields": error.get_full_details(),
        }
    return result
