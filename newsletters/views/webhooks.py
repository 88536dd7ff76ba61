"""Where the mail provider reports bounces and complaints.

Only the provider that is chosen may report, and only with the secret that it was given; django-anymail checks that and
the provider's own signature, and reads each provider's format.
"""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods


@csrf_exempt
@login_not_required
@require_http_methods(["HEAD", "POST"])
def report(request: HttpRequest, provider: str) -> HttpResponse:
    """Take the reports of the provider; 404 for every other one, 400 for reports that are not the provider's."""
    if not provider or provider != settings.EMAIL_PROVIDER or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404("No mail provider reports here.")
    try:
        found = resolve(f"/{provider}/tracking/", urlconf="newsletters.urls.providers")
    except Resolver404 as error:
        raise Http404("This mail provider sends no reports.") from error
    answer: HttpResponse = found.func(request, **found.kwargs)
    return answer
