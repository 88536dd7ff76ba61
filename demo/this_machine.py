"""The door of pages that are there in local settings alone: they answer this machine and need no login."""

from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from typing import Concatenate

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

View = Callable[Concatenate[HttpRequest, ...], HttpResponse]


def this_machine(view: View) -> View:
    """Answer 404 to whoever asks from another machine, or where no mail is caught: that is no local run."""

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if settings.MAIL_CATCHER_DIR is None or not ip_address(request.META["REMOTE_ADDR"]).is_loopback:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
