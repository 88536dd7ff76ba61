"""The accounts app over the API, one module a noun."""

from accounts.api import schema

__all__ = ["schema"]
