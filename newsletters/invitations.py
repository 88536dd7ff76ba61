"""Where a contact books: the app that has hours to give says so here, newsletters know nothing of it."""

from collections.abc import Callable

from django.conf import settings

from accounts.models import Contact

Address = Callable[[Contact], str]

_addresses: list[Address] = []


def register(address: Address) -> None:
    """Let invitations lead where `address` says for each contact, its customer loaded; it makes no query."""
    _addresses[:] = [address]


def invitation_url(contact: Contact) -> str:
    """Return where the contact books, or the portal where nothing can be booked."""
    return _addresses[0](contact) if _addresses else portal_url()


def portal_url() -> str:
    """Return where everybody can log in."""
    return f"{settings.PUBLIC_URL}/portal/"
