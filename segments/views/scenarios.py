"""What-ifs: changes as a form with what comes of them beside today; saved, shared, copied and compared."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from babel.dates import format_date
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import people_within, visible_customers
from accounts.models import CompanySettings, Tier, User
from accounts.permissions import may, require, staff_of
from core.errors import Invalid, NotFound, ProductError
from core.reading import current_locale
from segments.access import own_scenario, scenario_for
from segments.actions import scenarios as actions
from segments.forms.scenarios import AboutForm, ChangesForms, with_another_row
from segments.models import Scenario
from segments.queries.scenarios import (
    Basis,
    Comparison,
    Looked,
    basis_for,
    compare,
    customers_among,
    scenarios_seen_by,
)
from segments.scenarios import comparing
from segments.scenarios.changes import TIERS, Changes, read_changes
from segments.scenarios.outcome import Outcome
from segments.scenarios.portfolios import NOBODY
from segments.scenarios.sentences import Saying, Speaker
from segments.views.answers import REFUSED, is_htmx, sent, take

MOST_COMPARED = 4
UNREADABLE = "Some of these changes cannot be read any more, so the scenario begins anew."
NOT_YOURS = "Changes about people who are not in your teams are left out here."
# Where changes are made for real, and what it takes to be let in.
REAL = {
    "rule_sets": "rules.view",
    "limits": "portfolio.view",
    "capacity_settings": "capacity.settings",
    "person": "team.view",
    "person_hours": "hours.edit",
    "person_limit": "limits.edit",
    "invite": "people.manage",
}
ADDING = {"add_people": "people", "add_hires": "hires"}


# --- the list -----------------------------------------------------------------------------------
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
    asked = [int(text) for text in dict.fromkeys(request.GET.getlist("s")) if _is_number(text)]
    chosen = [scenario_for(user, pk) for pk in asked[:MOST_COMPARED]]
    context: dict[str, Any] = {
        "chosen": chosen,
        "too_many": len(asked) > MOST_COMPARED,
        "most": MOST_COMPARED,
        "crumbs": _crumbs(),
    }
    if chosen:
        context |= _beside(user, chosen)
    return render(request, "segments/scenarios/compare.html", context)


def _beside(user: User, chosen: list[Scenario]) -> dict[str, Any]:
    stored = [_stored(one) for one in chosen]
    found, refused = _compared([changes for changes, _ in stored])
    seen = _people_seen(user)
    speaker = _speaker()
    named = [(one.name, looked.outcome) for one, looked in zip(chosen, found.scenarios, strict=True)]
    return {
        "notes": [*(note for _, notes in stored for note in notes), *refused],
        "columns": [
            {
                "scenario": scenario,
                "sayings": _sayings(user, looked, found, seen),
                "gone": looked.gone,
                "headline": speaker.headline(looked.outcome, found.today),
            }
            for scenario, looked in zip(chosen, found.scenarios, strict=True)
        ],
        "lines": comparing.side_by_side(found.today, named, speaker),
        "people": comparing.people_side_by_side(found.today, named, seen, speaker),
        "chart": comparing.weeks_chart([(comparing.TODAY, found.today), *named], _short_day),
    }


# --- one scenario -------------------------------------------------------------------------------
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
    changes, notes = _stored(found)
    compared, refused = _compared([changes])
    context = {
        "scenario": found,
        "notes": [*notes, *refused],
        "customers_url": reverse("scenario_customers", args=[found.pk]),
        "crumbs": _crumbs(),
        **_figures(user, compared),
    }
    return render(request, "segments/scenarios/shown.html", context)


def _editor(request: HttpRequest, user: User, found: Scenario | None) -> HttpResponse:
    basis = basis_for(user)
    stored, notes = _stored(found) if found else (Changes(), [])
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
    compared = _looked(forms, changes)
    problems = forms.all_problems()
    context = {
        "scenario": found,
        "forms": forms,
        "about": about,
        "seen": found.updated_at.isoformat() if found else "",
        "problems": problems,
        "notes": [] if request.method == "POST" else notes,
        "crumbs": _crumbs(),
        **(_figures(user, compared) if compared else {}),
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
            take(about, error)
        else:
            forms.refuse(error)
        return None
    messages.success(request, f"“{saved.name}” is saved. Nothing real has changed.")
    return saved


def _looked(forms: ChangesForms, changes: Changes | None) -> Comparison | None:
    """Return what comes of the changes; None where they can't be worked out, which the forms say."""
    if changes is None:
        return None
    try:
        return compare([changes])
    except Invalid as error:
        forms.refuse(error)
        return None


