"""The editorial calendar, and moving an issue to another day."""

from babel.dates import format_date
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms.refusals import show_refusal
from accounts.permissions import staff_of
from core.errors import ProductError
from core.reading import current_locale
from newsletters.access import issue_for, issues_within
from newsletters.actions.issues import plan_issue
from newsletters.forms.issues import PlanForm
from newsletters.queries.calendar import month_named, month_of
from newsletters.views.frame import CRUMBS, rights_of
from segments.views.answers import REFUSED, is_htmx, sent


@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a month with what is planned and sent on each day, the days those of the person's zone."""
    user = staff_of(request)
    issues_within(user)
    month = month_of(month_named(request.GET.get("month", ""), user.time_zone), user.time_zone)
    context = {
        "month": month,
        "today": timezone.localdate(),
        "zone": user.time_zone,
        "crumbs": CRUMBS,
        **rights_of(user),
    }
    return render(request, "newsletters/issues/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an issue to another day of the calendar."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    form = PlanForm(sent(request), initial={"planned_on": issue.planned_on})
    if form.is_bound and form.is_valid():
        try:
            moved = plan_issue(actor=user, issue=issue, planned_on=form.cleaned_data["planned_on"])
        except ProductError as error:
            show_refusal(form, error)
        else:
            day = moved.planned_on
            words = (
                f"is planned for {format_date(day, 'long', locale=current_locale())}" if day else "has no day any more"
            )
            messages.success(request, f"“{issue.title}” {words}.")
            back = _back(request)
            return HttpResponseClientRedirect(back) if is_htmx(request) else redirect(back)
    template = "_plan_form" if is_htmx(request) else "plan"
    context = {"issue": issue, "form": form, "crumbs": CRUMBS, "back": _back(request)}
    return render(request, f"newsletters/issues/{template}.html", context, status=REFUSED if form.is_bound else 200)


def _back(request: HttpRequest) -> str:
    """Return the page that the person came from, if it is one of ours."""
    asked = request.POST.get("back") or request.GET.get("back", "")
    known = url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith("/newsletters/")
    return asked if known else "/newsletters/calendar/"
