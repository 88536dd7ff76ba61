"""The team's calendar: who is away or off when."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import people_within
from accounts.models import Team
from accounts.permissions import require, staff_of
from calendars.queries.team import team_calendar as calendar_of
from calendars.rules.clock import monday_of
from core.ids import read_id
from core.pages import page_of

PAGE_SIZE = 40
WEEKS = 2
# Far enough for any plan, and within what dates can do.
FARTHEST = timedelta(days=10 * 366)


@require_safe
def team_calendar(request: HttpRequest) -> HttpResponse:
    """Show a month, or two weeks, of the people whose calendar one may see."""
    user = staff_of(request)
    require(user, "calendar.view")
    people = people_within(user, "calendar.view").filter(is_active=True)
    teams = Team.objects.filter(members__in=people.values("pk")).distinct()
    team = read_id(request.GET.get("team"))
    if team is not None:
        people = people.filter(team=team)
    page = page_of(request, people, order="name", size=PAGE_SIZE)
    by_weeks = request.GET.get("view") == "weeks"
    first, last, before, after = _window(_asked(request), by_weeks=by_weeks)
    editable = set(
        people_within(user, "absence.edit")
        .filter(pk__in=[person.pk for person in page["rows"]])
        .values_list("pk", flat=True)
    )
    context = {
        "calendar": calendar_of(page["rows"], first, last, open_to=editable),
        "page": page,
        "editable": editable,
        "teams": list(teams[:200]),
        "team": team,
        "by_weeks": by_weeks,
        "first": first,
        "last": last,
        "before": before,
        "after_this": after,
        "today": timezone.localdate(),
    }
    return render(request, "calendars/team_calendar.html", context)


def _asked(request: HttpRequest) -> date:
    """Return the day in the address; today where there is none that can be read."""
    today = timezone.localdate()
    try:
        asked = date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return today
    return asked if abs(asked - today) <= FARTHEST else today


def _window(asked: date, *, by_weeks: bool) -> tuple[date, date, date, date]:
    """Return the first and the last day shown, and the first days of the windows before and after."""
    if by_weeks:
        first, step = monday_of(asked), timedelta(weeks=WEEKS)
        return first, first + step - timedelta(days=1), first - step, first + step
    first = asked.replace(day=1)
    after = first + relativedelta(months=1)
    return first, after - timedelta(days=1), first - relativedelta(months=1), after
