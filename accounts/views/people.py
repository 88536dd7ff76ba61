"""Pages of people: the list, one person, its roles, its leaving and coming back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import person_for
from accounts.actions import people as actions
from accounts.actions.roles import set_roles
from accounts.forms.choices import spoken_languages
from accounts.forms.people import LeaveForm, PersonForm, RolesForm
from accounts.forms.refusals import refusals_shown_in
from accounts.models import Role, Team, User
from accounts.permissions import may, require, staff_of
from accounts.queries import people as queries
from core.errors import ProductError


@require_GET
def people_list(request: HttpRequest) -> HttpResponse:
    """Show the people whom the viewer may see, and to an administrator who is invited."""
    viewer = staff_of(request)
    require(viewer, "team.view")
    wanted = queries.PeopleFilter(
        text=request.GET.get("q", "").strip(),
        role=request.GET.get("role", ""),
        team=request.GET.get("team", ""),
        state=request.GET.get("state", "active"),
    )
    manages = may(viewer, "people.manage")
    context = {
        "page": queries.people_page(viewer, wanted, cursor=request.GET.get("after") or request.GET.get("before", "")),
        "wanted": wanted,
        "manages": manages,
        "roles": Role.choices,
        "teams": Team.objects.all(),
        "invitations": list(queries.open_invitations()) if manages else [],
    }
    return render(request, "accounts/people/list.html", context)


@require_GET
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person: facts, roles and how many customers it looks after."""
    viewer = staff_of(request)
    require(viewer, "team.view")
    person = person_for(viewer, pk, "team.view")
    held = list(person.role_grants.order_by("role").values_list("role", flat=True))
    context = {
        "person": person,
        "crumbs": [("People", reverse("people"))],
        "held_roles": held,
        "spoken": [name for code, name in spoken_languages() if code in person.spoken_languages],
        "portfolio": queries.portfolio_by_role(person),
        "manages": may(viewer, "people.manage"),
        "is_self": viewer.pk == person.pk,
        "roles_form": RolesForm(initial={"roles": held}),
    }
    return render(request, "accounts/people/person.html", context)


@require_http_methods(["GET", "POST"])
def person_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a person's facts."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    person = person_for(viewer, pk, "people.manage")
    form = PersonForm(request.POST or None, initial=PersonForm.initial_of(person))
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            actions.update_person(actor=viewer, person=person, changes=form.cleaned_data)
            messages.success(request, f"{person} is saved.")
            return redirect("person", pk=person.pk)
    return _form(
        request, "accounts/people/person_edit.html", {"person": person, "form": form, "crumbs": _crumbs(person)}
    )


@require_POST
def person_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person hold exactly the roles that are ticked."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    person = person_for(viewer, pk, "people.manage")
    form = RolesForm(request.POST)
    try:
        set_roles(actor=viewer, person=person, roles=form.cleaned_data["roles"] if form.is_valid() else ["?"])
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The roles of {person} are saved.")
    return redirect("person", pk=person.pk)


@require_http_methods(["GET", "POST"])
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person go: its customers are handed over or released, and it can't log in any more."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    person = person_for(viewer, pk, "people.manage")
    form = LeaveForm(request.POST or None, successors=queries.successors_of(person))
    portfolio = queries.portfolio_by_role(person)
    if not portfolio:
        form.leave_out_customers()
    if request.method == "POST" and form.is_valid():
        with refusals_shown_in(form):
            handed = actions.deactivate_person(actor=viewer, person=person, **form.decision())
            count = sum(handed.values())
            told = f" {count} customers were handed over or released." if count else ""
            messages.success(request, f"{person} can't log in any more.{told}")
            return redirect("person", pk=person.pk)
    context = {"person": person, "form": form, "portfolio": portfolio, "crumbs": _crumbs(person)}
    return _form(request, "accounts/people/deactivate.html", context | {"page_title": f"Deactivate {person}"})


@require_POST
def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a person who had left log in again."""
    viewer = staff_of(request)
    require(viewer, "people.manage")
    person = person_for(viewer, pk, "people.manage")
    actions.reactivate_person(actor=viewer, person=person)
    messages.success(request, f"{person} may log in again.")
    return redirect("person", pk=person.pk)


def _crumbs(person: User) -> list[tuple[str, str]]:
    return [("People", reverse("people")), (str(person), reverse("person", args=[person.pk]))]


def _form(request: HttpRequest, template: str, context: dict) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, template, context, status=status)
