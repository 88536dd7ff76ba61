"""Rule sets: versions with their differences, the editor, the simulation and the activation."""

import json
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import people_within, visible_customers
from accounts.models import CompanySettings, Tier, User
from accounts.permissions import may, require, staff_of
from core.errors import Invalid, NotFound, ProductError
from core.ids import read_id
from segments import drafts
from segments.access import rule_set_for
from segments.actions import rule_sets as actions
from segments.conditions import sql
from segments.conditions.trees import MAX_DEPTH
from segments.models import RuleSet
from segments.queries.condition_builder import fields_offered
from segments.queries.rule_sets import changes_of, content_of, in_words, speaker_of
from segments.queries.thresholds import suggest_thresholds
from segments.simulation import customers_of_flow, people_shown, simulate
from segments.views.answers import REFUSED

VERSIONS_SHOWN = 200


# --- versions -----------------------------------------------------------------------------------
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """List the versions, the newest first."""
    user = staff_of(request)
    require(user, "rules.view")
    found = RuleSet.objects.select_related("created_by", "activated_by").annotate(rule_count=Count("rules"))
    context = {
        "versions": found.order_by("-version")[:VERSIONS_SHOWN],
        "may_edit": may(user, "rules.edit"),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "segments/rule_sets.html", context)


@require_safe
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a version in words, with what changed from the one before."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk)
    fields = sql.current_fields()
    before, changes = changes_of(rule_set, fields)
    context = {
        "rule_set": rule_set,
        "words": in_words(rule_set, fields),
        "before": before,
        "changes": changes,
        "may_edit": may(user, "rules.edit"),
        "crumbs": _crumbs(),
    }
    return render(request, "segments/rule_set.html", context)


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make a draft: a copy of a version, or empty; with a content (as JSON) it is saved at once."""
    user = staff_of(request)
    require(user, "rules.edit")
    if request.content_type == "application/json":
        return _answered(lambda: _made(user, _content(request)))
    copied = read_id(request.POST.get("copy_of"))
    source = rule_set_for(user, copied) if copied is not None else None
    draft = actions.create_draft(actor=user, copy_of=source)
    return redirect("rule_set_editor", draft.pk)


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk, "rules.edit")
    actions.delete_draft(actor=user, rule_set=rule_set)
    messages.success(request, f"The draft “{rule_set.name}” is gone.")
    return redirect("rule_sets")


# --- the editor ---------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def editor(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft's rules to be written without code; a POST of JSON saves all of it."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk, "rules.edit")
    if request.method == "POST":
        return _answered(lambda: _saved(user, rule_set, _content(request)))
    if rule_set.status != RuleSet.Status.DRAFT:
        return redirect("rule_set", pk)
    content = content_of(rule_set)
    context = {
        "rule_set": rule_set,
        "crumbs": _crumbs(),
        "data": {
            "content": content,
            "fingerprint": drafts.fingerprint(content),
            "fields": fields_offered(sql.current_fields()),
            "tiers": [{"key": key, "label": label} for key, label in Tier.choices],
            "currency": CompanySettings.current().currency,
            "depth": MAX_DEPTH,
            "urls": {
                "save": reverse("rule_set_editor", args=[pk]),
                "check": reverse("rule_set_check", args=[pk]),
                "new": reverse("rule_set_new"),
                "thresholds": reverse("tier_thresholds"),
                "simulation": reverse("rule_set_simulation", args=[pk]),
            },
        },
    }
    return render(request, "segments/rule_editor.html", context)


@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Return each rule in words and every problem, of a content that is not saved."""
    user = staff_of(request)
    rule_set_for(user, pk, "rules.edit")
    return _answered(lambda: _checked(_content(request)))


@require_safe
def thresholds(request: HttpRequest) -> HttpResponse:
    """Return thresholds that fit the company's own people, as JSON for the editor."""
    user = staff_of(request)
    require(user, "rules.edit")
    found = suggest_thresholds()
    return JsonResponse(
        {
            "high_places": found.high_places,
            "low_places": found.low_places,
            "flagged": found.flagged,
            "high_arr": None if found.high_arr is None else float(found.high_arr),
            "low_arr": None if found.low_arr is None else float(found.low_arr),
        }
    )


