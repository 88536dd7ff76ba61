"""Secrets at rest, sealed with the product's secret key: a copy of the database alone gives none away."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(text: str) -> str:
    """Return the text encrypted with SECRET_KEY."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed with SECRET_KEY or one of its fallbacks; raise ValueError for any other."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("This was sealed with another SECRET_KEY; list that one in SECRET_KEY_FALLBACKS.") from error


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    # A key of its own: what is signed with SECRET_KEY elsewhere says nothing about what is sealed here.
    return base64.urlsafe_b64encode(hashlib.sha256(b"accounts.sealing:" + key.encode()).digest())
