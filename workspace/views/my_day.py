"""My day: what waits for the person who logs in."""

from babel.dates import format_date
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import may, staff_of
from calendars.queries.absences import stands_in_for
from core.reading import current_locale
from workspace.queries.my_day import csm_day, manager_day, setup_steps


@require_safe
@login_required
def my_day(request: HttpRequest) -> HttpResponse:
    """Show what waits for this person; a contact goes to the portal."""
    if isinstance(request.user, User) and request.user.is_contact:
        return redirect("/portal/")
    user = staff_of(request)
    context = {
        "today_text": format_date(timezone.localdate(), "full", locale=current_locale()),
        "own": csm_day(user),
        "team": manager_day(user),
        "steps": setup_steps(user),
        "stands_in": stands_in_for(user),
        "sees_customers": may(user, "customer.view"),
    }
    return render(request, "workspace/my_day.html", context)
