"""What every page of one issue shows around its own part: its name, its state, its steps."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from accounts.models import User
from accounts.permissions import may
from newsletters.models import Issue
from newsletters.queries.steps import steps_of
from segments.views.answers import REFUSED, is_htmx

CONFLICT = 409
CRUMBS = [("Newsletters", "/newsletters/")]
CHANGED = "issue-changed"


def issue_page(
    request: HttpRequest,
    template: str,
    user: User,
    issue: Issue,
    context: dict[str, Any],
    *,
    step: str,
    status: int = 200,
) -> HttpResponse:
    """Return the page of one step of the issue."""
    frame = {
        "issue": issue,
        "steps": steps_of(issue),
        "step": step,
        "crumbs": CRUMBS,
        "is_editable": issue.state in Issue.EDITABLE,
        **rights_of(user),
    }
    return render(request, f"newsletters/issues/{template}.html", frame | context, status=status)


def rights_of(user: User) -> dict[str, bool]:
    """Return what the person may do with issues, as templates ask for it."""
    return {
        "may_edit": may(user, "newsletter.edit"),
        "may_approve": may(user, "newsletter.approve"),
        "may_send": may(user, "newsletter.send"),
        "may_set": may(user, "newsletter.settings"),
    }


def changed(request: HttpRequest, issue: Issue, fragment: Callable[[], HttpResponse], words: str = "") -> HttpResponse:
    """Return the fragment, and let the preview and the steps follow; without htmx, the page."""
    if not is_htmx(request):
        if words:
            messages.success(request, words)
        return redirect("newsletter_content", pk=issue.pk)
    response = fragment()
    trigger_client_event(response, CHANGED, after="swap")
    return response


def form_page(
    request: HttpRequest, name: str, context: dict[str, Any], *, is_refused: bool, is_conflict: bool = False
) -> HttpResponse:
    """Return a form as a part of the page, or as a page of its own where there is no htmx."""
    if is_htmx(request):
        status = REFUSED if is_refused or is_conflict else 200
        return render(request, f"newsletters/issues/_{name}_form.html", context, status=status)
    status = CONFLICT if is_conflict else REFUSED if is_refused else 200
    return render(request, f"newsletters/issues/{name}.html", context, status=status)


def changed_by(issue: Issue) -> str:
    """Return who changed the issue last, as a conflict says it."""
    return issue.editor.name if issue.editor else "Somebody"
