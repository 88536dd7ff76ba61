"""Pages of the proposals."""

from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import may, require, staff_of
from core.errors import Conflict, NotAllowed, ProductError
from core.pagination import keyset_page
from newsletters.access import proposal_for, proposals_within
from newsletters.actions import proposals as actions
from newsletters.actions.once import made_once
from newsletters.forms.proposals import DeclineForm, PlanForm, ProposalForm
from newsletters.models import Proposal, Topic
from newsletters.queries.proposals import MOST_RANKED, filtered, issues_to_plan_in, ranked, with_votes
from newsletters.views.answers import GET_POST, form_page
from newsletters.views.once import content_of, key_for_form, key_of
from segments.views.answers import is_htmx

CRUMBS = [("Proposals", "/newsletters/proposals/")]
# How often looking at the list asks the sources; the hourly task does it anyway.
FRESH_SECONDS = 300
FRESH_KEY = "newsletters.proposals.fresh"


@require_GET
def proposals(request: HttpRequest) -> HttpResponse:
    """Show the proposals, those that most want first."""
    viewer = staff_of(request)
    found = proposals_within(viewer)
    if cache.add(FRESH_KEY, True, FRESH_SECONDS):
        actions.freshen_proposals()
    asked = {name: request.GET.get(name, "").replace("\0", " ").strip() for name in ("state", "source", "topic", "q")}
    asked["state"] = asked["state"] or Proposal.State.OPEN
    narrowed = filtered(
        found, state=asked["state"], source=asked["source"], topic=asked["topic"], words=asked["q"][:200]
    )
    newest = request.GET.get("sort") == "new"
    context = {
        **_rows(request, with_votes(narrowed, viewer), newest=newest),
        "asked": asked,
        "newest": newest,
        "states": [*Proposal.State.choices, ("all", "All")],
        "sources": Proposal.Source.choices,
        "topics": Topic.objects.all(),
        "may_edit": may(viewer, "newsletter.edit"),
    }
    return render(request, "newsletters/proposals/list.html", context)


def _rows(request: HttpRequest, found: Any, *, newest: bool) -> dict[str, Any]:
    if not newest:
        rows = list(ranked(found)[: MOST_RANKED + 1])
        return {"rows": rows[:MOST_RANKED], "more": len(rows) > MOST_RANKED, "page": None}
    cursor = request.GET.get("after", "") or request.GET.get("before", "")
    page = keyset_page(found, order="-created_at", cursor=cursor)
    shown = {"next": page.next_cursor, "previous": page.previous_cursor, "count": None}
    return {"rows": page.rows, "more": False, "page": shown}


@require_http_methods(GET_POST)
def proposal_new(request: HttpRequest) -> HttpResponse:
    """Propose something."""
    viewer = staff_of(request)
    require(viewer, "newsletter.propose")
    form = ProposalForm(request.POST if request.method == "POST" else None, user=viewer)
    request_key = key_for_form(request)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            try:
                made_once(
                    actor=viewer,
                    request_key=key_of(request),
                    content=content_of(request),
                    make=lambda: actions.propose(actor=viewer, **form.cleaned_data).pk,
                )
            except Conflict as error:
                request_key = key_for_form(request, error)
                raise
            messages.success(request, "It is proposed, with your vote. Now your colleagues can vote for it.")
            return redirect("newsletter_proposals")
    context = {"crumbs": CRUMBS, "request_key": request_key}
    return form_page(request, "newsletters/proposals/form.html", form, context)


@require_GET
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one proposal with what may be done with it."""
    viewer = staff_of(request)
    return _one(request, viewer, proposal_for(viewer, pk))


@require_http_methods(GET_POST)
def proposal_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a proposal's words."""
    viewer = staff_of(request)
    found = proposal_for(viewer, pk)
    if not actions.may_edit(viewer, found):
        raise NotAllowed("Only who proposed it and who edits newsletters may change it.")
    sent = request.POST if request.method == "POST" else None
    form = ProposalForm(sent, user=viewer, initial=ProposalForm.initial_of(found))
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            actions.edit_proposal(actor=viewer, proposal=found, **form.cleaned_data)
            messages.success(request, "The proposal is saved.")
            return redirect("newsletter_proposal", pk=pk)
    return form_page(request, "newsletters/proposals/form.html", form, {"proposal": found, "crumbs": CRUMBS})


@require_POST
def proposal_vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Vote for a proposal, or take the vote back."""
    viewer = staff_of(request)
    found = proposal_for(viewer, pk)
    try:
        actions.vote(actor=viewer, proposal=found, wants=request.POST.get("wants") == "1")
    except ProductError as error:
        if error.status != 409:
            raise
        messages.warning(request, error.message)
        back = request.path.removesuffix("vote/")
        return HttpResponseClientRedirect(back) if is_htmx(request) else redirect(back)
    if is_htmx(request):
        row = with_votes(Proposal.objects.filter(pk=pk), viewer).get()
        return render(request, "newsletters/proposals/_vote.html", {"proposal": row})
    return redirect("newsletter_proposals")


@require_POST
def proposal_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a proposal into an issue."""
    viewer = staff_of(request)
    found = proposal_for(viewer, pk, "newsletter.edit")
    form = PlanForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            actions.plan(actor=viewer, proposal=found, **form.cleaned_data)
            messages.success(request, f"It is planned in “{form.cleaned_data['issue']}”.")
            return redirect("newsletter_proposal", pk=pk)
    return _one(request, viewer, found, plan_form=form)


@require_POST
def proposal_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Decline a proposal."""
    viewer = staff_of(request)
    found = proposal_for(viewer, pk, "newsletter.edit")
    form = DeclineForm(request.POST)
    if form.is_valid():
        with refusals_shown_in(form):
            actions.decline(actor=viewer, proposal=found, **form.cleaned_data)
            messages.success(request, "It is declined, and the reason stands with it.")
            return redirect("newsletter_proposal", pk=pk)
    return _one(request, viewer, found, decline_form=form)


@require_POST
def proposal_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a proposal again."""
    viewer = staff_of(request)
    found = proposal_for(viewer, pk, "newsletter.edit")
    try:
        actions.reopen(actor=viewer, proposal=found)
    except ProductError as error:
        if error.status != 409:
            raise
        messages.warning(request, error.message)
    else:
        messages.success(request, "It is open again.")
    return redirect("newsletter_proposal", pk=pk)


def _one(
    request: HttpRequest,
    viewer: User,
    found: Proposal,
    *,
    plan_form: PlanForm | None = None,
    decline_form: DeclineForm | None = None,
) -> HttpResponse:
    row = with_votes(Proposal.objects.select_related("topic", "issue", "proposed_by"), viewer).get(pk=found.pk)
    context = {
        "proposal": row,
        "plan_form": plan_form or PlanForm(),
        "decline_form": decline_form or DeclineForm(),
        "has_issues": issues_to_plan_in().exists(),
        "may_edit": may(viewer, "newsletter.edit"),
        "may_change": actions.may_edit(viewer, row),
        "crumbs": CRUMBS,
    }
    status = 422 if plan_form or decline_form else 200
    return render(request, "newsletters/proposals/proposal.html", context, status=status)
