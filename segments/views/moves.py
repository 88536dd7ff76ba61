"""Tier moves: what happened, and what waits for a decision."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import CompanySettings
from accounts.permissions import may, require, staff_of
from core.errors import Invalid
from core.ids import read_ids
from core.pages import page_of
from segments.access import moves_for
from segments.actions.tiers import Refusal, decide_moves, mark_of_move, promise_placement
from segments.conditions.sql import current_fields
from segments.forms.tiers import MoveFilterForm
from segments.models import RuleSet, TierMove
from segments.queries.tiers import MoveFilter, filtered_moves, waiting_moves
from segments.queries.why import figures_in_words

SIZE = 50
# As many as a page shows; more come from no form of ours.
MOST_AT_ONCE = 200
REFUSALS_TOLD = 5


@dataclass(frozen=True)
class WaitingRow:
    """A move that waits, the mark of what the person sees of it, and its figures in words."""

    move: TierMove
    mark: str
    figures: str


@require_safe
def moves(request: HttpRequest) -> HttpResponse:
    """List what moved, waited or was rejected, of the customers that the person may see."""
    user = staff_of(request)
    require(user, "rules.view")
    form = MoveFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = filtered_moves(user, MoveFilter(**wanted))
    page = page_of(request, found, order="-created_at", size=SIZE)
    context = {
        "page": page,
        "form": form,
        "versions": RuleSet.objects.exclude(status=RuleSet.Status.DRAFT).values_list("version", "name")[:50],
        "may_approve": may(user, "tier.approve"),
        "is_narrowed": any(wanted.values()),
    }
    return render(request, "segments/moves.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def approvals(request: HttpRequest) -> HttpResponse:
    """List the moves that wait for the person's decision, and decide those selected."""
    user = staff_of(request)
    require(user, "tier.approve")
    if request.method == "POST":
        chosen = moves_for(user, _ids(request))
        approve = request.POST.get("decision") == "approve"
        expected = {move.pk: request.POST.get(f"mark-{move.pk}", "") for move in chosen}
        decided, refused = decide_moves(
            actor=user, moves=chosen, approve=approve, note=request.POST.get("note", ""), expected=expected
        )
        promise_placement([one.move.customer_id for one in refused])
        _tell(request, decided, refused, "approved" if approve else "rejected")
        return redirect("tier_approvals")
    page = page_of(request, waiting_moves(user), order="-arr", size=SIZE)
    fields, currency = current_fields(), CompanySettings.current().currency
    rows = [
        WaitingRow(move, mark_of_move(move), figures_in_words(move.figures, fields, currency=currency))
        for move in page["rows"]
    ]
    return render(request, "segments/approvals.html", {"page": page, "rows": rows})


def _ids(request: HttpRequest) -> set[int]:
    raw = request.POST.getlist("ids")
    if not raw:
        raise Invalid("Select at least one move.", code="nothing_selected")
    if len(raw) > MOST_AT_ONCE:
        raise Invalid("This selection is not one of the list.", code="bad_selection")
    return set(read_ids(raw))


def _tell(request: HttpRequest, decided: list[TierMove], refused: list[Refusal], word: str) -> None:
    if decided:
        messages.success(request, f"{len(decided)} {'move' if len(decided) == 1 else 'moves'} {word}.")
    for one in refused[:REFUSALS_TOLD]:
        messages.warning(request, f"Not {word}: {one.move.customer}. {one.reason}")
    if len(refused) > REFUSALS_TOLD:
        messages.warning(request, f"And {len(refused) - REFUSALS_TOLD} more were not {word}.")
