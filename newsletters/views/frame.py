"""What every page of one issue shows around its own part: its name, its state, its steps."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from accounts.permissions import may
from newsletters.models import Issue
from newsletters.queries.steps import steps_of

REFUSED = 422
CONFLICT = 409
CRUMBS = [("Newsletters", "/newsletters/")]


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


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page."""
    return bool(getattr(request, "htmx", False))
