"""One what-if: its changes as a form with what comes of them beside today."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods

from accounts.forms.refusals import show_refusal
from accounts.models import User
from accounts.permissions import require, staff_of
from core.errors import ProductError
from segments.access import own_scenario, scenario_for
from segments.actions import scenarios as actions
from segments.forms.scenarios.changes import AboutForm, ChangesForms, with_another_row
from segments.models import Scenario
from segments.queries.scenarios import Basis, basis_for, compare
from segments.scenarios.changes import Changes
from segments.views.answers import REFUSED, is_htmx, sent
from segments.views.scenarios.figures import (
    NOT_YOURS,
    compared_anyway,
    crumbs_back,
    figures_of,
    stored_changes,
    worked_out,
)

ADDING = {"add_people": "people", "add_hires": "hires"}


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Show the form of a new what-if with what comes of it; nothing is kept before it is saved."""
    user = staff_of(request)
    require(user, "scenario.edit")
    return _editor(request, user, None)


@require_http_methods(["GET", "HEAD", "POST"])
def scenario(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one's own scenario to be changed, or another manager's as it is."""
    user = staff_of(request)
    if request.method == "POST":
        return _editor(request, user, own_scenario(user, pk))
    found = scenario_for(user, pk)
    return _editor(request, user, found) if found.owner_id == user.pk else _shown(request, user, found)


def _shown(request: HttpRequest, user: User, found: Scenario) -> HttpResponse:
    changes, notes = stored_changes(found)
    compared, refused = compared_anyway([changes])
    context = {
        "scenario": found,
        "notes": [*notes, *refused],
        "customers_url": reverse("scenario_customers", args=[found.pk]),
        "crumbs": crumbs_back(),
        **figures_of(user, compared),
    }
    return render(request, "segments/scenarios/shown.html", context)


def _editor(request: HttpRequest, user: User, found: Scenario | None) -> HttpResponse:
    basis = basis_for(user)
    stored, notes = stored_changes(found) if found else (Changes(), [])
    mine = stored.only_about({one.pk for one in basis.people})
    if mine != stored:
        notes = [*notes, NOT_YOURS]
    do = request.POST.get("do", "")
    is_part = is_htmx(request) and do == "look"
    is_writing = is_part or do in ADDING
    forms = ChangesForms(_sent(request, do, basis), basis, mine, may_be_unfinished=is_writing)
    about = _about(request, found, do)
    changes = forms.read() if request.method == "POST" else mine
    if do == "save" and changes is not None and about.is_valid():
        saved = _save(request, user, found, about, forms, changes)
        if saved is not None:
            return redirect("scenario", saved.pk)
    compared = worked_out(forms, changes)
    problems = forms.all_problems()
    context = {
        "scenario": found,
        "forms": forms,
        "about": about,
        "seen": found.updated_at.isoformat() if found else "",
        "problems": problems,
        "notes": [] if request.method == "POST" else notes,
        "crumbs": crumbs_back(),
        **(figures_of(user, compared) if compared else {}),
    }
    template = "segments/scenarios/_figures.html" if is_part else "segments/scenarios/scenario.html"
    refused = bool(problems or about.errors)
    return render(request, template, context, status=REFUSED if refused else 200)


def _sent(request: HttpRequest, do: str, basis: Basis) -> QueryDict | None:
    if do in ADDING:
        return with_another_row(request.POST, ADDING[do], basis)
    return sent(request)


def _about(request: HttpRequest, found: Scenario | None, do: str) -> AboutForm:
    initial = {"name": found.name, "note": found.note, "is_shared": found.is_shared} if found else {}
    if do == "save":
        return AboutForm(request.POST)
    if request.method == "POST":
        # What was typed stays, but nobody is told that a name is missing before it is needed.
        typed = {name: request.POST.get(name, "")[:300] for name in ("name", "note")}
        return AboutForm(initial=typed | {"is_shared": "is_shared" in request.POST})
    return AboutForm(initial=initial)


def _save(
    request: HttpRequest, user: User, found: Scenario | None, about: AboutForm, forms: ChangesForms, changes: Changes
) -> Scenario | None:
    """Return the saved scenario; None where it was refused, which the forms say."""
    try:
        compare([changes])
        if found is None:
            saved = actions.create_scenario(actor=user, changes=changes, **about.cleaned_data)
        else:
            expected = _moment(request.POST.get("seen", ""))
            saved = actions.save_scenario(
                actor=user, scenario=found, changes=changes, expected=expected, **about.cleaned_data
            )
    except ProductError as error:
        if error.field in about.fields:
            show_refusal(about, error)
        else:
            forms.refuse(error)
        return None
    messages.success(request, f"“{saved.name}” is saved. Nothing real has changed.")
    return saved


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None
