"""What a contact does with a notice in the portal; plain forms and links."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import portal
from core.errors import NotFound
from newsletters.access_notices import own_notice
from newsletters.actions.widget import note_step


@require_POST
def dismiss(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Dismiss a notice and return to the page it stood on."""
    contact = portal.contact_of(request)
    # Also one that was withdrawn since the page was read: there is nothing to say about it.
    note_step(contact_id=contact.pk, notice=uid, step="dismissed")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, None) and back.startswith("/portal/")
    return redirect(back if is_ours else "portal")


@require_safe
def read_on(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Lead to where the notice says, and keep that it was read."""
    contact = portal.contact_of(request)
    notice = own_notice(contact, uid)
    if not notice.link_url:
        raise NotFound("This notice leads nowhere.")
    if request.method == "GET":
        note_step(contact_id=contact.pk, notice=uid, step="read")
    return HttpResponseRedirect(notice.link_url)
