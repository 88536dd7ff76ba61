"""Pages of teams: the list, a new one, changing and deleting one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions import teams as actions
from accounts.forms.people import TeamForm
from accounts.forms.refusals import refusals_shown_in
from accounts.models import Team
from accounts.permissions import require, staff_of
from accounts.queries import people as queries
from core.errors import ProductError


@require_GET
def team_list(request: HttpRequest) -> HttpResponse:
    """Show every team with its managers and size."""
    require(staff_of(request), "people.manage")
    return render(
        request, "accounts/people/teams.html", {"teams": queries.teams(), "crumbs": [("People", reverse("people"))]}
    )


@require_http_methods(["GET", "POST"])
def team_new(request: HttpRequest) -> HttpResponse:
    """Make a team."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            team = actions.create_team(actor=viewer, **form.cleaned_data)
            messages.success(request, f"{team} is there; give people this team on their own pages.")
            return redirect("teams")
    return _form(request, {"form": form, "team": None})


@require_http_methods(["GET", "POST"])
def team_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a team's name and managers."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    team = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, initial={"name": team.name, "managers": team.managers.all()})
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_team(actor=viewer, team=team, **form.cleaned_data)
            messages.success(request, f"{team} is saved.")
            return redirect("teams")
    return _form(request, {"form": form, "team": team})


@require_POST
def team_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a team to which nobody belongs."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    team = get_object_or_404(Team, pk=pk)
    try:
        actions.delete_team(actor=viewer, team=team)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{team.name} is deleted.")
    return redirect("teams")


def _form(request: HttpRequest, context: dict) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    crumbs = [("People", reverse("people")), ("Teams", reverse("teams"))]
    return render(request, "accounts/people/team_form.html", context | {"crumbs": crumbs}, status=status)
