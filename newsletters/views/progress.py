"""An issue under way or over: how far it is, what went wrong, and what a person does about it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import staff_of
from core.errors import Invalid
from core.ids import read_ids
from newsletters.access import issue_for
from newsletters.actions import sending
from newsletters.models import Delivery, Issue
from newsletters.queries.errors import errors_of, unknown_of
from newsletters.queries.issues import is_on_its_way
from newsletters.queries.progress import progress_of
from newsletters.views.frame import CRUMBS, rights_of

# htmx asks no more after this status; the page is loaded again and shows what came of it.
STOP_ASKING = 286
DECISIONS = {
    "again": "sent again",
    "arrived": "taken as arrived",
    "lost": "taken as not arrived",
    "retry": "tried again",
}
# Where refused mails may be tried again.
SETTLED_IN = (Issue.State.SENDING, Issue.State.PAUSED, *Issue.ENDED)
WORDS = {
    "pause": "It is paused. What was being handed over at this moment still goes out.",
    "resume": "It goes on.",
    "cancel": "It is being cancelled. Who has it keeps it; nobody else gets it.",
}


@require_safe
def issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an issue where it stands: its content while it is written, its time, or its progress."""
    user = staff_of(request)
    found = issue_for(user, pk)
    if found.state in Issue.EDITABLE:
        return redirect("newsletter_content", pk=pk)
    return redirect("newsletter_progress" if is_on_its_way(found) else "newsletter_schedule", pk=pk)


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an issue is and what became of its mails."""
    user = staff_of(request)
    found = issue_for(user, pk)
    if not is_on_its_way(found):
        return redirect("newsletter", pk=pk)
    groups, has_more = errors_of(found)
    context = {
        **_progress_context(user, found),
        "groups": groups,
        "has_more_groups": has_more,
        "refused": any(group.state == Delivery.State.FAILED for group in groups) and found.state in SETTLED_IN,
        "unknown": unknown_of(found, user),
        "is_over": found.state in Issue.ENDED,
        "crumbs": CRUMBS,
    }
    return render(request, "newsletters/issues/progress.html", context)


@require_safe
def progress_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the page's question how far the issue is: a fixed number of queries, none of which reads deliveries."""
    user = staff_of(request)
    found = issue_for(user, pk)
    asked_in = request.GET.get("state", "")
    is_over = found.state in Issue.ENDED or not is_on_its_way(found)
    status = STOP_ASKING if is_over else 200
    response = render(request, "newsletters/issues/_progress.html", _progress_context(user, found), status=status)
    if is_over and asked_in != found.state:
        # The page shows its outcome: errors, figures, what is left to decide.
        response["HX-Refresh"] = "true"
    return response


@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop handing mails over until somebody goes on."""
    return _steered(request, pk, "pause")


@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on."""
    return _steered(request, pk, "resume")


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Send no more of it."""
    return _steered(request, pk, "cancel")


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what becomes of mails that may have arrived: of those that are ticked, or of all of them."""
    user = staff_of(request)
    found = issue_for(user, pk, "newsletter.send")
    decision = request.POST.get("decision", "")
    if decision not in DECISIONS:
        raise Invalid("Choose what becomes of them.", code="no_decision")
    done = _settled(user, found, decision, read_ids(request.POST.getlist("delivery")) or None)
    messages.success(request, f"{done} mail{' is' if done == 1 else 's are'} {DECISIONS[decision]}.")
    return redirect("newsletter_progress", pk=pk)


# --- parts --------------------------------------------------------------------------------------
def _steered(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    user = staff_of(request)
    found = issue_for(user, pk, "newsletter.send")
    getattr(sending, what)(actor=user, issue=found)
    messages.success(request, WORDS[what])
    return redirect("newsletter", pk=pk)


def _settled(user: User, found: Issue, decision: str, ticked: list[int] | None) -> int:
    if decision == "retry":
        return sending.send_again(actor=user, issue=found, state=Delivery.State.FAILED)
    if decision == "again":
        return sending.send_again(actor=user, issue=found, state=Delivery.State.UNKNOWN, deliveries=ticked)
    return sending.settle(actor=user, issue=found, arrived=decision == "arrived", deliveries=ticked)


def _progress_context(user: User, found: Issue) -> dict[str, Any]:
    return {
        "issue": found,
        "progress": progress_of(found),
        "is_live": is_on_its_way(found) and found.state not in Issue.ENDED,
        "can_pause": found.state in (Issue.State.FREEZING, Issue.State.SENDING),
        "can_resume": found.state == Issue.State.PAUSED,
        "can_cancel": found.state in (Issue.State.FREEZING, Issue.State.SENDING, Issue.State.PAUSED),
        **rights_of(user),
    }
