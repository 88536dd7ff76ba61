"""How logging in differs from allauth's defaults: nobody signs up; staff and contacts come in by their own doors."""

from datetime import timedelta
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts import mail
from accounts.actions.logins import trust_address
from accounts.models import User
from accounts.sealing import seal, unseal

# What these mails hold is a key, so they are worth nothing once it has expired.
KEY_MAILS = {
    "account/email/login_code": lambda: app_settings.LOGIN_BY_CODE_TIMEOUT,
    "account/email/password_reset_key": lambda: settings.PASSWORD_RESET_TIMEOUT,
}


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up, keeps contacts to codes and staff to passwords and passkeys, and posts mail by the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell that sign-up is closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the portal for a contact and the workspace for staff."""
        user = request.user
        return "/portal/" if isinstance(user, User) and user.is_contact else "/"

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Return an answer that refuses the login, or nothing to let it go on."""
        refused = super().pre_login(request, user, **kwargs)
        if refused is not None:
            return refused
        records = get_authentication_records(request, user)
        by_code = bool(records) and records[-1]["method"] == "code"
        if by_code == user.is_contact:
            return None
        clear_login(request)
        if user.is_contact:
            messages.error(request, "Log in with a code that we send to your e-mail address.")
            return redirect("account_request_login_code")
        messages.error(request, "Log in with your password, a passkey or single sign-on.")
        return redirect("account_login")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Promise the mail by the outbox; who is known, but came to the wrong door, hears of the right one."""
        if template_prefix == "account/email/unknown_account" and self._tell_how_to_log_in(email):
            return
        message = self.render_mail(template_prefix, email, {"request": current.request, "email": email} | context)
        lifetime = KEY_MAILS.get(template_prefix)
        good_until = timezone.now() + timedelta(seconds=lifetime()) if lifetime else None
        mail.post_message(message, good_until=good_until)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Promise the link; a contact, who has no password, hears how to log in instead."""
        if user.is_contact:
            self._tell_how_to_log_in(email)
            return
        super().send_password_reset_mail(user, email, context)

    def _tell_how_to_log_in(self, email: str) -> bool:
        person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if person is None:
            return False
        mail.post(person.email, "how-to-log-in", {"person": person, "public_url": settings.PUBLIC_URL})
        return True


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Lets single sign-on in for staff who are there already."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Tell that single sign-on makes no new people."""
        return False

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Return the member of staff whose address the provider has verified, with that address."""
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        user = User.objects.filter(email__in=verified, kind=User.Kind.STAFF).first()
        if user is None:
            return None
        trust_address(user)
        return user, user.email

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Send back whoever the product does not know."""
        if not sociallogin.is_existing and not request.user.is_authenticated:
            messages.error(
                request,
                "Nobody here has the address that single sign-on gave, or it is not verified there. "
                "Ask an administrator to invite you.",
            )
            raise ImmediateHttpResponse(redirect("account_login"))


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps and recovery codes sealed."""

    def encrypt(self, text: str) -> str:
        """Return the secret sealed with the product's key."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was sealed."""
        return unseal(encrypted_text)
