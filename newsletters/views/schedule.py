"""When an issue is sent."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import may, staff_of
from calendars.rules.clock import moment
from newsletters.access import issue_for
from newsletters.actions import schedule as actions
from newsletters.actions import sending
from newsletters.forms.schedule import LOCAL, ScheduleForm
from newsletters.models import NewsletterSettings
from newsletters.queries.approvals import lacks_approval
from newsletters.rules.timing import Timing
from newsletters.views.frame import issue_page
from segments.views.answers import REFUSED, sent

# Where the clocks of an example hang: one zone for each part of the day.
EXAMPLE_ZONES = ("America/New_York", "Europe/Berlin", "Asia/Tokyo")


@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose when an issue is sent, and schedule it."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.send" if request.method == "POST" else "newsletter.view")
    form = ScheduleForm(sent(request), initial=ScheduleForm.initial_of(issue, user.time_zone))
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            actions.schedule_issue(actor=user, issue=issue, version=form.cleaned_data["version"], **form.facts)
            messages.success(request, _words(form))
            return redirect("newsletter", pk=pk)
    context = {
        "form": form,
        "why_not": actions.why_not_schedule(issue),
        "lacks_approval": lacks_approval(issue),
        "may_schedule": may(user, "newsletter.send"),
        **_examples(form, user),
    }
    status = REFUSED if form.is_bound else 200
    return issue_page(request, "schedule", user, issue, context, step="schedule", status=status)


@require_safe
def examples(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer what a time means on the clocks of recipients, while it is being chosen."""
    user = staff_of(request)
    issue_for(user, pk)
    return render(request, "newsletters/issues/_clocks.html", _examples(ScheduleForm(request.GET), user))


@require_POST
def unschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an issue off the schedule."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.send")
    sending.unschedule(actor=user, issue=issue)
    messages.success(request, "It is off the schedule. Nobody gets it before you schedule it again.")
    return redirect("newsletter_schedule", pk=pk)


# --- parts --------------------------------------------------------------------------------------
def _examples(form: ScheduleForm, user: User) -> dict[str, Any]:
    """Return what the chosen time means for recipients of some zones, and the quiet hours."""
    house = NewsletterSettings.current()
    values = dict(form.initial)
    if form.is_bound:
        form.is_valid()
        values = form.cleaned_data
    quiet = (house.quiet_from, house.quiet_until)
    has_quiet = quiet[0] != quiet[1]
    timing = _timing(values, quiet if values.get("keeps_quiet_hours") else None)
    clocks: list[dict[str, Any]] = []
    if timing is not None:
        now = timezone.now()
        zones = list(dict.fromkeys([user.time_zone, *EXAMPLE_ZONES]))[: len(EXAMPLE_ZONES) + 1]
        for zone in zones:
            wished = Timing(timing.send_at, timing.local_date, timing.local_minute).due(zone, now=now)
            due = timing.due(zone, now=now)
            clocks.append({"zone": zone, "wished": wished, "due": due, "waits": due > wished})
    return {
        "clocks": clocks,
        "quiet_from": house.quiet_from,
        "quiet_until": house.quiet_until,
        "has_quiet": has_quiet,
        "keeps_quiet": bool(values.get("keeps_quiet_hours")),
        "is_local": values.get("when") == LOCAL,
    }


def _timing(values: dict[str, Any], quiet: tuple[int, int] | None) -> Timing | None:
    when, day, at = values.get("when"), values.get("day"), values.get("at")
    if when == "now":
        return Timing(send_at=timezone.now(), quiet=quiet)
    if not day or not at:
        return None
    if when == LOCAL:
        return Timing(local_date=day, local_minute=at.hour * 60 + at.minute, quiet=quiet)
    if not values.get("zone"):
        return None
    return Timing(send_at=_moment(values), quiet=quiet)


def _moment(values: dict[str, Any]) -> datetime:
    return moment(values["day"], values["at"].hour * 60 + values["at"].minute, values["zone"])


def _words(form: ScheduleForm) -> str:
    if form.cleaned_data["when"] == "now":
        return "It is on its way. You can pause it here at any moment."
    return "It is scheduled. Until it begins you can take it off again."
