"""Pages of the notices: the list, the editor with its preview, and what is done with one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.figures import company_today
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import may, require, staff_of
from core.errors import Conflict, Invalid
from core.pages import page_of
from newsletters.access_notices import notice_for
from newsletters.actions import notices as actions
from newsletters.actions.once import made_once
from newsletters.audiences import sentence, tally
from newsletters.forms.audiences import AudienceForm
from newsletters.forms.notices import NoticeForm
from newsletters.models import Channel, Notice
from newsletters.queries import notices as queries
from newsletters.rules.notice_text import is_web_address, problems_of
from newsletters.views.answers import GET_POST
from newsletters.views.once import content_of, key_for_form, key_of
from segments.views.answers import REFUSED

CRUMBS = [("Notices", "/newsletters/notices/")]
LONGEST_BODY = 2000
PAGE_SIZE = 25


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show the notices of one phase with how they fare."""
    viewer = _editor(request)
    now = timezone.now()
    counts = queries.phase_counts(now)
    phase = request.GET.get("phase", "")
    if phase not in queries.PHASES:
        phase = next((one for one in queries.PHASES if counts[one]), "showing")
    page = page_of(request, queries.notices_in(phase, now), order="-created_at", size=PAGE_SIZE)
    figures = queries.figures_for(page["rows"])
    context = {
        "page": page,
        "lines": [(notice, figures[notice.pk]) for notice in page["rows"]],
        "phase": phase,
        "tabs": [(key, label, counts[key]) for key, label in queries.PHASES.items()],
        "is_empty": not any(counts.values()),
        "may_set": may(viewer, "newsletter.settings"),
    }
    return render(request, "newsletters/notices/list.html", context)


@require_http_methods(GET_POST)
def notice_new(request: HttpRequest) -> HttpResponse:
    """Write a notice."""
    viewer = _editor(request)
    sent = request.POST if request.method == "POST" else None
    form = NoticeForm(sent, initial=NoticeForm.initial_of(Notice(starts_at=timezone.now()), viewer.time_zone))
    audience = AudienceForm(sent, user=viewer, channel=Channel.NOTICE)
    request_key = key_for_form(request)
    if _both_valid(form, audience):
        with refusals_shown_in(form):
            try:
                made = made_once(
                    actor=viewer,
                    request_key=key_of(request),
                    content=content_of(request),
                    make=lambda: actions.create_notice(actor=viewer, content=audience.content(), **form.facts()).pk,
                )
            except Conflict as error:
                request_key = key_for_form(request, error)
                raise
            messages.success(request, "It is saved as a draft. Look at it once more, then publish it.")
            return redirect("notice", pk=made)
    return _editor_page(request, form, audience, {"crumbs": CRUMBS, "request_key": request_key})


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one notice, whom it reaches and how it fares."""
    viewer = _editor(request)
    found = notice_for(viewer, pk)
    phase = queries.phase_of(found, timezone.now())
    is_draft = found.state == Notice.State.DRAFT
    asked: dict[str, Any] = {"channel": Channel.NOTICE, "topic": found.topic, "today": company_today()}
    context = {
        "notice": found,
        "preview": _preview_of(found),
        "mark": actions.notice_mark(found),
        "phase": phase,
        "phase_label": queries.PHASES[phase] if not is_draft else "Draft",
        "figures": queries.figures_for([found])[found.pk],
        "audience_words": sentence(found.audience),
        "counted": tally(found.audience, **asked) if is_draft else None,
        "may_publish": may(viewer, "notice.publish"),
        "crumbs": CRUMBS,
    }
    return render(request, "newsletters/notices/notice.html", context)


@require_http_methods(GET_POST)
def notice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a notice; whom it is for, only while it is a draft."""
    viewer = _editor(request)
    found = notice_for(viewer, pk)
    if found.state != Notice.State.DRAFT:
        require(viewer, "notice.publish")
    mark = request.POST.get("mark") or actions.notice_mark(found)
    sent = request.POST if request.method == "POST" else None
    form = NoticeForm(sent, topic=found.topic, initial=NoticeForm.initial_of(found, viewer.time_zone))
    audience = None
    if found.state == Notice.State.DRAFT:
        audience = AudienceForm(sent, user=viewer, audience=found.audience, channel=Channel.NOTICE, topic=found.topic)
    if _both_valid(form, audience):
        content = audience.content() if audience else None
        with refusals_shown_in(form):
            try:
                saved = actions.update_notice(
                    actor=viewer, notice=found, content=content, expected=mark, **form.facts()
                )
            except Conflict:
                # The mark of what is stored now: to save again is then meant.
                mark = actions.notice_mark(found)
                raise
            messages.success(request, f"“{saved}” is saved.")
            return redirect("notice", pk=pk)
    return _editor_page(request, form, audience, {"crumbs": CRUMBS, "notice": found, "mark": mark})