def _content(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except ValueError as error:
        raise Invalid("This is no JSON.", code="bad_json") from error
    if not isinstance(sent, dict):
        raise Invalid("This is no rule set.", code="bad_rule_set")
    return sent


def _saved(user: User, rule_set: RuleSet, sent: dict[str, Any]) -> dict[str, Any]:
    expected = sent.get("fingerprint")
    saved = actions.save_draft(
        actor=user,
        rule_set=rule_set,
        content=sent.get("content"),
        expected=expected if isinstance(expected, str) else None,
    )
    return {
        "fingerprint": drafts.fingerprint(content_of(saved)),
        "url": reverse("rule_set_editor", args=[saved.pk]),
    } | _checked(sent)


def _made(user: User, sent: dict[str, Any]) -> dict[str, Any]:
    draft = actions.create_draft(actor=user, content=sent.get("content") or {})
    return {"url": reverse("rule_set_editor", args=[draft.pk])}


def _checked(sent: dict[str, Any]) -> dict[str, Any]:
    """Return the words of every rule that can be read, and the problems of those that cannot."""
    fields = sql.current_fields()
    problems: list[drafts.Problem] = []
    try:
        drafts.read_draft(sent.get("content"), fields)
    except Invalid as error:
        problems = error.details.get("problems", [])
    say = speaker_of(fields, CompanySettings.current().currency)
    return {"words": _words_of(sent.get("content"), problems, say), "problems": [vars(one) for one in problems]}


def _words_of(content: Any, problems: list[drafts.Problem], say: Any) -> list[str]:
    rules = content.get("rules") if isinstance(content, dict) else None
    wrong = {path for one in problems if (path := one.path.partition(".")[0])}
    return [
        "" if f"rules[{n}]" in wrong or not isinstance(rule, dict) else say("conditions", rule["conditions"])
        for n, rule in enumerate(rules if isinstance(rules, list) and "rules" not in wrong else [])
    ]


def _answered(work: Any) -> JsonResponse:
    """Return what the work returns, or its refusal, as JSON."""
    try:
        return JsonResponse(work())
    except NotFound:
        raise
    except ProductError as error:
        problems = [vars(one) for one in error.details.get("problems", [])]
        body = {"code": error.code, "message": error.message, "problems": problems}
        return JsonResponse(body, status=error.status)


# --- simulation and activation ------------------------------------------------------------------
@require_safe
def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a version would do; the figures come as a part, so that the page is there at once."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk)
    context: dict[str, Any] = {
        "rule_set": rule_set,
        "may_edit": may(user, "rules.edit"),
        "crumbs": _crumbs(rule_set),
    }
    if "figures" not in request.GET:
        return render(request, "segments/simulation.html", context)
    simulated = simulate(rule_set, visible=visible_customers(user))
    shown = people_shown(simulated.portfolios, people_within(user, "portfolio.view"))
    context |= {
        "simulated": simulated,
        "flow_chart": {
            "links": [
                {"source": _side(flow.from_tier), "target": _side(flow.to_tier), "value": flow.total.customers}
                for flow in simulated.flows
            ],
            "unit": "customers",
        },
        "portfolios": [one for one in shown if one.changes or one.past_limit],
        "hidden_past_limit": len(simulated.past_limit) - sum(1 for one in shown if one.past_limit),
    }
    return render(request, "segments/_simulation.html", context)


@require_safe
def flow(request: HttpRequest, pk: int) -> HttpResponse:
    """List customers of one flow of the simulation, the largest first, of those that the person may see."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk)
    old, new = request.GET.get("from", ""), request.GET.get("to", "")
    if old not in (*Tier.values, "") or new not in Tier.values:
        raise NotFound("There is no such flow.")
    context = {
        "rule_set": rule_set,
        "crumbs": [*_crumbs(rule_set), ("Simulation", reverse("rule_set_simulation", args=[pk]))],
        "from_tier": old,
        "to_tier": new,
        "samples": customers_of_flow(rule_set, old, new, visible=visible_customers(user)),
    }
    return render(request, "segments/flow.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def activate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the draft would do and, confirmed, make it the active version."""
    user = staff_of(request)
    rule_set = rule_set_for(user, pk, "rules.edit")
    problem = ""
    if request.method == "POST":
        try:
            actions.activate(actor=user, rule_set=rule_set, expected=request.POST.get("fingerprint") or None)
        except ProductError as error:
            problem = error.message
        else:
            messages.success(request, f"“{rule_set.name}” is active; customers are being moved.")
            return redirect("tiers")
    rule_set.refresh_from_db()
    if rule_set.status != RuleSet.Status.DRAFT:
        return redirect("rule_set", pk)
    before, changes = changes_of(rule_set)
    context = {
        "rule_set": rule_set,
        "problem": problem,
        "fingerprint": drafts.fingerprint(content_of(rule_set)),
        "simulated": simulate(rule_set),
        "before": before,
        "changes": changes,
        "crumbs": _crumbs(rule_set),
    }
    return render(request, "segments/activate.html", context, status=REFUSED if problem else 200)


def _crumbs(rule_set: RuleSet | None = None) -> list[tuple[str, str]]:
    """Return the way back, for the head of a page about versions, or about one of them."""
    crumbs = [("Tiers", reverse("tiers")), ("Versions", reverse("rule_sets"))]
    return crumbs if rule_set is None else [*crumbs, (rule_set.name, reverse("rule_set", args=[rule_set.pk]))]


def _side(tier: str) -> str:
    return Tier(tier).label if tier else "No tier yet"
