"""The page of somebody's working hours: the week from a day on, and days that differ."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import people_within, person_for
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from calendars.access import pattern_for, special_day_for
from calendars.actions import hours as actions
from calendars.forms.hours import SpecialDayForm, WeekForm, week_as_typed
from calendars.forms.periods import PeriodsWidget, tell_rows
from calendars.forms.weekdays import rows_after
from calendars.queries.hours import rhythm_on
from calendars.queries.schedule import next_holidays, phases_of, special_days_of
from calendars.queries.supply import weekly_minutes
from calendars.rules.clock import local_day, monday_of
from core.ids import read_id

REFUSED = 422
SHOWN_PEOPLE = 500


@require_http_methods(["GET", "HEAD", "POST"])
def my_hours(request: HttpRequest) -> HttpResponse:
    """Show and set one's own week; with `?person=` go to somebody else's."""
    user = staff_of(request)
    require(user, "hours.edit")
    asked = read_id(request.GET.get("person"))
    if asked not in (None, user.pk):
        return redirect("person_hours", pk=asked)
    return _week(request, user, user)


@require_http_methods(["GET", "HEAD", "POST"])
def person_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and set the week of one of one's people."""
    user = staff_of(request)
    return _week(request, user, person_for(user, pk, "hours.edit"))


@require_POST
def delete_pattern(request: HttpRequest, pk: int) -> HttpResponse:
    """Take hours away that begin on a day; those before hold on."""
    user = staff_of(request)
    pattern = pattern_for(user, pk)
    actions.delete_pattern(actor=user, pattern=pattern)
    messages.success(request, "These hours are taken away; those before them hold on.")
    return _back(request, pattern.person)


@require_http_methods(["GET", "HEAD", "POST"])
def special_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter a day on which somebody works other hours, or none."""
    user = staff_of(request)
    person = person_for(user, pk, "hours.edit")
    step = request.POST.get("step", "")
    if step:
        rows = PeriodsWidget().value_from_datadict(request.POST, {}, "periods")
        verb, _, rest = step.partition(":")
        typed = {name: request.POST.get(name, "") for name in ("on", "note")}
        form = SpecialDayForm(initial=typed | {"periods": rows_after(rows, verb, rest.rpartition(":")[2])})
        return _day(request, person, form)
    form = SpecialDayForm(request.POST if request.method == "POST" else None, initial={"periods": [("", "")]})
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            day = actions.set_special_day(actor=user, person=person, **form.cleaned_data)
            messages.success(request, f"{day.on:%-d %B %Y} is saved.")
            return _back(request, person)
    return _day(request, person, form)


@require_POST
def delete_special_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a day that differs away."""
    user = staff_of(request)
    day = special_day_for(user, pk)
    actions.delete_special_day(actor=user, day=day)
    messages.success(request, f"{day.on:%-d %B %Y} follows the week and the holidays again.")
    return _back(request, day.person)


def _week(request: HttpRequest, user: User, person: User) -> HttpResponse:
    today = local_day(timezone.now(), person.time_zone)
    if request.POST.get("step"):
        form = WeekForm(initial=week_as_typed(request.POST, request.POST["step"]))
        return _page(request, user, person, form, today)
    initial = WeekForm.initial_of(rhythm_on(person, today), today)
    form = WeekForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in ("starts_on", "time_zone", "country", "subdivision")}
        with refusals_shown_in(form):
            pattern = actions.set_pattern(actor=user, person=person, periods=form.periods(), **facts)
            messages.success(request, _saved(user, person, pattern.starts_on, empty=not form.periods()))
            return _back(request, person)
    return _page(request, user, person, form, today)


def _saved(user: User, person: User, starts_on: date, *, empty: bool) -> str:
    whose = "Your" if person == user else f"{person}'s"
    if empty:
        return f"Saved. No hours are worked from {starts_on:%-d %B %Y} on."
    return f"{whose} week from {starts_on:%-d %B %Y} on is saved."


def _page(request: HttpRequest, user: User, person: User, form: WeekForm, today: date) -> HttpResponse:
    address = _address(user, person)
    tell_rows(form, address, request.POST.get("step", ""))
    context = {
        "person": person,
        "is_own": person == user,
        "address": address,
        "form": form,
        "holidays": next_holidays(*form.holiday_place(), today),
        "place_known": bool(form.holiday_place()[0]),
    }
    status = REFUSED if form.is_bound else 200
    if getattr(request, "htmx", False):
        return render(request, "calendars/_week_form.html", context, status=status)
    context |= {
        "people": list(people_within(user, "hours.edit").filter(is_active=True).order_by("name")[:SHOWN_PEOPLE]),
        "phases": phases_of(person, today),
        "special_days": special_days_of(person, today),
        "week": weekly_minutes([person.pk], monday_of(today), 1)[person.pk][0],
    }
    return render(request, "calendars/hours.html", context, status=status)


def _day(request: HttpRequest, person: User, form: SpecialDayForm) -> HttpResponse:
    address = reverse("special_day", args=[person.pk])
    tell_rows(form, address, request.POST.get("step", ""))
    back = _address(request.user, person)
    context = {"person": person, "form": form, "address": address, "back": back, "crumbs": [("Hours", back)]}
    template = "calendars/_day_form.html" if getattr(request, "htmx", False) else "calendars/special_day.html"
    return render(request, template, context, status=REFUSED if form.is_bound else 200)


def _address(user: Any, person: User) -> str:
    return reverse("my_hours") if person == user else reverse("person_hours", args=[person.pk])


def _back(request: HttpRequest, person: User) -> HttpResponse:
    address = _address(request.user, person)
    return HttpResponseClientRedirect(address) if getattr(request, "htmx", False) else redirect(address)