@require_POST
def notice_preview(request: HttpRequest) -> HttpResponse:
    """Show what is typed as the widget will show it; nothing is saved."""
    _editor(request)
    return render(request, "newsletters/notices/_preview.html", {"preview": _preview_of_typed(request.POST)})


@require_POST
def notice_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a draft."""
    viewer = _editor(request)
    found = notice_for(viewer, pk, "notice.publish")
    try:
        actions.publish_notice(actor=viewer, notice=found, expected=request.POST.get("mark"))
    except (Conflict, Invalid) as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, f"“{found}” is published. Its audience has it within moments.")
    return redirect("notice", pk=pk)


@require_POST
def notice_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a published notice."""
    viewer = _editor(request)
    found = notice_for(viewer, pk, "notice.publish")
    try:
        actions.withdraw_notice(actor=viewer, notice=found)
    except Conflict as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, f"“{found}” is withdrawn: nobody gets it any more.")
    return redirect("notice", pk=pk)


@require_POST
def notice_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft like the notice."""
    viewer = _editor(request)
    copy = actions.copy_notice(actor=viewer, notice=notice_for(viewer, pk))
    messages.success(request, "This is the copy: a draft for the same audience.")
    return redirect("notice_edit", pk=copy.pk)


@require_POST
def notice_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft."""
    viewer = _editor(request)
    found = notice_for(viewer, pk)
    try:
        actions.delete_notice(actor=viewer, notice=found)
    except Conflict as error:
        messages.warning(request, error.message)
        return redirect("notice", pk=pk)
    messages.success(request, f"The draft “{found}” is deleted.")
    return redirect("notices")


def _editor(request: HttpRequest) -> User:
    viewer = staff_of(request)
    require(viewer, "notice.edit")
    return viewer


def _both_valid(form: NoticeForm, audience: AudienceForm | None) -> bool:
    """Tell whether both parts were sent and are right; both are looked at, so that all problems show at once."""
    if not form.is_bound:
        return False
    return all([form.is_valid(), audience is None or audience.is_valid()])


def _editor_page(
    request: HttpRequest, form: NoticeForm, audience: AudienceForm | None, context: dict[str, Any]
) -> HttpResponse:
    notice = context.get("notice")
    preview = _preview_of_typed(request.POST) if form.is_bound else _preview_of(notice) if notice else None
    context |= {
        "form": form,
        "audience_form": audience,
        "audience": notice.audience if notice else None,
        "preview": preview,
    }
    is_refused = form.is_bound and bool(form.errors or (audience is not None and audience.errors))
    return render(request, "newsletters/notices/form.html", context, status=REFUSED if is_refused else 200)


def _preview_of(notice: Notice) -> dict[str, Any]:
    return _preview(notice.title, notice.body, notice.kind, notice.link_url, notice.link_text)


def _preview_of_typed(typed: Any) -> dict[str, Any]:
    names = ("title", "body", "kind", "link_url", "link_text")
    return _preview(*(typed.get(name, "").strip() for name in names))


def _preview(title: str, body: str, kind: str, link_url: str, link_text: str) -> dict[str, Any]:
    body = body[:LONGEST_BODY]
    known = kind if kind in Notice.Kind.values else Notice.Kind.INFO
    return {
        "title": title,
        "html": queries.safe_html_of(body),
        "kind": known,
        "kind_label": Notice.Kind(known).label,
        "link_url": link_url if is_web_address(link_url) else "",
        "link_text": link_text or "Read more",
        "problems": problems_of(body),
    }
