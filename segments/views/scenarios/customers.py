"""The customers behind a figure of a what-if."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import visible_customers
from accounts.models import Tier, User
from accounts.permissions import require, staff_of
from core.errors import NotFound
from core.ids import read_id
from segments.access import scenario_for
from segments.forms.scenarios.changes import ChangesForms
from segments.queries.scenarios import Comparison, basis_for, customers_among
from segments.scenarios.changes import TIERS, Changes
from segments.scenarios.outcome import Outcome
from segments.scenarios.portfolios import NOBODY
from segments.views.answers import REFUSED
from segments.views.scenarios.figures import compared_anyway, crumbs_back, people_seen, stored_changes, worked_out


@require_safe
def customers(request: HttpRequest, pk: int) -> HttpResponse:
    """List customers behind a figure of a saved scenario."""
    user = staff_of(request)
    found = scenario_for(user, pk)
    changes, _ = stored_changes(found)
    compared, _ = compared_anyway([changes])
    crumbs = [*crumbs_back(), (found.name, reverse("scenario", args=[pk]))]
    return _customers_page(request, user, compared, crumbs)


@require_POST
def customers_of_changes(request: HttpRequest) -> HttpResponse:
    """List customers behind a figure of changes that are not saved."""
    user = staff_of(request)
    require(user, "scenario.edit")
    forms = ChangesForms(request.POST, basis_for(user), Changes())
    compared = worked_out(forms, forms.read())
    if compared is None:
        context = {"problems": forms.all_problems(), "crumbs": crumbs_back()}
        return render(request, "segments/scenarios/customers.html", context, status=REFUSED)
    return _customers_page(request, user, compared, crumbs_back())


def _customers_page(
    request: HttpRequest, user: User, compared: Comparison, crumbs: list[tuple[str, str]]
) -> HttpResponse:
    outcome = compared.scenarios[0].outcome
    title, why = _behind(request.GET, outcome, compared, user)
    rows = [(customer, why[customer.pk]) for customer in customers_among(visible_customers(user), list(why))]
    context = {"title": title, "rows": rows, "all": len(why), "crumbs": crumbs}
    return render(request, "segments/scenarios/customers.html", context)


def _behind(asked: QueryDict, outcome: Outcome, compared: Comparison, user: User) -> tuple[str, dict[int, str]]:
    """Return the title of the list and its customers' ids, each with why it is there; raise NotFound for no list."""
    sides = {*Tier.values, ""}
    old, new, tier = (asked.get(name) for name in ("from", "to", "left"))
    person = read_id(asked.get("person"))
    if old in sides and new in Tier.values:
        moves = [move for move in compared.scenarios[0].moves if (move.account.tier, move.to_tier) == (old, new)]
        title = f"From {Tier(old).label.lower() if old else 'no tier'} to {Tier(new).label.lower()}"
        return title, {move.account.pk: move.rule for move in moves}
    if tier in TIERS:
        left = outcome.left[tier]
        return f"{Tier(tier).label} without a CSM", {account.pk: left.why for account in left.accounts}
    if person is not None:
        return _exchange(person, outcome, people_seen(user))
    raise NotFound("There is no such list.")


def _exchange(person: int, outcome: Outcome, seen: set[int]) -> tuple[str, dict[int, str]]:
    found = outcome.person(person)
    if found is None or not (found.is_new or person in seen):
        raise NotFound("There is no such person.")
    names = {one.person_id: one.name for one in outcome.people if one.is_new or one.person_id in seen}
    why = {place.account.pk: f"Comes: {place.why or 'new here'}" for place in outcome.coming_to(person)}
    for place in outcome.going_from(person):
        to = "nobody" if place.person == NOBODY else names.get(place.person, "a CSM of another team")
        why[place.account.pk] = f"Goes to {to}"
    return f"Who comes to {found.name} and who goes", why
