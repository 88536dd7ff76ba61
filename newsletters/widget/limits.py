"""How often a widget may ask in a minute: counted in the cache for all web servers, and by each alone without it."""

import logging
import time
from threading import Lock

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# While the cache does not answer, it is asked again only so often: each try may cost seconds.
CACHE_REST_SECONDS = 10
MOST_ALONE = 50_000
TOO_MANY = "Too many requests; ask again a little later."

_alone: dict[str, int] = {}
_alone_window = 0
_cache_rests_until = 0.0
_lock = Lock()


def count(kind: str, key: str, limit: int) -> None:
    """Count one more request of this minute; raise Throttled, with the seconds to wait, for one above the limit."""
    window, wait = _window()
    if _counted(_name(kind, key, window), window) > limit:
        raise Throttled(wait=wait, detail=TOO_MANY)


def count_contact(uid: str, contact_id: int) -> None:
    """Count a request of one contact in one product, whichever of its sessions makes it."""
    count("contact", f"{uid}:{contact_id}", settings.NOTICES_PER_CONTACT)


def count_product(uid: str) -> None:
    """Count a request of all sessions of one product."""
    count("product", uid, settings.NOTICES_PER_PRODUCT)


def has_forged(address: str) -> bool:
    """Tell whether so many forged identities came from this address that the next are looked at from memory alone."""
    window, _ = _window()
    name = _name("forged", address, window)
    counted = _alone.get(name, 0)
    if time.monotonic() >= _cache_rests_until:
        counted = max(counted, cache.get(name, 0))
    return counted >= settings.NOTICES_FORGED_PER_ADDRESS


def count_forged(address: str) -> None:
    """Count an identity from this address that no product has signed; raise Throttled for one above the limit."""
    count("forged", address, settings.NOTICES_FORGED_PER_ADDRESS)


def _window() -> tuple[int, int]:
    """Return the number of this minute and for how many seconds more it lasts."""
    window, passed = divmod(int(time.time()), WINDOW_SECONDS)
    return window, WINDOW_SECONDS - passed


def _name(kind: str, key: str, window: int) -> str:
    return f"notices:{kind}:{key}:{window}"


def _counted(name: str, window: int) -> int:
    """Return how many this makes; an approximation below the truth while the cache is away."""
    global _cache_rests_until
    now = time.monotonic()
    if now >= _cache_rests_until:
        try:
            return int(cache.incr(name))
        except ValueError:
            cache.add(name, 0, WINDOW_SECONDS + 5)
        try:
            return int(cache.incr(name))
        except ValueError:
            # What was just added is not there: the cache is away, and only said that it was added.
            _cache_rests_until = now + CACHE_REST_SECONDS
            logger.warning("The cache is away: this process counts its widgets' requests alone.")
    return _counted_alone(name, window)


def _counted_alone(name: str, window: int) -> int:
    global _alone_window
    with _lock:
        if window != _alone_window or len(_alone) >= MOST_ALONE:
            _alone.clear()
            _alone_window = window
        _alone[name] = _alone.get(name, 0) + 1
        return _alone[name]
