"""Whom an issue is for."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import visible_customers
from accounts.figures import company_today
from accounts.models import User
from accounts.permissions import may, staff_of
from core.errors import Conflict
from newsletters.access import issue_for
from newsletters.actions.issues import audience_mark, change_audience
from newsletters.audiences import sample, sentence, tally
from newsletters.forms.audiences import AudienceForm
from newsletters.models import Channel, Issue
from newsletters.views.frame import CONFLICT, issue_page
from segments.views.answers import REFUSED, sent


@require_http_methods(["GET", "HEAD", "POST"])
def audience(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose whom an issue is for, with how many that are; one that is on its way shows it only."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit" if request.method == "POST" else "newsletter.view")
    if request.method != "POST" and not (issue.state in Issue.EDITABLE and may(user, "newsletter.edit")):
        return issue_page(request, "audience_read", user, issue, _counted(user, issue), step="audience")
    form = AudienceForm(sent(request), user=user, audience=issue.audience, topic=issue.topic)
    mark = request.POST.get("mark", "") if form.is_bound else audience_mark(issue.audience)
    conflict = ""
    if form.is_bound and form.is_valid():
        try:
            change_audience(actor=user, issue=issue, content=form.content(), expected=mark)
        except Conflict as error:
            if error.code != "changed_since":
                raise
            # What was chosen stays in the form; the mark is that of what is stored now.
            issue = issue_for(user, pk, "newsletter.edit")
            conflict = issue.editor.name if issue.editor else "Somebody"
            mark = audience_mark(issue.audience)
        else:
            counted = tally(form.content(), channel=Channel.MAIL, topic=issue.topic, today=company_today())
            messages.success(request, f"The audience is saved. {_sentence(counted.total)}")
            return redirect("newsletter_audience", pk=pk)
    context = {
        "form": form,
        "audience": issue.audience,
        "mark": mark,
        "conflict": conflict,
        "theirs": sentence(issue.audience) if conflict else "",
    }
    status = CONFLICT if conflict else REFUSED if form.is_bound else 200
    return issue_page(request, "audience", user, issue, context, step="audience", status=status)


def _counted(user: User, issue: Issue) -> dict[str, Any]:
    asked: dict[str, Any] = {"channel": Channel.MAIL, "topic": issue.topic, "today": company_today()}
    return {
        "words": sentence(issue.audience),
        "counted": tally(issue.audience, **asked),
        "contacts": sample(issue.audience, **asked, visible=visible_customers(user)),
    }


def _sentence(total: int) -> str:
    return "1 contact gets it now." if total == 1 else f"{total:,} contacts get it now."
