"""The blocks of an issue, edited in place."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.forms.refusals import show_refusal
from accounts.models import User
from accounts.permissions import may, staff_of
from core.errors import Invalid, NotFound, ProductError
from core.ids import read_id
from newsletters import blocks as registry
from newsletters import variables
from newsletters.access import block_for, issue_for
from newsletters.actions import blocks as actions
from newsletters.actions.once import made_once
from newsletters.blocks import BlockKind
from newsletters.models import Block, Issue
from newsletters.queries.blocks import Card, card_of, cards_of, form_of
from newsletters.views.frame import CRUMBS, changed, changed_by, form_page
from newsletters.views.once import content_of, key_for_form, key_of
from segments.views.answers import REFUSED, is_htmx

# The mark of a block's form that is sent again to bring the block back.
REMOVED = "removed"


@require_http_methods(["GET", "HEAD", "POST"])
def block_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a new block of a kind, behind another one."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    kind = registry.kind_of((request.POST or request.GET).get("kind", ""))
    after = read_id((request.POST or request.GET).get("after", ""))
    form = form_of(issue, kind, None, *_sent_with_files(request))
    refusal = None
    if form.is_bound:
        try:
            _once(request, user, lambda: _added(user, issue, kind, form, after))
        except ProductError as error:
            refusal = error
            if form.is_valid():
                show_refusal(form, error)
        else:
            return changed(request, issue, lambda: _block_list(request, user, issue), f"{kind.label} is added.")
    new = {"kind": kind, "after": after, "form": form, "request_key": key_for_form(request, refusal)}
    if is_htmx(request):
        status = REFUSED if form.is_bound else 200
        return _block_list(request, user, issue, new=new, status=status)
    return form_page(request, "block_new", _form_context(issue, {"new": new}), is_refused=form.is_bound)


@require_http_methods(["GET", "HEAD", "POST"])
def block_edit(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Change a block in its place."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    if request.method == "POST" and not issue.blocks.filter(pk=block_id).exists():
        return _edit_of_removed(request, user, issue, block_id)
    block = block_for(user, pk, block_id)
    if "closed" in request.GET:
        return _card(request, user, issue, _placed(issue, block))
    kind = registry.kind_of(block.kind)
    mark, conflict = actions.block_mark(block), None
    form = form_of(issue, kind, block, *_sent_with_files(request))
    if form.is_bound and form.is_valid():
        try:
            data = form.data_to_store(actor=user)
            block = actions.change_block(actor=user, block=block, data=data, expected=request.POST.get("mark", ""))
        except ProductError as error:
            if error.code != "changed_since":
                show_refusal(form, error)
            else:
                # What was typed stays; what is shown beside it, and the mark, are those of what is stored now.
                block = block_for(user, pk, block_id)
                mark, conflict = actions.block_mark(block), changed_by(block.issue)
                form = form_of(issue, kind, Block(pk=block.pk, kind=block.kind, data=data))
        else:
            return changed(
                request, issue, lambda: _card(request, user, issue, _placed(issue, block)), f"{kind.label} is saved."
            )
    elif form.is_bound:
        mark = request.POST.get("mark", mark)
    card = Card(block, kind, card_of(issue, block).summary, mark, form)
    if is_htmx(request):
        status = REFUSED if form.is_bound or conflict else 200
        return _card(request, user, issue, card, conflict=conflict, status=status)
    context = _form_context(issue, {"card": card, "conflict": conflict})
    return form_page(request, "block_edit", context, is_refused=form.is_bound, is_conflict=conflict is not None)


@require_POST
def block_move(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Move a block one place up or down."""
    by = {"up": -1, "down": 1}.get(request.POST.get("to", ""), 0)
    return _arranged(request, pk, block_id, lambda user, block: actions.move_block(actor=user, block=block, by=by))


