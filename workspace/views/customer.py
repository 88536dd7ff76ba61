"""The customer page: head, panels, notes and timeline."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import actions_with, customer_for, visible_customers
from accounts.actions.timeline import add_note
from accounts.models import Customer, User
from accounts.permissions import staff_of
from core.errors import Invalid
from workspace.forms import NoteForm
from workspace.panels import Visit, panels_for
from workspace.queries.customer import TIMELINE_GROUPS, csm_of, timeline_page


@require_safe
@login_required
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that is known of a customer; one that was merged leads to the one kept."""
    user = staff_of(request)
    kept = _kept_instead(user, pk)
    if kept is not None:
        messages.info(request, "This customer was merged into the one below.")
        return redirect("customer", pk=kept)
    return _page(request, user, customer_for(user, pk), NoteForm())


@require_POST
@login_required
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note on the timeline."""
    user = staff_of(request)
    found = customer_for(user, pk, "note.add")
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            add_note(
                actor=user,
                customer=found,
                text=form.cleaned_data["text"],
                kind=form.cleaned_data["kind"],
                request_key=form.cleaned_data["request_key"],
            )
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            return redirect(reverse("customer", kwargs={"pk": pk}) + "#timeline")
    return _page(request, user, found, form, status=422)


@require_safe
@login_required
@vary_on_headers("HX-Request")
def timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the timeline, or for htmx the next part of it."""
    found = customer_for(staff_of(request), pk)
    group = request.GET.get("kind", "")
    page = timeline_page(found, group=group, cursor=request.GET.get("after") or request.GET.get("before") or "")
    context = {
        "customer": found,
        "page": page,
        "groups": TIMELINE_GROUPS,
        "group": group if group in TIMELINE_GROUPS else "",
    }
    if request.htmx:  # type: ignore[attr-defined]
        target = request.htmx.target  # type: ignore[attr-defined]
        name = "_story_more" if target == "story-more" else "_story"
        return render(request, f"workspace/panels/{name}.html", context)
    return render(request, "workspace/timeline.html", context)


def _page(request: HttpRequest, user: User, found: Customer, form: NoteForm, *, status: int = 200) -> HttpResponse:
    allowed = actions_with(user, found)
    shown = panels_for(Visit(viewer=user, customer=found, allowed=allowed))
    context: dict[str, Any] = {
        "customer": found,
        "allowed": allowed,
        "main": [one for one in shown if one.panel.column == "main"],
        "side": [one for one in shown if one.panel.column == "side"],
        "csm": csm_of(found),
        "sentence": next((one.data["sentence"] for one in shown if one.panel.name == "tier"), None),
        "note_form": form,
        "is_read_only": "customer.edit" not in allowed,
    }
    return render(request, "workspace/customer.html", context, status=status)


def _kept_instead(user: User, pk: int) -> int | None:
    """Return the customer into which this one was merged, through as many merges as there were, if it is visible."""
    kept = Customer.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
    seen = {pk}
    while kept is not None and kept not in seen:
        seen.add(kept)
        following = Customer.objects.filter(pk=kept).values_list("merged_into", flat=True).first()
        if following is None:
            return kept if visible_customers(user).filter(pk=kept).exists() else None
        kept = following
    return None
