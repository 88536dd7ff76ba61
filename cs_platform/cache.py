"""The cache on Redis, which forgets everything while Redis is away instead of failing the page."""

import logging
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache

logger = logging.getLogger(__name__)


class ForgettingRedisCache(RedisCache):
    """Answer as an empty cache does while Redis can't be reached."""

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """Add a key; while Redis is away, say that it was added."""
        return self._or_else(True, super().add, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Return a value; while Redis is away, the default."""
        return self._or_else(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        """Set a key; while Redis is away, nothing happens."""
        return self._or_else(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """Prolong a key; while Redis is away, say that it is not there."""
        return self._or_else(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Delete a key; while Redis is away, say that it was not there."""
        return self._or_else(False, super().delete, *args, **kwargs)

    def get_many(self, keys: Any, version: int | None = None) -> Any:
        """Return what is there of the keys; while Redis is away, nothing."""
        return self._or_else({}, super().get_many, keys, version)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """Tell whether a key is there; while Redis is away, no."""
        return self._or_else(False, super().has_key, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Set keys; while Redis is away, nothing happens."""
        return self._or_else([], super().set_many, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        """Delete keys; while Redis is away, nothing happens."""
        return self._or_else(None, super().delete_many, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """Raise a number; while Redis is away, raise ValueError as for a key that is not there."""
        try:
            return super().incr(key, delta, version)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise ValueError(f"Key {key!r} not found") from error

    def clear(self) -> Any:
        """Forget everything; while Redis is away, nothing happens."""
        return self._or_else(False, super().clear)

    def _or_else(self, answer: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            logger.warning("The cache is away: %s", error)
            return answer
