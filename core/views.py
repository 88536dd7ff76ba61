"""Pages for refusals that happen before any view runs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Render the page for a form that was open too long or came from elsewhere."""
    return render(request, "errors/csrf.html", {"reason": reason}, status=403)
