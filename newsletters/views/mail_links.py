"""Pages behind the links in mails, without a login: who holds a mail holds its token, and may say what it offers.

Looking changes nothing, because mail scanners follow links; a POST does, and needs neither a cookie nor a token of a
session, because nobody can make the address who has not got the mail. So these views, and these alone, are exempt from
the check against forged requests. They leave no cookie and are in nobody's cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import NotFound
from newsletters import links
from newsletters.actions import declining
from newsletters.forms.preferences import PreferencesForm
from newsletters.models import Delivery, Issue, Preference, Suppression
from newsletters.queries.readers import mail_of
from newsletters.rendering.preview import framed

GET_POST = ["GET", "HEAD", "POST"]
ONE_CLICK = "One-Click"

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Mail:
    """The mail whose link was followed."""

    token: str
    delivery: Delivery
    issue: Issue

    @property
    def masked_address(self) -> str:
        """Return the address so that its owner knows it and nobody else learns it: "a…n@acme.example"."""
        name, _, domain = self.delivery.address.rpartition("@")
        return f"{name[:1]}…{name[-1:] if len(name) > 2 else ''}@{domain}"


def of_mail(view: View) -> View:
    """Return the view for whoever holds a mail; the links of previews and test mails change nothing."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, **parts: Any) -> HttpResponse:
        if token == links.PREVIEW:
            answer = render(request, "newsletters/links/preview.html")
        else:
            answer = view(request, _mail(token), **parts)
        return without_traces(request, answer)

    return opened


def without_traces(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Return the answer without a cookie, hidden from search engines, telling nobody where it leads from."""
    # The shell around the page asks for a token that these forms don't need.
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@of_mail
@require_http_methods(GET_POST)
def unsubscribe(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Ask whether to decline the topic; a POST declines it at once, also that of a mail program's button (RFC 8058)."""
    if request.method != "POST":
        return _page(request, mail, "unsubscribe")
    is_one_click = request.POST.get("List-Unsubscribe") == ONE_CLICK
    origin = Preference.Origin.ONE_CLICK if is_one_click else Preference.Origin.LINK
    declining.unsubscribe(delivery=mail.delivery, origin=origin)
    if is_one_click:
        return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    return _page(request, mail, "unsubscribed")


@of_mail
@require_http_methods(["POST"])
def undo(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Take back that the topic was declined."""
    declining.take_back(delivery=mail.delivery)
    return _page(request, mail, "again")


@of_mail
@require_http_methods(GET_POST)
def preferences(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Choose topics and channels."""
    contact = declining.speaker_of(mail.delivery)
    if contact is None:
        return _page(request, mail, "gone")
    form = PreferencesForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_bound and form.is_valid():
        declining.choose_by_link(delivery=mail.delivery, choices=form.changes())
        # A reload shows the page and sends nothing again.
        return redirect(f"{request.path}?saved")
    suppression = Suppression.objects.filter(address=mail.delivery.address).first()
    context = {"form": form, "suppression": suppression, "saved": "saved" in request.GET}
    return _page(request, mail, "preferences", context)


@of_mail
@require_http_methods(["POST"])
def stop(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Decline everything: the address gets no newsletter any more."""
    declining.stop_everything(delivery=mail.delivery)
    return _page(request, mail, "stopped")


@of_mail
@require_safe
def read(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Show the mail in the browser, in a frame that can do nothing to the page around it."""
    return _page(request, mail, "read")


@of_mail
@require_safe
def framed_mail(request: HttpRequest, mail: Mail) -> HttpResponse:
    """Give the mail itself, for the frame."""
    return framed(mail_of(mail.delivery, mail.issue))


def _mail(token: str) -> Mail:
    delivery = links.delivery_of(token)
    if delivery.issue is None:
        raise NotFound("There is no such page. Was the link copied whole?")
    return Mail(token, delivery, delivery.issue)


def _page(request: HttpRequest, mail: Mail, name: str, context: dict[str, Any] | None = None) -> HttpResponse:
    return render(request, f"newsletters/links/{name}.html", {"mail": mail, **(context or {})})
