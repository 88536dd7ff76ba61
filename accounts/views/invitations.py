"""Pages of invitations: inviting, sending again, taking back and accepting."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import invitations as actions
from accounts.forms.people import AcceptForm, InviteForm
from accounts.forms.refusals import refusals_shown_in
from accounts.models import Invitation, Role
from accounts.permissions import require, staff_of
from core.errors import Conflict, NotFound


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by e-mail."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            invitation = actions.invite(actor=viewer, **form.cleaned_data)
            messages.success(request, f"An invitation is on its way to {invitation.email}.")
            return redirect("people")
    status = 422 if request.method == "POST" else 200
    return render(
        request, "accounts/people/invite.html", {"form": form, "crumbs": [("People", reverse("people"))]}, status=status
    )


@require_POST
def invitation_resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the invitation again, with a new link."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    invitation = actions.resend_invitation(actor=viewer, invitation=get_object_or_404(Invitation, pk=pk))
    messages.success(request, f"A new link is on its way to {invitation.email}; the old one is void.")
    return redirect("people")


@require_POST
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the invitation back."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    invitation = actions.revoke_invitation(actor=viewer, invitation=get_object_or_404(Invitation, pk=pk))
    messages.success(request, f"The invitation of {invitation.email} is taken back.")
    return redirect("people")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """Let somebody invited choose name and password, and log in."""
    try:
        invitation = actions.invitation_behind(token)
    except (NotFound, Conflict) as error:
        return render(request, "accounts/people/invitation_closed.html", {"error": error}, status=error.status)
    form = AcceptForm(request.POST or None, initial={"name": invitation.name, "time_zone": "UTC"})
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            person = actions.accept_invitation(token=token, **form.cleaned_data)
            if request.user.is_authenticated:
                logout(request)
            record_authentication(request, person, method="invitation")
            return perform_login(request, Login(user=person, email=person.email))
    context = {
        "form": form,
        "invitation": invitation,
        "roles": [Role(role).label for role in invitation.roles],
        "logged_in_as": request.user if request.user.is_authenticated else None,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/people/invitation_accept.html", context, status=status)
