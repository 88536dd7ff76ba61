"""The pictures of mails, for whoever opens one."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from newsletters.models import Picture
from newsletters.rules.images import CONTENT_TYPES

# A picture never changes: another one has another address.
KEPT_FOR = timedelta(days=365)


@require_safe
@login_not_required
def picture(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give a picture to anybody who knows its address, to be kept for a year."""
    etag = f'"{uid.hex}"'
    known = Picture.objects.filter(uid=uid)
    if request.headers.get("If-None-Match") == etag and known.exists():
        return _kept(get_conditional_response(request, etag=etag) or HttpResponse(status=304), etag)
    found = known.values_list("content_type", "data").first()
    if found is None or found[0] not in CONTENT_TYPES:
        raise Http404("There is no such picture.")
    content_type, data = found
    response = HttpResponse(bytes(data), content_type=content_type)
    response["Content-Disposition"] = "inline"
    # Whatever it holds, opened by itself it is a picture and nothing else.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    # Mail programs that run in a browser show it on a page of another origin.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _kept(response, etag)


def _kept(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=int(KEPT_FOR.total_seconds()), immutable=True)
    return response
