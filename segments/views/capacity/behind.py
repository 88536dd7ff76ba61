"""What is behind a number: a person's customers, a week's people, time given, and time that went astray."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Tier, User
from accounts.permissions import require, staff_of
from core.errors import Invalid
from core.ids import read_id
from core.pages import page_of
from segments.access import csm_to_look_at
from segments.capacity.inputs import WEEKS, planning_monday
from segments.queries.allowances import company_today
from segments.queries.capacity.behind import customers_behind, given_by
from segments.queries.capacity.leakage import drawing_page, much_for_tech, neglected, with_last_contact
from segments.queries.capacity.people import csms_seen_by, teams_seen_by
from segments.queries.capacity.person import near_of, week_of
from segments.queries.capacity.terms import terms_now
from segments.queries.capacity.week import week_page

HOME = ("Capacity", "/capacity/")


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """List a CSM's customers with the minutes they take in a week, or in the four that its row sums up."""
    user = staff_of(request)
    require(user, "capacity.view")
    csm = csm_to_look_at(user, pk)
    today = company_today()
    monday = week_in(request, today)
    found = near_of(csm, today) if monday is None else week_of(csm, today, monday)
    inputs = found.team.inputs
    context = {
        "csm": csm,
        "found": found,
        "monday": monday,
        "page": customers_behind(csm.pk, inputs.terms, inputs.first_monday, inputs.weeks, cursor=cursor_in(request)),
        "crumbs": [HOME],
    }
    return render(request, "segments/capacity/person.html", context)


@require_safe
def given(request: HttpRequest, pk: int) -> HttpResponse:
    """List the customers to which a CSM gave time in the last four weeks."""
    user = staff_of(request)
    require(user, "capacity.view")
    csm = csm_to_look_at(user, pk)
    context = {
        "csm": csm,
        "page": given_by([csm.pk], company_today(), cursor=cursor_in(request)),
        "crumbs": [HOME, (str(csm), f"/capacity/people/{csm.pk}/")],
    }
    return render(request, "segments/capacity/given.html", context)


@require_safe
def given_by_all(request: HttpRequest) -> HttpResponse:
    """List the customers, of one tier where it is named, to which the person's CSMs gave time."""
    user = staff_of(request)
    require(user, "capacity.view")
    people = csms_seen_by(user, team=_team_in(request, user)).values_list("pk", flat=True)
    wanted = request.GET.get("tier", "")
    tier = Tier(wanted) if wanted in Tier.values else None
    context = {
        "tier": tier,
        "page": given_by(people, company_today(), tier=tier, cursor=cursor_in(request)),
        "crumbs": [HOME],
    }
    return render(request, "segments/capacity/given.html", context)


@require_safe
def week(request: HttpRequest) -> HttpResponse:
    """List who is behind a week of the team: each CSM's hours by cause."""
    user = staff_of(request)
    require(user, "capacity.view")
    today = company_today()
    monday = week_in(request, today) or planning_monday(today)
    people = list(csms_seen_by(user, team=_team_in(request, user)).order_by("name", "pk"))
    context = {"found": week_page(people, today, monday), "monday": monday, "crumbs": [HOME]}
    return render(request, "segments/capacity/week.html", context)


@require_safe
def drawing(request: HttpRequest) -> HttpResponse:
    """List tech-touch customers that draw the effort of a personal tier."""
    user = staff_of(request)
    require(user, "capacity.view")
    people = csms_seen_by(user, team=_team_in(request, user)).values_list("pk", flat=True)
    terms = terms_now()
    context = {
        "page": drawing_page(people, terms, company_today(), cursor=cursor_in(request)),
        "least": much_for_tech(terms),
        "crumbs": [HOME],
    }
    return render(request, "segments/capacity/drawing.html", context)


@require_safe
def neglect(request: HttpRequest) -> HttpResponse:
    """List high-touch customers that got too little of what they are promised."""
    user = staff_of(request)
    require(user, "capacity.view")
    people = list(csms_seen_by(user, team=_team_in(request, user)).values_list("pk", flat=True))
    terms = terms_now()
    page = page_of(request, neglected(people, terms, company_today()), order="-mrr")
    with_last_contact(page["rows"])
    context = {"page": page, "terms": terms, "crumbs": [HOME]}
    return render(request, "segments/capacity/neglected.html", context)


def week_in(request: HttpRequest, today: date) -> date | None:
    """Return the Monday of the address, None where it names no week; raise Invalid for another day or a far one."""
    text = request.GET.get("week", "")
    if not text:
        return None
    try:
        monday = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("A week is told by its Monday, such as 2026-11-23.", code="bad_week", field="week") from error
    if monday.weekday() or not abs(monday - today) < timedelta(weeks=2 * WEEKS):
        raise Invalid("A week is told by its Monday, within half a year of today.", code="bad_week", field="week")
    return monday


def cursor_in(request: HttpRequest) -> str:
    """Return the cursor of the address."""
    return request.GET.get("after", "") or request.GET.get("before", "")


def _team_in(request: HttpRequest, user: User) -> int | None:
    wanted = read_id(request.GET.get("team"))
    return wanted if any(team.pk == wanted for team in teams_seen_by(user)) else None
