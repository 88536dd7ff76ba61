"""API tokens: who calls, and whether the token's scopes allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from knox.auth import TokenAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User

if TYPE_CHECKING:
    # The framework's views load this module by the settings, so it can't load them.
    from rest_framework.views import APIView


class ApiTokenAuthentication(TokenAuthentication):
    """Finds the person behind `Authorization: Bearer …`."""


class ScopedPermission(BasePermission):
    """Lets a logged-in person through; a token only as far as its scopes go."""

    message = "The token's scopes do not allow this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller may use this method at all."""
        if not isinstance(request.user, User) or not request.user.is_active:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        needed = ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.WRITE
        return needed in request.auth.scopes or ApiToken.Scope.WRITE in request.auth.scopes
