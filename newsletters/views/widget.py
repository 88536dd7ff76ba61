"""The widget's script, for the pages of the company's products on any origin."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from newsletters.widget.script import served

AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
FOR_EVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
@gzip_page
def notices_script(request: HttpRequest, digest: str = "") -> HttpResponse:
    """Return the script; by an address with its digest to be kept for ever, else to be asked for again each hour."""
    text, current = served()
    if digest and digest != current:
        # The page names a version that is gone: it gets the one that works with this server.
        return _for_any_page(redirect("notices_script"))
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = FOR_EVER if digest else AN_HOUR
    response["ETag"] = etag = f'"{current}"'
    return _for_any_page(get_conditional_response(request, etag=etag, response=response) or response)


def _for_any_page(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