@require_POST
def block_duplicate(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Put a copy of a block behind it."""

    def duplicate(user: User, block: Block) -> None:
        _once(request, user, lambda: actions.duplicate_block(actor=user, block=block).pk)

    return _arranged(request, pk, block_id, duplicate)


@require_POST
def block_remove(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Remove a block, with a way back."""

    def remove(user: User, block: Block) -> None:
        actions.remove_block(actor=user, block=block, expected=request.POST.get("mark", ""))

    return _arranged(request, pk, block_id, remove, removed=block_id)


@require_POST
def block_restore(request: HttpRequest, pk: int, block_id: int) -> HttpResponse:
    """Bring a removed block back."""
    user = staff_of(request)
    issue = issue_for(user, pk, "newsletter.edit")
    try:
        actions.restore_block(actor=user, issue=issue, block_id=block_id)
    except ProductError as error:
        return _refused(request, user, issue, error)
    return changed(request, issue, lambda: _block_list(request, user, issue), "The block is back.")


def list_context(
    user: User,
    issue: Issue,
    *,
    opened: set[int] | None = None,
    new: dict[str, Any] | None = None,
    removed: int | None = None,
) -> dict[str, Any]:
    """Return what the list of blocks shows: `opened` with their forms, `new` being written, `removed` to be undone."""
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


def opened_in(request: HttpRequest) -> set[int]:
    """Return the blocks whose forms are open in the page."""
    sources = (request.POST, request.GET)
    return {number for source in sources for text in source.getlist("open") if (number := read_id(text))}


# --- parts --------------------------------------------------------------------------------------
def _once(request: HttpRequest, user: User, make: Callable[[], int]) -> None:
    made_once(actor=user, request_key=key_of(request), content=content_of(request), make=make)


def _added(user: User, issue: Issue, kind: BlockKind, form: Any, after: int | None) -> int:
    if not form.is_valid():
        raise Invalid("Look at what is marked.")
    data = form.data_to_store(actor=user)
    return actions.add_block(actor=user, issue=issue, kind=kind.key, data=data, after=after).pk


def _edit_of_removed(request: HttpRequest, user: User, issue: Issue, block_id: int) -> HttpResponse:
    """Answer what was typed into a block that was removed meanwhile: sent once more, it brings the block back."""
    removed = actions.removed_block(issue, block_id)
    if removed is None:
        raise NotFound("There is no such block.")
    block = Block(pk=block_id, issue=issue, position=removed.position, kind=removed.kind, data=removed.data)
    kind = registry.kind_of(block.kind)
    form = form_of(issue, kind, block, *_sent_with_files(request))
    if form.is_valid():
        try:
            data = form.data_to_store(actor=user)
            if request.POST.get("mark") == REMOVED:
                actions.restore_block(actor=user, issue=issue, block_id=block_id, data=data)
                return _brought_back(request, user, issue, kind)
            form = form_of(issue, kind, Block(pk=block_id, kind=block.kind, data=data))
        except ProductError as error:
            show_refusal(form, error)
    card = Card(block, kind, "", REMOVED, form)
    conflict = changed_by(issue)
    if is_htmx(request):
        return _card(request, user, issue, card, conflict=conflict, status=REFUSED)
    context = _form_context(issue, {"card": card, "conflict": conflict})
    return form_page(request, "block_edit", context, is_refused=True, is_conflict=True)


def _brought_back(request: HttpRequest, user: User, issue: Issue, kind: BlockKind) -> HttpResponse:
    response = changed(request, issue, lambda: _block_list(request, user, issue), f"{kind.label} is back.")
    # Its place among the others is none that the page knows.
    return retarget(reswap(response, "outerHTML"), "#blocks") if is_htmx(request) else response


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
        return changed(request, issue, lambda: _block_list(request, user, issue, removed=removed))
    address = reverse("newsletter_content", args=[pk])
    return redirect(f"{address}?{urlencode({'removed': removed})}" if removed else f"{address}#block-{block_id}")


def _refused(request: HttpRequest, user: User, issue: Issue, error: ProductError) -> HttpResponse:
    """Return the blocks as they are now, with the refusal beside them; without htmx it is a page of its own."""
    if not is_htmx(request):
        raise error
    response = _block_list(request, user, issue_for(user, issue.pk))
    trigger_client_event(response, "toast", {"level": "error", "text": error.message})
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
    context = list_context(user, issue, opened=opened_in(request), new=new, removed=removed)
    return render(request, "newsletters/issues/_blocks.html", context, status=status)


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


def _sent_with_files(request: HttpRequest) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if request.method == "POST" else ()
