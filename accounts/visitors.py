"""Who asks, as far as limits for people without a login can tell."""

from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address as attempts to log in count it: behind as many proxies as are trusted.

    Of an IPv6 address it is the network, because one visitor has all of it.
    """
    return get_ip(request)
