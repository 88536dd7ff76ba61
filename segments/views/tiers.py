"""The tiers' front page, and runs on demand with their progress."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.permissions import may, require, staff_of
from core.pagination import bounded_count
from segments.actions.rule_sets import promise_run
from segments.models import RuleSet, TierRun
from segments.queries.rule_sets import in_words
from segments.queries.tiers import latest_runs, run_state, tier_figures, waiting_moves


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the active rules in words, who is in which tier, what waits and what ran."""
    user = staff_of(request)
    require(user, "rules.view")
    active = RuleSet.objects.select_related("activated_by").filter(status=RuleSet.Status.ACTIVE).first()
    waiting = waiting_moves(user).order_by("-arr", "-pk")
    figures = tier_figures()
    runs = latest_runs()
    context: dict[str, Any] = {
        "active": in_words(active) if active else None,
        "figures": figures,
        "all_customers": sum(one.customers for one in figures),
        "drafts": RuleSet.objects.filter(status=RuleSet.Status.DRAFT).select_related("created_by")[:20],
        "runs": runs,
        "unfinished": [one for one in runs if not one.is_over],
        "may_edit": may(user, "rules.edit"),
        "may_run": may(user, "tier.reassign"),
        "may_approve": may(user, "tier.approve"),
    }
    if may(user, "tier.approve"):
        context |= {"waiting": waiting[:5], "waiting_count": bounded_count(waiting)}
    return render(request, "segments/tiers.html", context)


@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Promise a run over all customers now."""
    user = staff_of(request)
    require(user, "tier.reassign")
    promise_run(actor=user, trigger=TierRun.Trigger.DEMAND)
    messages.success(request, "The run begins in a moment; this page shows how it goes.")
    return redirect("tiers")


@require_safe
def run_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a run is; once it is over, the page is loaded again with its outcome."""
    user = staff_of(request)
    require(user, "rules.view")
    state = run_state(get_object_or_404(TierRun.objects.select_related("started_by", "rule_set"), pk=pk))
    if state.is_over:
        return HttpResponseClientRefresh()
    return render(request, "segments/_run_progress.html", {"one": state})