# --- the customers behind the figures -----------------------------------------------------------
@require_safe
def customers(request: HttpRequest, pk: int) -> HttpResponse:
    """List customers behind a figure of a saved scenario."""
    user = staff_of(request)
    found = scenario_for(user, pk)
    changes, _ = _stored(found)
    compared, _ = _compared([changes])
    crumbs = [*_crumbs(), (found.name, reverse("scenario", args=[pk]))]
    return _customers_page(request, user, compared, crumbs)


@require_POST
def customers_of_changes(request: HttpRequest) -> HttpResponse:
    """List customers behind a figure of changes that are not saved."""
    user = staff_of(request)
    require(user, "scenario.edit")
    forms = ChangesForms(request.POST, basis_for(user), Changes())
    compared = _looked(forms, forms.read())
    if compared is None:
        context = {"problems": forms.all_problems(), "crumbs": _crumbs()}
        return render(request, "segments/scenarios/customers.html", context, status=REFUSED)
    return _customers_page(request, user, compared, _crumbs())


def _customers_page(
    request: HttpRequest, user: User, compared: Comparison, crumbs: list[tuple[str, str]]
) -> HttpResponse:
    outcome = compared.scenarios[0].outcome
    title, why = _behind(request.GET, outcome, compared, user)
    rows = [(customer, why[customer.pk]) for customer in customers_among(visible_customers(user), list(why))]
    context = {"title": title, "rows": rows, "all": len(why), "crumbs": crumbs}
    return render(request, "segments/scenarios/customers.html", context)


def _behind(asked: QueryDict, outcome: Outcome, compared: Comparison, user: User) -> tuple[str, dict[int, str]]:
    """Return the title of the list and its customers' ids, each with why it is there; raise NotFound for no list."""
    sides = {*Tier.values, ""}
    old, new, tier, person = (asked.get(name) for name in ("from", "to", "left", "person"))
    if old in sides and new in Tier.values:
        moves = [move for move in compared.scenarios[0].moves if (move.account.tier, move.to_tier) == (old, new)]
        title = f"From {Tier(old).label.lower() if old else 'no tier'} to {Tier(new).label.lower()}"
        return title, {move.account.pk: move.rule for move in moves}
    if tier in TIERS:
        left = outcome.left[tier]
        return f"{Tier(tier).label} without a CSM", {account.pk: left.why for account in left.accounts}
    if person and _is_number(person):
        return _exchange(int(person), outcome, _people_seen(user))
    raise NotFound("There is no such list.")


def _exchange(person: int, outcome: Outcome, seen: set[int]) -> tuple[str, dict[int, str]]:
    found = outcome.person(person)
    if found is None or not (found.is_new or person in seen):
        raise NotFound("There is no such person.")
    names = {one.person_id: one.name for one in outcome.people if one.is_new or one.person_id in seen}
    why = {place.account.pk: f"Comes: {place.why or 'new here'}" for place in outcome.coming_to(person)}
    for place in outcome.going_from(person):
        to = "nobody" if place.person == NOBODY else names.get(place.person, "a CSM of another team")
        why[place.account.pk] = f"Goes to {to}"
    return f"Who comes to {found.name} and who goes", why


# --- names, copies ------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change the name, the note and whether other managers see it."""
    user = staff_of(request)
    found = own_scenario(user, pk)
    initial = {"name": found.name, "note": found.note, "is_shared": found.is_shared}
    form = AboutForm(sent(request), initial=initial, auto_id="id_about_%s")
    if form.is_bound and form.is_valid():
        try:
            saved = actions.save_scenario(actor=user, scenario=found, **form.cleaned_data)
        except ProductError as error:
            take(form, error)
        else:
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect("scenarios")
    context = {"form": form, "scenario": found, "crumbs": _crumbs()}
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


