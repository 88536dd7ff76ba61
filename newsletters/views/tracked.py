"""What a mail loads and where its links lead, counted as the issue's tracking says."""

import base64

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.errors import NotFound
from newsletters import links
from newsletters.actions.following import count_click, count_open
from newsletters.models import Delivery, Issue, Link
from newsletters.rules.addresses import is_web
from newsletters.rules.machines import is_machine
from newsletters.views.mail_links import without_traces

# One transparent point.
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@login_not_required
@never_cache
@require_safe
def click(request: HttpRequest, token: str, link: int) -> HttpResponse:
    """Count the click and lead on to the stored target; there is no way to name another one."""
    if token == links.PREVIEW:
        return without_traces(request, render(request, "newsletters/links/preview.html"))
    delivery, issue = _sent(token)
    target = Link.objects.filter(pk=link, issue=issue).first()
    if target is None or not is_web(target.url):
        raise NotFound("There is no such link in this mail.")
    count_click(delivery=delivery, issue=issue, link=target, by_machine=_is_machine(request, delivery))
    return without_traces(request, HttpResponseRedirect(target.url))


@login_not_required
@never_cache
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Count that the mail was opened, and give the picture."""
    if token != links.PREVIEW:
        delivery, issue = _sent(token)
        count_open(delivery=delivery, issue=issue, by_machine=_is_machine(request, delivery))
    answer = HttpResponse(PIXEL, content_type="image/gif")
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return without_traces(request, answer)


def _sent(token: str) -> tuple[Delivery, Issue]:
    delivery = links.delivery_of(token)
    if delivery.issue is None:
        raise NotFound("There is no such page. Was the link copied whole?")
    return delivery, delivery.issue


def _is_machine(request: HttpRequest, delivery: Delivery) -> bool:
    # A mail in flight is only just being sent.
    since = timezone.now() - delivery.sent_at if delivery.sent_at else None
    return is_machine(request.method or "", request.headers, since)
