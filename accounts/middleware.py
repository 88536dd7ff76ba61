"""What every request carries: who acts (for the audit) and in which time zone the person reads."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

Handler = Callable[[HttpRequest], HttpResponse]


class AuditContextMiddleware(HistoryMiddleware):
    """Gives the audit triggers the person and the address, so that every row says who wrote it."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return who acts and from which page."""
        user = getattr(request, "user", None)
        name = user.email if user is not None and user.is_authenticated else ""
        return super().get_context(request) | {"who": name}


class PersonTimeZoneMiddleware:
    """Shows times in the person's own zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = getattr(request.user, "time_zone", "") if request.user.is_authenticated else ""
        try:
            zone = zoneinfo.ZoneInfo(name or "UTC")
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            zone = zoneinfo.ZoneInfo("UTC")
        with timezone.override(zone):
            return self.get_response(request)