# --- what pages show ----------------------------------------------------------------------------
def _figures(user: User, compared: Comparison) -> dict[str, Any]:
    """Return what the figures of one scenario beside today show."""
    looked, today = compared.scenarios[0], compared.today
    outcome, seen, speaker = looked.outcome, _people_seen(user), _speaker()
    is_changed = not looked.changes.is_empty
    shown = [(comparing.TODAY, today), *([("With these changes", outcome)] if is_changed else [])]
    return {
        "outcome": outcome,
        "today": today,
        "is_changed": is_changed,
        "gone": looked.gone,
        "headline": speaker.headline(outcome, today if is_changed else None),
        "moves": speaker.moves(outcome, today),
        "figures": _key_figures(outcome, today, speaker),
        "placed_today": _placed(today),
        "tiers": comparing.tier_lines(outcome, today),
        "people": comparing.person_lines(outcome, today, seen),
        "hidden_people": sum(1 for one in today.people if one.person_id not in seen),
        "teams": comparing.team_lines(outcome, today, seen),
        "left": [(tier, left) for tier, left in outcome.left.items() if left.total.customers],
        "chart": comparing.weeks_chart(shown, _short_day),
        # A chart that takes another one's place has another name, or htmx would carry the styles of the old one over.
        "chart_id": f"weeks-{uuid4().hex[:8]}",
        "sayings": _sayings(user, looked, compared, seen),
    }


def _key_figures(outcome: Outcome, today: Outcome, speaker: Speaker) -> list[tuple[str, comparing.Cell]]:
    lines = {line.label: line.cells[1] for line in comparing.side_by_side(today, [("", outcome)], speaker)}
    return [(label, lines[label]) for label in comparing.KEY_FIGURES]


def _placed(today: Outcome) -> int:
    """Return how many customers the next filling would place even without any change."""
    return sum(1 for one in (today.places or {}).values() if one.account.person is None and one.person != NOBODY)


def _sayings(user: User, looked: Looked, compared: Comparison, seen: set[int]) -> list[tuple[Saying, str]]:
    """Return each change in words with the address where it is made for real, empty where the person may not."""
    names = compared.company.names

    def name_of(person: int) -> str:
        return names.get(person, "Somebody") if person in seen else "A CSM of another team"

    said = _speaker().changes(looked.changes, compared.company, name_of)
    return [(saying, _address(user, saying, seen)) for saying in said]


def _address(user: User, saying: Saying, seen: set[int]) -> str:
    if saying.person is not None and saying.person not in seen:
        return ""
    return reverse(saying.address, args=saying.args) if may(user, REAL[saying.address]) else ""


def _compared(scenarios: list[Changes]) -> tuple[Comparison, list[str]]:
    """Return what comes of saved scenarios; one whose threshold a rule does not take any more stands without it."""
    try:
        return compare(scenarios), []
    except Invalid as error:
        left = [replace(changes, thresholds={}) for changes in scenarios]
        return compare(left), [f"{error.message} Thresholds are left out."]


def _stored(found: Scenario) -> tuple[Changes, list[str]]:
    """Return the changes as they were saved, and a sentence where they can't be read any more."""
    try:
        return read_changes(found.changes), []
    except Invalid:
        return Changes(), [UNREADABLE]


def _people_seen(user: User) -> set[int]:
    return set(people_within(user, "capacity.view").values_list("pk", flat=True))


def _speaker() -> Speaker:
    return Speaker(current_locale(), CompanySettings.current().currency)


def _short_day(day: Any) -> str:
    return format_date(day, "d MMM", locale=current_locale())


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _crumbs() -> list[tuple[str, str]]:
    """Return the way back, for the head of a page about one scenario or several."""
    return [("What-if", reverse("scenarios"))]
