"""The archive: past issues without anybody's data, for everybody, for customers, or for nobody."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from accounts.access import portal_contacts
from accounts.models import User
from accounts.permissions import may
from core.ids import read_id
from newsletters.models import Issue, NewsletterSettings
from newsletters.queries.readers import archive_page, archived, archived_html
from newsletters.rendering.preview import framed

Archive = NewsletterSettings.Archive


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List past issues, the newest first."""
    if refusal := _closed(request):
        return refusal
    moment, _, number = request.GET.get("before", "").partition("~")
    try:
        ended_at = parse_datetime(moment)
    except ValueError:
        ended_at = None
    pk = read_id(number)
    before = (ended_at, pk) if ended_at is not None and ended_at.tzinfo is not None and pk is not None else None
    issues, last = archive_page(before)
    return render(request, "newsletters/archive/index.html", {"issues": issues, "last": last, "is_first": not before})


@login_not_required
@require_safe
def issue(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a past issue, in a frame that can do nothing to the page around it."""
    return _closed(request) or render(request, "newsletters/archive/issue.html", {"issue": _issue(uid)})


@login_not_required
@require_safe
def framed_issue(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give the issue itself, for the frame."""
    return _closed(request) or framed(archived_html(_issue(uid)))


def _closed(request: HttpRequest) -> HttpResponse | None:
    """Return the answer for who may not read the archive, nothing for who may."""
    setting = NewsletterSettings.current().archive
    user = request.user if isinstance(request.user, User) and request.user.is_authenticated else None
    if setting == Archive.PUBLIC or (user and not user.is_contact and may(user, "newsletter.view")):
        return None
    if setting == Archive.PORTAL:
        if user is None:
            return redirect_to_login(request.get_full_path())
        if user.is_contact and portal_contacts(user).exists():
            return None
    raise Http404("There is no archive to read here.")


def _issue(uid: UUID) -> Issue:
    found = archived().filter(uid=uid).first()
    if found is None:
        raise Http404("There is no such issue in the archive.")
    return found
