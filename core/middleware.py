"""Turns the product's refusals into pages."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from core.errors import NotFound, ProductError


class ProductErrorMiddleware:
    """Answer an uncaught product error with its own status and sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for a product error, nothing for any other."""
        if isinstance(error, NotFound):
            raise Http404(error.message) from error
        if isinstance(error, ProductError):
            return render(request, "errors/refused.html", {"error": error}, status=error.status)
        return None
