"""The checks of an issue, and its approval."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.forms.refusals import refusals_shown_in
from accounts.models import RoleGrant, User
from accounts.permissions import PERMISSIONS, may, staff_of
from newsletters.access import issue_for
from newsletters.actions import reviews as actions
from newsletters.checks import Finding
from newsletters.forms.issues import AskForm, DecideForm
from newsletters.models import Block, Issue, NewsletterSettings
from newsletters.queries.approvals import is_approved
from newsletters.queries.steps import findings_of
from newsletters.views.frame import issue_page
from segments.views.answers import REFUSED

MOST_SHOWN = 50
WHERE = {
    "subject": "Subject",
    "subject_b": "Second subject",
    "preheader": "Preview line",
    "sender_name": "Sender",
    "reply_to": "Answers",
}
LEVELS = {
    "error": ("bad", "alert-circle", "Mend before it can be sent"),
    "warning": ("warn", "alert-triangle", "Look at"),
    "hint": ("info", "info-circle", "Good to know"),
}


@require_safe
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the checks find, with the way to what they are about."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    findings = findings_of(issue)
    blocks = {block.pk: block for block in issue.blocks.all()}
    context = {
        "groups": [
            (*look, [_told(user, issue, blocks, finding) for finding in findings if finding.level == level])
            for level, look in LEVELS.items()
        ],
        "found": bool(findings),
        "errors": any(finding.level == "error" for finding in findings),
    }
    return issue_page(request, "checks", user, issue, context, step="checks")


@require_safe
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how an issue's approval stands, and what the person may do about it."""
    user = staff_of(request)
    return _page(request, user, issue_for(user, pk))


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for approval, of somebody in particular or of whoever may."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    form = AskForm(request.POST, people=_approvers(issue))
    if form.is_valid():
        with refusals_shown_in(form):
            asked = actions.ask_for_approval(actor=user, issue=issue, **form.cleaned_data)
            who = asked.reviewer or "Whoever may approve it"
            messages.success(request, f"{who} can decide now. Nobody gets it before that.")
            return redirect("newsletter_approval", pk=pk)
    return _page(request, user, issue_for(user, pk), ask_form=form)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve an issue, or send it back with what should change."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.approve")
    form = DecideForm(request.POST)
    verdict = request.POST.get("verdict", "")
    if verdict not in ("approved", "returned"):
        # Silence is no approval.
        form.add_error(None, "Choose: approve it, or send it back.")
    if form.is_valid():
        with refusals_shown_in(form):
            if verdict == "returned":
                actions.send_back(actor=user, issue=issue, **form.cleaned_data)
                messages.success(request, "It is a draft again, and who asked is told why.")
            else:
                actions.approve(actor=user, issue=issue, **form.cleaned_data)
                messages.success(request, "It is approved as it is. The next change of it ends that.")
            return redirect("newsletter_approval", pk=pk)
    return _page(request, user, issue_for(user, pk), decide_form=form)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a question for approval back."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    actions.withdraw(actor=user, issue=issue)
    messages.success(request, "It is a draft again.")
    return redirect("newsletter_approval", pk=pk)


# --- parts --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """A finding as the page shows it: what it is about, and where the person mends it, if it may."""

    label: str
    url: str
    words: str


def _told(user: User, issue: Issue, blocks: dict[int, Block], finding: Finding) -> Told:
    if finding.where == "settings":
        url = reverse("newsletter_settings") if may(user, "newsletter.settings") else ""
        return Told("House rules", url, finding.words)
    told = _told_of_content(issue, blocks, finding)
    return told if may(user, "newsletter.edit") else replace(told, url="")


def _told_of_content(issue: Issue, blocks: dict[int, Block], finding: Finding) -> Told:
    content = reverse("newsletter_content", args=[issue.pk])
    block = blocks.get(finding.block_id) if finding.block_id else None
    if block is not None:
        return Told(f"Block {block.position}", f"{content}?open={block.pk}#block-{block.pk}", finding.words)
    if finding.where == "content":
        return Told("Content", content, finding.words)
    return Told(WHERE.get(finding.where, "Details"), reverse("newsletter_details", args=[issue.pk]), finding.words)


def _page(
    request: HttpRequest,
    user: User,
    issue: Issue,
    *,
    ask_form: Form | None = None,
    decide_form: Form | None = None,
) -> HttpResponse:
    reviews = list(issue.reviews.select_related("person")[:MOST_SHOWN])
    version = {"version": issue.version}
    context: dict[str, Any] = {
        "needed": NewsletterSettings.current().needs_approval,
        "is_approved": is_approved(issue),
        "reviews": reviews,
        "why_not": actions.why_not_approve(user, issue),
        "ask_form": ask_form or AskForm(people=_approvers(issue), initial=version),
        "decide_form": decide_form or DecideForm(initial=version),
        "errors": sum(finding.level == "error" for finding in findings_of(issue)),
        "is_open": actions.may_be_asked_about(issue),
        "may_ask": may(user, "newsletter.edit"),
    }
    status = REFUSED if ask_form or decide_form else 200
    return issue_page(request, "approval", user, issue, context, step="approval", status=status)


def _approvers(issue: Issue) -> QuerySet[User]:
    """Return the colleagues who may approve the issue, by name."""
    holders = RoleGrant.objects.filter(role__in=list(PERMISSIONS["newsletter.approve"])).values("user_id")
    people = User.objects.filter(kind=User.Kind.STAFF, is_active=True, pk__in=holders)
    if NewsletterSettings.current().needs_approval:
        people = people.exclude(pk__in=[pk for pk in (issue.created_by_id, issue.editor_id) if pk])
    return people.order_by("name", "pk")
