"""What every page carries for its reader."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from core.reading import ENGLISH, locale_named, read_in


class ReadingLocaleMiddleware:
    """Prints figures and dates as the logged-in person is used to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        locale = locale_named(user.language, user.country) if isinstance(user, User) else ENGLISH
        with read_in(locale):
            return self.get_response(request)
