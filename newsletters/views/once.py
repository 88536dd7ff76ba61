"""Forms that make something name themselves: sent twice, they make it once."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from core.errors import ProductError
from newsletters.actions.once import MADE_BEFORE

# The key itself, and what the page sends along that nobody filled in.
NOT_FILLED_IN = frozenset({"request_key", "csrfmiddlewaretoken", "open"})


def key_of(request: HttpRequest) -> UUID | None:
    """Return the key that came with the form; None where it has none."""
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return None


def content_of(request: HttpRequest) -> list[Any]:
    """Return what was filled in, and where."""
    names = sorted(set(request.POST) - NOT_FILLED_IN)
    files = [[name, [_digest(file) for file in request.FILES.getlist(name)]] for name in sorted(request.FILES)]
    return [request.path, [[name, request.POST.getlist(name)] for name in names], files]


def key_for_form(request: HttpRequest, refusal: ProductError | None = None) -> UUID:
    """Return the key that the form carries now: the one it came with, or a new one where that made something."""
    is_spent = refusal is not None and refusal.code == MADE_BEFORE
    return (None if is_spent else key_of(request)) or uuid4()


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    # Whoever reads it next begins at its beginning.
    file.seek(0)
    return digest.hexdigest()
