"""API tokens: who calls, and whether the token's scopes allow it."""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING

import pghistory
from django.db.models import Q
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.access import portal_contacts
from accounts.models import ApiToken, User

if TYPE_CHECKING:
    # The framework's views load this module by the settings, so it can't load them.
    from rest_framework.views import APIView

# How exact "last used" is; a busy client must not cost a write a request.
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiTokenAuthentication(TokenAuthentication):
    """Finds the person behind `Authorization: Bearer …`."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        """Return the person and its token; an expired one stays, so that its owner sees which it was."""
        found = self._found(token)
        if found is None:
            raise AuthenticationFailed("There is no such token.", code="token_unknown")
        if found.expiry is not None and found.expiry <= timezone.now():
            raise AuthenticationFailed("This token has expired; make a new one.", code="token_expired")
        person = found.user
        if not person.is_active or (person.is_contact and not portal_contacts(person).exists()):
            raise AuthenticationFailed("The person behind this token may not log in.", code="person_inactive")
        self._note_use(found)
        pghistory.context(who=person.email, token=found.name)
        return person, found

    def _found(self, token: bytes) -> ApiToken | None:
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (UnicodeDecodeError, TypeError, ValueError):
            return None
        alike = ApiToken.objects.select_related("user").filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
        return next((candidate for candidate in alike if compare_digest(candidate.digest, digest)), None)

    def _note_use(self, token: ApiToken) -> None:
        now = timezone.now()
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
        if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
            ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=now)


class ScopedPermission(BasePermission):
    """Lets staff through; a token only as far as its scopes go."""

    message = "The token's scopes do not allow this."

    kinds = frozenset({User.Kind.STAFF})

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Tell whether the caller may use this method at all."""
        user = request.user
        if not isinstance(user, User) or not user.is_active or user.kind not in self.kinds:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        needed = ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.WRITE
        return needed in request.auth.scopes or ApiToken.Scope.WRITE in request.auth.scopes


class StaffOrContactPermission(ScopedPermission):
    """Lets contacts through as well: for what customers do themselves."""

    kinds = frozenset({User.Kind.STAFF, User.Kind.CONTACT})
