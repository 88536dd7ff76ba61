"""The content of an issue: what stands around it, and its blocks, edited in place."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.forms.refusals import show_refusal
from accounts.models import User
from accounts.permissions import may, staff_of
from core.errors import Conflict, ProductError
from core.ids import read_id
from newsletters import blocks as registry
from newsletters import variables
from newsletters.access import block_for, issue_for
from newsletters.actions import blocks as actions
from newsletters.actions.issues import change_details, details_mark
from newsletters.forms.issues import DetailsForm
from newsletters.models import Block, Issue
from newsletters.queries.blocks import Card, card_of, cards_of, form_of
from newsletters.queries.steps import steps_of
from newsletters.views.frame import CONFLICT, CRUMBS, REFUSED, is_htmx, issue_page
from newsletters.views.preview import preview_context
from segments.views.answers import sent

CHANGED = "issue-changed"


# --- the page -----------------------------------------------------------------------------------
@require_safe
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an issue holds, to be edited where the person may and it still can be."""
    user = staff_of(request)
    issue = issue_for(user, pk)
    context = _list_context(user, issue, opened=_opened(request), removed=read_id(request.GET.get("removed")))
    context |= {"planned": list(issue.proposals.order_by("pk")), "preview": preview_context(request, user, issue)}
    return issue_page(request, "content", user, issue, context, step="content")


