"""The one shape of an API error: {"code", "message", "field"?, "details"?}."""

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
        body["details"] = details
    return body
