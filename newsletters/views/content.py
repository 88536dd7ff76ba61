"""The content of an issue: its blocks with the preview beside, and what stands around them."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms.refusals import show_refusal
from accounts.permissions import staff_of
from core.errors import ProductError
from core.ids import read_id
from newsletters import variables
from newsletters.access import issue_for
from newsletters.actions.issues import change_details, details_mark
from newsletters.forms.issues import DetailsForm
from newsletters.models import Issue
from newsletters.queries.steps import steps_of
from newsletters.views.blocks import list_context, opened_in
from newsletters.views.frame import CRUMBS, changed, changed_by, form_page, issue_page
from newsletters.views.preview import preview_context
from segments.views.answers import sent


# --- the page -----------------------------------------------------------------------------------
@require_safe
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an issue holds, to be edited where the person may and it still can be."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    context = list_context(user, issue, opened=opened_in(request), removed=read_id(request.GET.get("removed")))
    context |= {"planned": list(issue.proposals.order_by("pk")), "preview": preview_context(request, user, issue)}
    return issue_page(request, "content", user, issue, context, step="content")


@require_safe
def steps(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer how far the issue is, after a change in the page."""
    issue = issue_for(staff_of(request), pk)
    context = {"issue": issue, "steps": steps_of(issue), "step": request.GET.get("step", "")}
    return render(request, "newsletters/issues/_steps.html", context)


# --- details ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the subject, the sender and what else stands around the content."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    if "closed" in request.GET:
        return _details_card(request, issue)
    mark, conflict = details_mark(issue), None
    form = DetailsForm(sent(request), issue=issue, initial=DetailsForm.initial_of(issue) | {"mark": mark})
    if form.is_bound and form.is_valid():
        try:
            issue = change_details(actor=user, issue=issue, expected=form.cleaned_data["mark"], **form.facts)
        except ProductError as error:
            if error.code != "changed_since":
                show_refusal(form, error)
            else:
                # What was typed stays; the mark is that of what is stored now, so that saving again is meant.
                issue = issue_for(user, pk, "newsletter.edit")
                conflict = changed_by(issue)
                form = DetailsForm(None, issue=issue, initial=form.facts | {"mark": details_mark(issue)})
        else:
            return changed(request, issue, lambda: _details_card(request, issue), "The details are saved.")
    context = {
        "issue": issue,
        "form": form,
        "conflict": conflict,
        "theirs": _differences(issue, form.initial) if conflict else [],
        "variables": variables.variables(),
        "crumbs": [*CRUMBS, (issue.title, reverse("newsletter_content", args=[pk]))],
    }
    return form_page(request, "details", context, is_refused=form.is_bound, is_conflict=conflict is not None)


def _details_card(request: HttpRequest, issue: Issue) -> HttpResponse:
    return render(request, "newsletters/issues/_details.html", {"issue": issue, "may_change": True})


def _differences(issue: Issue, typed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (label, what is stored) of the details that differ from what was typed."""
    fields = DetailsForm.base_fields
    return [
        (str(fields[name].label or name.replace("_", " ").capitalize()), getattr(issue, name))
        for name in DetailsForm.initial_of(issue)
        if getattr(issue, name) != typed.get(name)
    ]
