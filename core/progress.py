"""How far long work is, as its page asks every few seconds."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def answer_progress(
    request: HttpRequest, progress: dict[str, Any], *, is_over: bool, template: str = "components/progress_job.html"
) -> HttpResponse:
    """Return the part of the page that shows the progress; once the work is over the page loads itself again."""
    response = render(request, template, progress)
    if is_over:
        response["HX-Refresh"] = "true"
    return response
