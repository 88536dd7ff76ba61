"""Links in mails that act without a login: one opaque token a delivery stands in all links of its mail.

Whoever holds the mail holds its token, so it is good for what the mail offers and no more: to decline, to choose, to
read the issue in a browser, and to follow its links. It is a number with its signature; nothing of it is stored.
"""

import base64
import functools
import hmac

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from core.errors import NotFound
from newsletters.models import Delivery

SALT = "newsletters.links"
# 120 bits; written in 24 letters.
SIGNATURE_BYTES = 15
# In previews and test mails the links show where they would lead and change nothing.
PREVIEW = "preview"


def token_of(delivery_id: int) -> str:
    """Return the token of the delivery."""
    number = int_to_base36(delivery_id)
    return f"{number}-{_signature(settings.SECRET_KEY, number)}"


def message_name_of(token: str) -> str:
    """Return what names the delivery's mail in its Message-ID.

    Message-IDs travel on, in answers and in what is forwarded, so this says nothing of the token that opens the links.
    """
    return _message_name(settings.SECRET_KEY, token.partition("-")[0])


def token_behind(message_name: str) -> str:
    """Return the token of the delivery whose mail has this name, nothing where none of ours has."""
    number = message_name.partition(".")[0]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(message_name, _message_name(key, number)) for key in keys):
        return ""
    return token_of(base36_to_int(number))


def delivery_id_of(token: str) -> int:
    """Return the delivery's id; raise NotFound for what is no token of ours."""
    number, _, signature = token.partition("-")
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signature, _signature(key, number)) for key in keys):
        raise NotFound("There is no such page. Was the link copied whole?")
    return base36_to_int(number)


def delivery_of(token: str) -> Delivery:
    """Return the delivery with its contact, customer, issue and topic; raise NotFound where there is none."""
    found = (
        Delivery.objects.select_related("contact__customer", "issue__topic", "notice")
        .filter(pk=delivery_id_of(token))
        .first()
    )
    if found is None:
        raise NotFound("This mail is no longer known here.")
    return found


def unsubscribe_url(token: str) -> str:
    """Return where a POST declines the topic at once (RFC 8058) and a GET asks first."""
    return f"{settings.PUBLIC_URL}/n/{token}/unsubscribe/"


def preferences_url(token: str) -> str:
    """Return where the contact chooses topics and channels."""
    return f"{settings.PUBLIC_URL}/n/{token}/preferences/"


def view_url(token: str) -> str:
    """Return where the mail is read in a browser."""
    return f"{settings.PUBLIC_URL}/n/{token}/"


def click_url(token: str, link_id: int) -> str:
    """Return where a click is counted on its way to the stored target."""
    return f"{settings.PUBLIC_URL}/n/{token}/to/{link_id}/"


def pixel_url(token: str) -> str:
    """Return the picture whose loading says that the mail was opened."""
    return f"{settings.PUBLIC_URL}/n/{token}/seen.gif"


def _signature(key: str, number: str) -> str:
    digest = hmac.digest(_derived(key), number.encode(), "sha256")[:SIGNATURE_BYTES]
    return base64.b32encode(digest).decode().lower()


def _message_name(key: str, number: str) -> str:
    return f"{number}.{_signature(key, 'message ' + number)}"


@functools.lru_cache(maxsize=8)
def _derived(key: str) -> bytes:
    """Return the key of these links alone, derived once: a bulk sender signs a hundred thousand of them."""
    return salted_hmac(SALT, "", secret=key, algorithm="sha256").digest()
