"""What every request carries: who acts (for the audit), who may come in where, and how the person reads times."""

import zoneinfo
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware

from accounts.access import portal_contacts
from accounts.models import CompanySettings, User
from core.errors import NotAllowed

Handler = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

PORTAL = "/portal/"
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Where somebody who still has to set up a second factor may be.
SETTING_UP = ("/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/logout/", "/accounts/password/")


class AuditContextMiddleware(HistoryMiddleware):
    """Gives the audit triggers the person and the address, so that every row says who wrote it."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return who acts and from which page."""
        user = getattr(request, "user", None)
        name = user.email if user is not None and user.is_authenticated else ""
        return super().get_context(request) | {"who": name}


class AudienceMiddleware:
    """Keeps contacts in the portal and staff out of it, and staff that lacks a required second factor out of all."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        """Return the answer for somebody who has no business here, nothing for everybody else."""
        user = request.user
        if not isinstance(user, User) or not user.is_authenticated or _open_to_all(view):
            return None
        if user.is_contact:
            return _contact_elsewhere(request, user)
        if request.path.startswith(PORTAL):
            return _refuse(
                request, NotAllowed("This is the customers' portal. Staff find the same on the customer's page.")
            )
        return _second_factor_missing(request, user)


class PersonTimeZoneMiddleware:
    """Shows times in the person's own zone."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = _zone(request.user.time_zone if isinstance(request.user, User) else "")
        with timezone.override(zone):
            return self.get_response(request)


def _open_to_all(view: View) -> bool:
    # The API's views look open because they ask for a token themselves; a browser's session is held to the same doors.
    return not getattr(view, "login_required", True) and not hasattr(view, "cls")


def _contact_elsewhere(request: HttpRequest, user: User) -> HttpResponse | None:
    if request.path.startswith(PORTAL):
        request.portal_contacts = list(portal_contacts(user).order_by("customer__name", "id"))  # type: ignore[attr-defined]
        if request.portal_contacts:  # type: ignore[attr-defined]
            return None
        # The customer has left, was merged away or let the person go.
        logout(request)
        return redirect("account_login")
    if request.method == "GET" and not _wants_fragment_or_data(request):
        return redirect(PORTAL)
    return _refuse(request, NotAllowed("This is for the company's staff."))


def _second_factor_missing(request: HttpRequest, user: User) -> HttpResponse | None:
    if request.path.startswith(SETTING_UP) or not CompanySettings.current().require_second_factor:
        return None
    if Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists():
        return None
    if request.method == "GET" and not _wants_fragment_or_data(request):
        messages.warning(request, "Set up a second factor to go on: the company asks everybody for one.")
        return redirect("mfa_index")
    return _refuse(request, NotAllowed("Set up a second factor first.", code="second_factor_missing"))


def _wants_fragment_or_data(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or "HX-Request" in request.headers


def _refuse(request: HttpRequest, error: NotAllowed) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
    return render(request, "errors/refused.html", {"error": error}, status=error.status)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
