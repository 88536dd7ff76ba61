"""Private calendar feeds: what calendar programs read, and the pages on which their owners make and end them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import portal
from accounts.forms.refusals import refusals_shown_in
from accounts.models import Contact, User
from accounts.permissions import require, staff_of
from accounts.sealing import seal, unseal
from core.errors import NotFound
from core.ids import read_id
from queues import feeds
from queues.actions.feeds import create_feed, revoke_feed
from queues.forms.feeds import FeedForm, HostFeedForm

NEW_ADDRESS = "new_calendar_address"


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the feed as an iCalendar file, or that it is still as the program has it; the address is the only key."""
    found = feeds.feed_at(token)
    if found is None:
        # In plain words and without a page's cookie: it is a program that reads them.
        return HttpResponseNotFound("There is no such calendar.\n", content_type="text/plain; charset=utf-8")
    feeds.note_use(found)
    content = feeds.content_of(found)
    response = HttpResponse(content.file.content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="hours.ics"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    changed, etag = int(content.changed_at.timestamp()), f'"{content.digest}"'
    response["ETag"], response["Last-Modified"] = etag, http_date(changed)
    return get_conditional_response(request, etag, changed, response) or response


@never_cache
@require_http_methods(["GET", "POST"])
def calendar_feeds(request: HttpRequest) -> HttpResponse:
    """Show a host's calendar addresses and make a new one."""
    person = staff_of(request)
    require(person, "queue.host")
    form = HostFeedForm(request.POST if request.method == "POST" else None)
    context = {"crumbs": [("Your profile", reverse("profile"))], "revoke_url": reverse("calendar_feed_revoke")}
    return _page(request, form, "queues/feeds/staff.html", "calendar_feeds", context, person=person)


@never_cache
@require_http_methods(["GET", "POST"])
def portal_feeds(request: HttpRequest) -> HttpResponse:
    """Show a contact's calendar addresses and make a new one."""
    contact = portal.contact_of(request)
    form = FeedForm(request.POST if request.method == "POST" else None)
    context = {"crumbs": [("Your profile", reverse("portal_profile"))], "revoke_url": reverse("portal_feed_revoke")}
    return _page(request, form, "queues/feeds/portal.html", "portal_feeds", context, contact=contact)


@require_POST
def calendar_feed_revoke(request: HttpRequest) -> HttpResponse:
    """End one of a host's own calendar addresses."""
    _revoke(request, person=staff_of(request))
    return redirect("calendar_feeds")


@require_POST
def portal_feed_revoke(request: HttpRequest) -> HttpResponse:
    """End one of a contact's own calendar addresses."""
    _revoke(request, contact=portal.contact_of(request))
    return redirect("portal_feeds")


def _revoke(request: HttpRequest, **owner: Any) -> None:
    chosen = read_id(request.POST.get("feed"))
    if chosen is None:
        raise NotFound("There is no such calendar address.")
    revoke_feed(feed_id=chosen, **owner)
    messages.success(request, "The calendar address is ended: nobody can read it any more.")


def _page(
    request: HttpRequest,
    form: FeedForm,
    template: str,
    here: str,
    context: dict[str, Any],
    *,
    person: User | None = None,
    contact: Contact | None = None,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            _, token = create_feed(person=person, contact=contact, **form.cleaned_data)
            # Kept until the next page shows it, which forgets it: going back or loading again shows it no more.
            request.session[NEW_ADDRESS] = seal(feeds.address_of(token))
            return redirect(here)
    shown = request.session.pop(NEW_ADDRESS, "") if request.method == "GET" else ""
    address = unseal(shown) if shown else ""
    context |= {
        "form": form,
        "feeds": feeds.live_feeds(person=person, contact_id=contact.pk if contact else None),
        "new_address": address,
        "subscribe_address": "webcal:" + address.partition(":")[2] if address else "",
    }
    return render(request, template, context, status=422 if request.method == "POST" else 200)