@require_safe
def steps(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer how far the issue is, after a change in the page."""
    issue = issue_for(staff_of(request), pk)
    context = {"issue": issue, "steps": steps_of(issue), "step": request.GET.get("step", "")}
    return render(request, "newsletters/issues/_steps.html", context)


# --- details ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the subject, the sender and what else stands around the content."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    if "closed" in request.GET:
        return _details_card(request, issue)
    mark, conflict = details_mark(issue), None
    form = DetailsForm(sent(request), issue=issue, initial=DetailsForm.initial_of(issue) | {"mark": mark})
    if form.is_bound and form.is_valid():
        try:
            issue = change_details(actor=user, issue=issue, expected=form.cleaned_data["mark"], **form.facts)
        except Conflict as error:
            if error.code != "changed_since":
                show_refusal(form, error)
            else:
                # What was typed stays; the mark is that of what is stored now, so that saving again is meant.
                conflict = _meanwhile(issue)
                form = DetailsForm(None, issue=issue, initial=form.facts | {"mark": mark})
        except ProductError as error:
            show_refusal(form, error)
        else:
            return _changed(request, issue, lambda: _details_card(request, issue), "The details are saved.")
    context = {
        "issue": issue,
        "form": form,
        "conflict": conflict,
        "theirs": _differences(issue, form.initial) if conflict else [],
        "variables": variables.variables(),
        "crumbs": [*CRUMBS, (issue.title, reverse("newsletter_content", args=[pk]))],
    }
    return _form_page(request, "details", context, is_refused=form.is_bound, is_conflict=conflict is not None)


def _details_card(request: HttpRequest, issue: Issue) -> HttpResponse:
    return render(request, "newsletters/issues/_details.html", {"issue": issue, "may_change": True})


def _differences(issue: Issue, typed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return (label, what is stored) of the details that differ from what was typed."""
    fields = DetailsForm.base_fields
    return [
        (str(fields[name].label or name.replace("_", " ").capitalize()), getattr(issue, name))
        for name in DetailsForm.initial_of(issue)
        if getattr(issue, name) != typed.get(name)
    ]


# --- blocks -------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def block_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a new block of a kind, behind another one."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    kind = registry.kind_of((request.POST or request.GET).get("kind", ""))
    after = read_id((request.POST or request.GET).get("after", ""))
    form = form_of(issue, kind, None, *_sent_with_files(request))
    if form.is_bound and form.is_valid():
        try:
            data = form.data_to_store(actor=user)
            actions.add_block(actor=user, issue=issue, kind=kind.key, data=data, after=after)
        except ProductError as error:
            show_refusal(form, error)
        else:
            return _changed(request, issue, lambda: _block_list(request, user, issue), f"{kind.label} is added.")
    new = {"kind": kind, "after": after, "form": form}
    if is_htmx(request):
        status = REFUSED if form.is_bound else 200
        return _block_list(request, user, issue, new=new, status=status)
    return _form_page(request, "block_new", _form_context(issue, {"new": new}), is_refused=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
def block_edit(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Change a block in its place."""
    user = staff_of(request)
    block = block_for(user, pk, block_id)
    issue = block.issue
    if "closed" in request.GET:
        return _card(request, user, issue, _placed(issue, block))
    kind = registry.kind_of(block.kind)
    mark, conflict = actions.block_mark(block), None
    form = form_of(issue, kind, block, *_sent_with_files(request))
    if form.is_bound and form.is_valid():
        data = form.data_to_store(actor=user)
        try:
            block = actions.change_block(actor=user, block=block, data=data, expected=request.POST.get("mark"))
        except Conflict as error:
            if error.code != "changed_since":
                show_refusal(form, error)
            else:
                conflict = _meanwhile(issue)
                mine = Block(pk=block.pk, kind=block.kind, data=data)
                form = form_of(issue, kind, mine)
        except ProductError as error:
            show_refusal(form, error)
        else:
            return _changed(
                request, issue, lambda: _card(request, user, issue, _placed(issue, block)), f"{kind.label} is saved."
            )
    elif form.is_bound:
        mark = request.POST.get("mark", mark)
    card = Card(block, kind, card_of(issue, block).summary, mark, form)
    if is_htmx(request):
        status = REFUSED if form.is_bound or conflict else 200
        return _card(request, user, issue, card, conflict=conflict, status=status)
    context = _form_context(issue, {"card": card, "conflict": conflict})
    return _form_page(request, "block_edit", context, is_refused=form.is_bound, is_conflict=conflict is not None)


@require_POST
def block_move(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Move a block one place up or down."""
    by = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
    return _arranged(request, pk, block_id, lambda user, block: actions.move_block(actor=user, block=block, by=by))


@require_POST
def block_duplicate(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Put a copy of a block behind it."""
    return _arranged(request, pk, block_id, lambda user, block: actions.duplicate_block(actor=user, block=block))


@require_POST
def block_remove(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Remove a block, with a way back."""
    return _arranged(
        request, pk, block_id, lambda user, block: actions.remove_block(actor=user, block=block), removed=block_id
    )


@require_POST
def block_restore(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Bring a removed block back."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    try:
        actions.restore_block(actor=user, issue=issue, block_id=block_id)
    except ProductError as error:
        return _refused(request, user, issue, error)
    return _changed(request, issue, lambda: _block_list(request, user, issue), "The block is back.")


# --- parts --------------------------------------------------------------------------------------
def _arranged(
    request: HttpRequest, pk: int, block_id: int, act: Callable[[User, Block], Any], *, removed: int | None = None
) -> HttpResponse:
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    try:
        act(user, block_for(user, pk, block_id))
    except ProductError as error:
        return _refused(request, user, issue, error)
    if is_htmx(request):
        return _changed(request, issue, lambda: _block_list(request, user, issue, removed=removed))
    address = reverse("newsletter_content", args=[pk])
    return redirect(f"{address}?{urlencode({'removed': removed})}" if removed else f"{address}#block-{block_id}")


def _refused(request: HttpRequest, user: User, issue: Issue, error: ProductError) -> HttpResponse:
    """Return the blocks as they are now, with the refusal beside them; without htmx it is a page of its own."""
    if not is_htmx(request):
        raise error
    response = _block_list(request, user, issue_for(user, issue.pk))
    trigger_client_event(response, "toast", {"level": "error", "text": error.message})
    return response


def _changed(request: HttpRequest, issue: Issue, fragment: Callable[[], HttpResponse], words: str = "") -> HttpResponse:
    """Return the fragment, and let the preview and the steps follow; without htmx, the page."""
    if not is_htmx(request):
        if words:
            messages.success(request, words)
        return redirect("newsletter_content", pk=issue.pk)
    response = fragment()
    trigger_client_event(response, CHANGED, after="swap")
    return response


def _block_list(
    request: HttpRequest,
    user: User,
    issue: Issue,
    *,
    new: dict[str, Any] | None = None,
    removed: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return all blocks; those with an open form keep what is typed in it."""
    context = _list_context(user, issue, opened=_opened(request), new=new, removed=removed)
    return render(request, "newsletters/issues/_blocks.html", context, status=status)


def _list_context(
    user: User,
    issue: Issue,
    *,
    opened: set[int] | None = None,
    new: dict[str, Any] | None = None,
    removed: int | None = None,
) -> dict[str, Any]:
    may_change = issue.state in Issue.EDITABLE and may(user, "newsletter.edit")
    gone = actions.removed_block(issue, removed) if removed and may_change else None
    return {
        "issue": issue,
        "cards": cards_of(issue, opened=opened or () if may_change else ()),
        "kinds": registry.kinds(),
        "variables": variables.variables(),
        "new": new,
        "removed": gone if gone and not issue.blocks.filter(pk=gone.id).exists() else None,
        "may_change": may_change,
        "keeps": True,
    }


def _opened(request: HttpRequest) -> set[int]:
    """Return the blocks whose forms are open in the page."""
    sources = (request.POST, request.GET)
    return {number for source in sources for text in source.getlist("open") if (number := read_id(text))}


def _card(
    request: HttpRequest, user: User, issue: Issue, card: Card, *, conflict: str | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "issue": issue,
        "card": card,
        "kinds": registry.kinds(),
        "variables": variables.variables(),
        "conflict": conflict,
        "may_change": True,
    }
    return render(request, "newsletters/issues/_block.html", context, status=status)


def _placed(issue: Issue, block: Block) -> Card:
    return next(card for card in cards_of(issue) if card.block.pk == block.pk)


def _form_context(issue: Issue, context: dict[str, Any]) -> dict[str, Any]:
    crumbs = [*CRUMBS, (issue.title, reverse("newsletter_content", args=[issue.pk]))]
    return {"issue": issue, "variables": variables.variables(), "crumbs": crumbs, "may_change": True, **context}


def _form_page(
    request: HttpRequest, name: str, context: dict[str, Any], *, is_refused: bool, is_conflict: bool = False
) -> HttpResponse:
    """Return a form as a part of the page, or as a page of its own where there is no htmx."""
    if is_htmx(request):
        status = REFUSED if is_refused or is_conflict else 200
        return render(request, f"newsletters/issues/_{name}_form.html", context, status=status)
    status = CONFLICT if is_conflict else REFUSED if is_refused else 200
    return render(request, f"newsletters/issues/{name}.html", context, status=status)


def _sent_with_files(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _meanwhile(issue: Issue) -> str:
    """Return who changed the issue last, as a conflict says it."""
    return issue.editor.name if issue.editor else "Somebody"
