"""How logging in differs from allauth's defaults: nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Closes sign-up: staff come by invitation, contacts by their customer."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell that sign-up is closed."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the portal for a contact and the workspace for staff."""
        user = request.user
        return "/portal/" if isinstance(user, User) and user.is_contact else "/"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Lets single sign-on in for people who are there already."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: object) -> bool:
        """Tell that single sign-on makes no new people."""
        return False
