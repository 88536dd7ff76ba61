"""Pages of absences: the list, entering, changing and cancelling one, and what it lies upon."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import people_within, person_for
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import Reach, reach_of, require, staff_of
from calendars.access import absence_for, absences_within
from calendars.actions import absences as actions
from calendars.forms.absences import AbsenceForm
from calendars.queries.absences import Hits, hits_of, open_absences, past_absences
from calendars.queries.hours import zone_on
from core.ids import read_id
from core.pages import page_of

REFUSED = 422
PAGE_SIZE = 50
SHOWN_PEOPLE = 500


@require_safe
def absences(request: HttpRequest) -> HttpResponse:
    """Show who is away in the next 12 weeks and who stands in: oneself, and the people whom one manages."""
    user = staff_of(request)
    require(user, "absence.edit")
    rows = absences_within(user)
    whose = request.GET.get("whose", "")
    if whose == "mine":
        rows = rows.filter(person=user)
    is_past = request.GET.get("when") == "past"
    shown = past_absences(rows) if is_past else open_absences(rows)
    context = {
        "page": page_of(request, shown, order="-starts_at" if is_past else "starts_at", size=PAGE_SIZE),
        "manages": reach_of(user, "absence.edit") > Reach.OWN,
        "whose": whose,
        "is_past": is_past,
        "now": timezone.now(),
    }
    return render(request, "calendars/absences.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter an absence of one's own, or of one of one's people."""
    user = staff_of(request)
    require(user, "absence.edit")
    asked = read_id(request.GET.get("person"))
    person = person_for(user, asked, "absence.edit") if asked is not None else user
    form = AbsenceForm(request.POST if request.method == "POST" else None, person=person)
    hits = None
    if form.is_bound and form.is_valid():
        if "look" in request.POST:
            hits = _hits(form, person)
        else:
            with refusals_shown_in(form):
                entered = actions.enter_absence(actor=user, person=person, **form.cleaned_data)
                messages.success(request, "The absence is entered.")
                return redirect("absence", pk=entered.pk)
    context = {
        "form": form,
        "person": person,
        "is_own": person == user,
        "people": list(people_within(user, "absence.edit").filter(is_active=True).order_by("name")[:SHOWN_PEOPLE]),
        "hits": hits,
        "crumbs": _crumbs(),
    }
    return render(request, "calendars/absence_new.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an absence with what it lies upon, and change it."""
    user = staff_of(request)
    found = absence_for(user, pk)
    form = AbsenceForm(
        request.POST if request.method == "POST" else None,
        initial=AbsenceForm.initial_of(found),
        person=found.person,
        cover=found.cover,
    )
    hits = hits_of(found.person_id, found.span, found.time_zone)
    if form.is_bound and form.is_valid():
        if "look" in request.POST:
            hits = hits_of(found.person_id, form.away().span(found.time_zone), found.time_zone)
        else:
            with refusals_shown_in(form):
                actions.change_absence(actor=user, absence=found, changes=form.cleaned_data)
                messages.success(request, "The absence is changed.")
                return redirect("absence", pk=found.pk)
    context = {
        "absence": found,
        "form": form,
        "person": found.person,
        "is_own": found.person_id == user.pk,
        "hits": hits,
        "crumbs": _crumbs(),
        "has_ended": found.ends_at <= timezone.now(),
    }
    return render(request, "calendars/absence.html", context, status=_status(form))


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel an absence: its time is free again."""
    user = staff_of(request)
    found = absence_for(user, pk)
    actions.cancel_absence(actor=user, absence=found)
    messages.success(request, "The absence is cancelled; its time is free again.")
    return redirect("absences")


def _hits(form: AbsenceForm, person: User) -> Hits | None:
    away = form.away()
    zone = zone_on(person, away.first)
    span = away.span(zone)
    return hits_of(person.pk, span, zone) if span.ends > span.starts else None


def _status(form: AbsenceForm) -> int:
    return REFUSED if form.is_bound and form.errors else 200


def _crumbs() -> list[tuple[str, str]]:
    return [("Absences", reverse("absences"))]
