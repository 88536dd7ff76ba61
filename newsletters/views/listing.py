"""The list of newsletters, and beginning a new one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.refusals import show_refusal
from accounts.models import User
from accounts.permissions import require, staff_of
from core.errors import Invalid, NotFound, ProductError
from core.ids import read_id
from core.pages import page_of
from newsletters.access import issue_for, issues_within
from newsletters.actions import issues as actions
from newsletters.actions.once import made_once
from newsletters.forms.issues import FilterForm, NewIssueForm
from newsletters.models import Issue, Topic
from newsletters.queries.issues import (
    STAGE_LABELS,
    STAGES,
    IssueFilter,
    bars_under_way,
    narrowed,
    stage_counts,
    with_figures,
)
from newsletters.views.frame import CRUMBS, rights_of
from newsletters.views.once import content_of, key_for_form, key_of
from segments.views.answers import REFUSED, sent

ENDED_POLLING = 286


@require_safe
def issue_list(request: HttpRequest) -> HttpResponse:
    """List the newsletters of a stage, those under way with live bars above."""
    user = staff_of(request)
    issues = issues_within(user)
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    stage = request.GET.get("stage", "")
    if stage not in STAGES:
        raise NotFound("There is no such list.")
    topic: Topic | None = wanted.get("topic")
    narrowing = IssueFilter(
        stage=stage,
        words=wanted.get("q", ""),
        topic=topic.pk if topic else None,
        mine=user if wanted.get("mine") else None,
    )
    found, order = narrowed(issues, narrowing)
    page = page_of(request, found, order=order)
    context: dict[str, Any] = {
        "page": page,
        "rows": with_figures(page["rows"]),
        "stages": STAGE_LABELS,
        "stage": stage,
        "counts": stage_counts(),
        "form": form,
        "is_narrowed": bool(narrowing.words or narrowing.topic or narrowing.mine),
        "bars": bars_under_way(),
        "topics_exist": Topic.objects.exists(),
        **rights_of(user),
    }
    return render(request, "newsletters/issues/list.html", context)


@require_safe
def under_way(request: HttpRequest) -> HttpResponse:
    """Answer the list's question how far the issues under way are; 286 ends the asking."""
    issues_within(staff_of(request))
    bars = bars_under_way()
    return render(request, "newsletters/issues/_bars.html", {"bars": bars}, status=200 if bars else ENDED_POLLING)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a newsletter: from nothing, from proposals, or as a copy of an earlier one."""
    user = staff_of(request)
    require(user, "newsletter.edit")
    copied = _copied(request, user)
    chosen = read_id(request.GET.get("proposal", ""))
    initial = {
        "title": f"Copy of {copied.title}"[:200] if copied else "",
        "topic": _first_topic(copied),
        "copy_of": copied.pk if copied else None,
        "proposals": [chosen] if chosen else [],
        "planned_on": request.GET.get("on", ""),
    }
    form = NewIssueForm(sent(request), initial=initial, chosen=chosen, copied=copied)
    refusal = None
    if form.is_bound:
        try:
            made = made_once(
                actor=user,
                request_key=key_of(request),
                content=content_of(request),
                make=lambda: _made(user, form),
            )
        except ProductError as error:
            refusal = error
            if form.is_valid():
                show_refusal(form, error)
        else:
            messages.success(request, "It is begun. Nobody gets it before you schedule it.")
            return redirect("newsletter", pk=made)
    context = {
        "form": form,
        "request_key": key_for_form(request, refusal),
        "crumbs": CRUMBS,
        "topics_exist": Topic.objects.filter(is_open=True).exists(),
    }
    return render(request, "newsletters/issues/new.html", context, status=REFUSED if form.is_bound else 200)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a newsletter away that was sent to nobody."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    # A form without a version has seen none.
    actions.delete_issue(actor=user, issue=issue, version=read_id(request.POST.get("version")) or 0)
    messages.success(request, f"“{issue.title}” is gone.")
    return redirect("newsletters")


def _made(user: User, form: NewIssueForm) -> int:
    if not form.is_valid():
        raise Invalid("Look at what is marked.")
    values = form.cleaned_data
    begun = {name: values[name] for name in ("title", "topic", "planned_on")}
    source = values.get("copy_of")
    if source is not None:
        return actions.copy_issue(actor=user, source=source, **begun).pk
    return actions.create_issue(actor=user, proposals=values.get("proposals") or [], **begun).pk


def _copied(request: HttpRequest, user: User) -> Issue | None:
    number = read_id(request.GET.get("copy_of", ""))
    return issue_for(user, number) if number else None


def _first_topic(copied: Issue | None) -> int | None:
    """Return the topic that is chosen at first: that of the issue to be copied, where it takes new ones."""
    if copied is not None and copied.topic.is_open:
        return copied.topic_id
    return Topic.objects.filter(is_open=True).values_list("pk", flat=True).first()
