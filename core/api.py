"""The one shape of an API error: {"code", "message", "field"?, "details"?}."""

import dataclasses
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler
from rest_framework.views import set_rollback

from core.errors import ProductError


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the JSON answer for an error; nothing for one that is a bug."""
    if isinstance(error, ProductError):
        set_rollback()
        return Response(_body(error.code, error.message, field=error.field, details=error.details), status=error.status)
    if isinstance(error, IntegrityError):
        set_rollback()
        return Response(_body("conflict", "Another change got there first; read again and repeat."), status=409)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    answer = drf_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        answer.status_code = 422
        answer.data = _body("invalid", "Some fields are not right.", details={"fields": error.get_full_details()})
    elif isinstance(error, exceptions.APIException):
        answer.data = _body(str(error.get_codes()), str(error.detail))
    return answer


def _body(
    code: str, message: str, *, field: str | None = None, details: dict[str, Any] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {"code": code, "message": message}
    if field:
        body["field"] = field
    if details:
        body["details"] = {name: _plain(value) for name, value in details.items()}
    return body


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; what is no plain value is told in words."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, dict | str | int | float | bool | type(None)):
        return value
    return str(value)
