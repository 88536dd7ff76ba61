"""Forms of logging in."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import RequestLoginCodeForm
from allauth.core import context, ratelimit

from accounts.actions.logins import login_for_contact


class ContactCodeForm(RequestLoginCodeForm):
    """Asks for the address of a contact; what it answers is the same whether there is one or not."""

    def clean_email(self) -> str:
        """Return the address; `_user` is the contact's login, or nothing where no code is to be sent."""
        email = self.cleaned_data["email"].strip().lower()
        if not ratelimit.consume(context.request, action="request_login_code", key=email):
            raise get_adapter().validation_error("too_many_login_attempts")
        self._user = login_for_contact(email)
        return email
