"""The page that answers whether the company needs a one-to-many team."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import Reach, reach_of, require, staff_of
from segments.actions.one_to_many import set_one_to_many_terms
from segments.forms.one_to_many import OneToManyForm
from segments.models import CapacitySettings
from segments.one_to_many.links import Links
from segments.queries.one_to_many import SERVED, Line, Need, need_of, trend
from segments.views.answers import REFUSED, sent

# A line through fewer days says nothing.
FEWEST_DAYS = 2


@require_http_methods(["GET", "HEAD", "POST"])
def one_to_many(request: HttpRequest) -> HttpResponse:
    """Show the answer with its working, under the saved settings or under those that somebody tries; save them."""
    user = staff_of(request)
    require(user, "capacity.view")
    saved = CapacitySettings.current()
    if request.method == "POST":
        require(user, "capacity.settings")
        return _sent(request, user, saved)
    is_tried = "try" in request.GET
    form = OneToManyForm(request.GET if is_tried else None, settings=saved)
    if is_tried and form.is_valid():
        return _page(request, user, form, need_of(form.applied(saved)), is_tried=True)
    return _page(request, user, form, need_of(saved))


def _sent(request: HttpRequest, user: User, saved: CapacitySettings) -> HttpResponse:
    form = OneToManyForm(sent(request), settings=saved)
    if form.is_valid():
        if "try" in request.POST:
            return redirect(f"{reverse('one_to_many')}?{form.as_query()}")
        with refusals_shown_in(form):
            set_one_to_many_terms(actor=user, **form.cleaned_data)
            messages.success(request, "The settings are saved, and the answer follows them.")
            return redirect("one_to_many")
    return _page(request, user, form, need_of(saved), status=REFUSED)


def _page(
    request: HttpRequest, user: User, form: OneToManyForm, need: Need, *, is_tried: bool = False, status: int = 200
) -> HttpResponse:
    days = trend(need.today)
    links = Links(tuple(SERVED), need.settings.days_without_contact)
    context: dict[str, Any] = {
        "need": need,
        "form": form,
        "is_tried": is_tried,
        "may_set": reach_of(user, "capacity.settings") == Reach.ALL,
        # A manager of some teams sees every customer without a CSM, but not everybody's portfolio.
        "sees_all": reach_of(user, "customer.view") == Reach.ALL,
        "links": links,
        "groups": _groups(need, links),
        "trend_chart": _trend_chart(days) if len(days) >= FEWEST_DAYS else None,
    }
    return render(request, "segments/one_to_many/page.html", context, status=status)


@dataclass(frozen=True)
class Row:
    """A line of a table with the lists behind its figures."""

    line: Line
    left_alone_url: str
    without_csm_url: str


def _groups(need: Need, links: Links) -> list[list[tuple[str, str, list[Row]]]]:
    """Return the tables of either half of the page: title, first column, rows."""
    standing = need.standing
    halves = (
        (("By tier", "Tier", standing.tiers), ("By region", "Region", standing.regions)),
        (("By language", "Language", standing.languages),),
    )
    return [[(title, head, [_row(line, links) for line in lines]) for title, head, lines in half] for half in halves]


def _row(line: Line, links: Links) -> Row:
    return Row(line, links.left_alone_of(line.filters), links.without_csm_of(line.filters))


def _trend_chart(days: list[tuple[date, int, int]]) -> dict[str, Any]:
    return {
        "categories": [day.isoformat() for day, _, _ in days],
        "series": [
            {"name": "Without a CSM", "values": [without for _, without, _ in days]},
            {"name": "Left alone", "values": [alone for _, _, alone in days]},
        ],
        "unit": "customers",
    }
