"""The list of what-ifs: compared, renamed, copied and deleted there."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from core.errors import ProductError
from core.ids import read_id
from segments.access import own_scenario, scenario_for
from segments.actions import scenarios as actions
from segments.forms.scenarios.changes import AboutForm
from segments.models import Scenario
from segments.queries.scenarios import scenarios_seen_by
from segments.scenarios import comparing
from segments.views.answers import REFUSED, sent
from segments.views.scenarios.figures import (
    NOT_YOURS,
    compared_anyway,
    crumbs_back,
    people_seen,
    sayings_of,
    short_day,
    speaker_here,
    stored_changes,
)

MOST_COMPARED = 4


@require_safe
def scenarios(request: HttpRequest) -> HttpResponse:
    """List the person's scenarios and those that others share, to be opened or compared."""
    user = staff_of(request)
    require(user, "scenario.edit")
    found = list(scenarios_seen_by(user))
    context = {
        "mine": [one for one in found if one.owner_id == user.pk],
        "shared": [one for one in found if one.owner_id != user.pk],
        "most": MOST_COMPARED,
    }
    return render(request, "segments/scenarios/scenarios.html", context)


@require_safe
def side_by_side(request: HttpRequest) -> HttpResponse:
    """Show up to four scenarios beside today."""
    user = staff_of(request)
    require(user, "scenario.edit")
    asked = list(dict.fromkeys(pk for text in request.GET.getlist("s") if (pk := read_id(text)) is not None))
    chosen = [scenario_for(user, pk) for pk in asked[:MOST_COMPARED]]
    context: dict[str, Any] = {
        "chosen": chosen,
        "too_many": len(asked) > MOST_COMPARED,
        "most": MOST_COMPARED,
        "crumbs": crumbs_back(),
    }
    if chosen:
        context |= _beside(user, chosen)
    return render(request, "segments/scenarios/compare.html", context)


def _beside(user: User, chosen: list[Scenario]) -> dict[str, Any]:
    stored = [stored_changes(one) for one in chosen]
    found, refused = compared_anyway([changes for changes, _ in stored])
    seen = people_seen(user)
    speaker = speaker_here()
    named = [(one.name, looked.outcome) for one, looked in zip(chosen, found.scenarios, strict=True)]
    return {
        "notes": [*(note for _, notes in stored for note in notes), *refused],
        "columns": [
            {
                "scenario": scenario,
                "sayings": sayings_of(user, looked, found, seen),
                "gone": looked.gone,
                "headline": speaker.headline(looked.outcome, found.today),
            }
            for scenario, looked in zip(chosen, found.scenarios, strict=True)
        ],
        "lines": comparing.side_by_side(found.today, named, speaker),
        "people": comparing.people_side_by_side(found.today, named, seen, speaker),
        "chart": comparing.weeks_chart([(comparing.TODAY, found.today), *named], short_day),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change the name, the note and whether other managers see it."""
    user = staff_of(request)
    found = own_scenario(user, pk)
    initial = {"name": found.name, "note": found.note, "is_shared": found.is_shared}
    form = AboutForm(sent(request), initial=initial, auto_id="id_about_%s")
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            saved = actions.save_scenario(actor=user, scenario=found, **form.cleaned_data)
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect("scenarios")
    context = {"form": form, "scenario": found, "crumbs": crumbs_back()}
    return render(request, "segments/scenarios/name.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy a scenario, one's own or another manager's, and open the copy."""
    user = staff_of(request)
    found = scenario_for(user, pk)
    try:
        copied, is_less = actions.copy_scenario(actor=user, scenario=found)
    except ProductError as error:
        messages.error(request, error.message)
        return redirect("scenarios")
    text = f"“{copied.name}” is yours to change."
    messages.success(request, f"{text} {NOT_YOURS}" if is_less else text)
    return redirect("scenario", copied.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own scenario."""
    user = staff_of(request)
    found = own_scenario(user, pk)
    actions.delete_scenario(actor=user, scenario=found)
    messages.success(request, f"“{found.name}” is deleted.")
    return redirect("scenarios")
