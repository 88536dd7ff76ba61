"""The errors that actions raise; pages and the API turn them into answers."""

from typing import Any


class ProductError(Exception):
    """An expected refusal with a stable code, a sentence for the person and an HTTP status."""

    status = 400
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field
        self.details = details


class NotAllowed(ProductError):
    """The person may see the thing but not do this with it."""

    status = 403
    code = "not_allowed"


class NotFound(ProductError):
    """The thing is not there, or not there for this person: both answer alike."""

    status = 404
    code = "not_found"


class Conflict(ProductError):
    """The thing has changed since, or something else holds its place."""

    status = 409
    code = "conflict"


class Invalid(ProductError):
    """The input breaks a rule of the product."""

    status = 422
    code = "invalid"
