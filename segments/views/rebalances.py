"""Rebalances: ask for one, watch it being worked out, look at the proposal, apply it, undo it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import people_within
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import may, require, staff_of
from core.errors import Conflict
from core.ids import read_id
from core.pages import page_of
from core.progress import answer_progress
from segments.access import rebalance_for, rebalances_within
from segments.actions.rebalances import apply_rebalance, discard_rebalance, propose_rebalance, undo_rebalance
from segments.forms.rebalances import ApplyForm, MovesFilterForm, RebalanceForm
from segments.models import Rebalance
from segments.queries.limits import own_limits
from segments.queries.placement import csms
from segments.queries.portfolios import portfolio_load
from segments.queries.rebalances import (
    MoveFilter,
    changes_of,
    loads_of,
    moves_of,
    rails_in_words,
    sentence_of,
)
from segments.rebalancing import Rails
from segments.rebalancing.values import TIERS
from segments.views.answers import REFUSED, sent

State = Rebalance.State
AT_WORK = (State.WAITING, State.SOLVING)
SIZE = 100
CHANGED = 409
SHOWN_CHANGES = 50
CRUMBS = [("Rebalances", "/capacity/rebalances/")]


@require_safe
def rebalance_list(request: HttpRequest) -> HttpResponse:
    """List the rebalances between people of the manager's teams, the newest first."""
    user = staff_of(request)
    require(user, "rebalance.propose")
    found = rebalances_within(user).select_related("created_by", "applied_by", "undone_by")
    page = page_of(request, found, order="-created_at")
    return render(request, "segments/rebalances/list.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose between whom and under which guard rails, and ask for the proposal."""
    user = staff_of(request)
    require(user, "rebalance.propose")
    people = _people(user)
    form = RebalanceForm(sent(request), people=people, initial={"people": [person.pk for person in people]})
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            rebalance = propose_rebalance(actor=user, people=form.people_ids, rails=form.rails)
            return redirect("rebalance", pk=rebalance.pk)
    context = {"form": form, "rows": _rows(form, people), "tiers": TIERS, "crumbs": CRUMBS}
    return render(request, "segments/rebalances/new.html", context, status=REFUSED if form.is_bound else 200)


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a rebalance as far as it is: its progress, the proposal, or what came of it."""
    user = staff_of(request)
    return _page(request, user, rebalance_for(user, pk))


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the page's question how far the work is."""
    rebalance = rebalance_for(staff_of(request), pk)
    return answer_progress(request, _progress(rebalance), is_over=rebalance.state not in AT_WORK)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Work the same out again with today's portfolios; a proposal that is still open is put aside."""
    user = staff_of(request)
    old = rebalance_for(user, pk)
    if old.state == State.PROPOSED:
        discard_rebalance(actor=user, rebalance=old)
    able = set(_people_of(user).values_list("pk", flat=True))
    people = [person for person in old.people if person in able]
    return redirect("rebalance", pk=propose_rebalance(actor=user, people=people, rails=Rails.read(old.options)).pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop the work, or put the proposal aside."""
    user = staff_of(request)
    discard_rebalance(actor=user, rebalance=rebalance_for(user, pk))
    messages.success(request, "It is put aside; nobody was moved.")
    return redirect("rebalances")


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the proposal and carry it out as one act."""
    user = staff_of(request)
    rebalance = rebalance_for(user, pk, "rebalance.approve")
    form = ApplyForm(request.POST)
    if not form.is_valid():
        return _page(request, user, rebalance, form=form, status=REFUSED)
    try:
        done = apply_rebalance(actor=user, rebalance=rebalance, drop=_ids(request, "drop"), **form.cleaned_data)
    except Conflict as conflict:
        if conflict.code != "changed_since":
            raise
        return _page(request, user, rebalance, form=form, refusal=conflict, status=CHANGED)
    messages.success(request, f"It is done. {sentence_of(done, loads_of(done))} Both CSMs are told by mail.")
    return redirect("rebalance", pk=pk)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Give every customer back, as one act."""
    user = staff_of(request)
    rebalance = rebalance_for(user, pk, "rebalance.approve")
    try:
        undo_rebalance(actor=user, rebalance=rebalance, leave=_ids(request, "leave"))
    except Conflict as conflict:
        if conflict.code != "changed_since":
            raise
        return _page(request, user, rebalance, refusal=conflict, status=CHANGED)
    messages.success(request, "It is undone: the customers are with their CSMs of before, and both CSMs are told.")
    return redirect("rebalance", pk=pk)


# --- parts ----------------------------------------------------------------------------------------
def _page(
    request: HttpRequest,
    user: User,
    rebalance: Rebalance,
    *,
    form: ApplyForm | None = None,
    refusal: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rebalance": rebalance,
        "title": str(rebalance),
        "crumbs": CRUMBS,
        "progress": _progress(rebalance),
        "at_work": rebalance.state in AT_WORK,
        "may_approve": may(user, "rebalance.approve"),
    }
    names = dict(User.objects.filter(pk__in=rebalance.people).order_by("name", "pk").values_list("pk", "name"))
    context |= {"rails": rails_in_words(rebalance, names), "refusal": refusal}
    if rebalance.proposed_at is not None:
        context |= _proposal(request, rebalance, names, form)
    return render(request, "segments/rebalances/rebalance.html", context, status=status)


def _proposal(
    request: HttpRequest, rebalance: Rebalance, names: dict[int, str], form: ApplyForm | None
) -> dict[str, Any]:
    loads = loads_of(rebalance)
    narrowing = MovesFilterForm(request.GET, people=list(names.items()), tiers=Rails.read(rebalance.options).tiers)
    wanted = narrowing.cleaned_data if narrowing.is_valid() else {}
    is_open, is_applied = rebalance.state == State.PROPOSED, rebalance.state == State.APPLIED
    changes = changes_of(rebalance, applied=is_applied, limit=1_000) if is_open or is_applied else []
    return {
        "loads": loads,
        "sentence": sentence_of(rebalance, loads),
        "shortfalls": rebalance.result.get("shortfalls", []) if is_open else [],
        "unplaced": sum(rebalance.result.get("unplaced", {}).values()) if is_open else 0,
        "is_open": is_open,
        "filters": narrowing,
        "is_narrowed": any(wanted.values()),
        "page": page_of(request, moves_of(rebalance, MoveFilter(**wanted)), order="from_person_id", size=SIZE),
        "changes": changes[:SHOWN_CHANGES],
        "changed_ids": [one.customer for one in changes],
        "form": form or ApplyForm(),
        "query": request.GET.urlencode(),
    }


def _progress(rebalance: Rebalance) -> dict[str, Any]:
    return {
        "id": "rebalance-progress",
        "url": reverse("rebalance_progress", args=[rebalance.pk]),
        "label": rebalance.step or rebalance.get_state_display(),
        "value": rebalance.progress,
        "max": 100,
        "text": f"{rebalance.progress} %",
        "done": rebalance.state not in AT_WORK,
    }


def _people_of(user: User) -> Any:
    return csms().filter(pk__in=people_within(user, "rebalance.propose").values("pk"))


def _people(user: User) -> list[User]:
    """Return the CSMs between whom the person may move customers, by name."""
    return list(_people_of(user).order_by("name", "pk"))


def _rows(form: RebalanceForm, people: list[User]) -> list[dict[str, Any]]:
    """Return the people with what they carry and whether they are ticked; six queries."""
    load, own = portfolio_load(people), own_limits(people)
    ticked = {str(one) for one in form["people"].value() or []}
    emptied = {str(one) for one in form["emptied"].value() or []}
    return [
        {
            "person": person,
            "cells": [(tier, load[person.pk][tier], own.get((person.pk, tier))) for tier in TIERS],
            "is_over": any(load[person.pk][tier].over for tier in TIERS),
            "is_ticked": str(person.pk) in ticked,
            "is_emptied": str(person.pk) in emptied,
        }
        for person in people
    ]


def _ids(request: HttpRequest, name: str) -> set[int]:
    """Return the ids of a hidden list; what is no id is none of ours."""
    return {pk for text in request.POST.getlist(name) if (pk := read_id(text)) is not None}
