"""Pages that show a mail's HTML to a real browser: by itself, framed, and in a frame of a page of ours."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from newsletters.rendering.preview import framed

# What the pages show now; the server runs in a thread of the test.
shown: dict[str, str] = {"html": ""}


@login_not_required
def bare(request: HttpRequest) -> HttpResponse:
    """Show the mail as a careless mail program would: with no policy at all."""
    response = HttpResponse(shown["html"])
    response._csp_exempt = True  # type: ignore[attr-defined]
    return response


@login_not_required
def alone(request: HttpRequest) -> HttpResponse:
    """Show the mail as the product does."""
    return framed(shown["html"])


@login_not_required
def around(request: HttpRequest) -> HttpResponse:
    """Show a page of ours with the mail in a frame."""
    frame = '<iframe title="The mail" width="700" height="900" src="/framed/"></iframe>'
    return HttpResponse(f"<!doctype html><html lang=en><title>Ours</title><body>{frame}</body></html>")


urlpatterns = [
    path("bare/", bare),
    path("framed/", alone),
    path("around/", around),
    path("n/", include("newsletters.urls.links")),
]
