"""Single sign-on's two addresses: where a browser leaves for the provider and where it comes back."""

import logging
from collections.abc import Callable

import requests
from allauth.socialaccount.providers.openid_connect import views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

log = logging.getLogger(__name__)


@login_not_required
@require_http_methods(["GET", "POST"])
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider."""
    return _with_provider(views.login, request, provider_id)


@login_not_required
@require_GET
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Log in whom the provider names."""
    return _with_provider(views.callback, request, provider_id)


def _with_provider(view: Callable[..., HttpResponse], request: HttpRequest, provider_id: str) -> HttpResponse:
    """Answer as the view does; a provider that is down or talks nonsense gets the page that says so."""
    try:
        return view(request, provider_id)
    except (requests.RequestException, ValueError, KeyError) as error:
        log.warning("Single sign-on failed: %s: %s", type(error).__name__, error)
        return render(request, "socialaccount/authentication_error.html", status=502)
