"""Pages of hosts: their hours, and one hour with its brief, notes, outcome and follow-up."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import may_with
from accounts.forms.refusals import refusals_shown_in
from accounts.models import User
from accounts.permissions import require, staff_of
from core import files
from core.errors import NotFound, ProductError
from queues.access import booking_for, bookings_within, reads_whole
from queues.actions import hours as actions
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.actions.follow_ups import send_follow_up
from queues.forms.hours import FileForm, FollowUpForm, LinkForm, MoveForm, NotesForm, OutcomeForm
from queues.models import Booking
from queues.queries import hours as queries

REFUSED = 422


@require_GET
def host_hours(request: HttpRequest) -> HttpResponse:
    """Show the viewer's own hours: those to close, those to come."""
    viewer = staff_of(request)
    require(viewer, "queue.host")
    day = queries.host_day(viewer)
    return render(request, "queues/hours/list.html", {"day": day, "crumbs": [("Queue", "/queue/")]})


@require_GET
def hour(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show an hour: to its host with all that is done in it, to colleagues as much as is theirs to read."""
    viewer = staff_of(request)
    return _page(request, viewer, booking_for(viewer, uid))


@require_POST
def hour_cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Cancel the hour on the company's side."""
    viewer = staff_of(request)
    booking = booking_for(viewer, uid, "booking.change")
    try:
        cancel_booking(actor=viewer, booking=booking, reason=request.POST.get("reason", ""), as_customer=False)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The hour is cancelled, and the customer is told.")
    return redirect("queue_hour", uid=uid)


@require_http_methods(["GET", "POST"])
def hour_move(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Move the hour to another free one, of the same host or of any."""
    viewer = staff_of(request)
    booking = booking_for(viewer, uid, "booking.change")
    form = MoveForm(request.POST or None, booking=booking, viewer=viewer)
    if form.is_bound and form.is_valid():
        with refusals_shown_in(form):
            reschedule_booking(actor=viewer, booking=booking, as_customer=False, **form.cleaned_data)
            messages.success(request, "The hour is moved, and the customer is told.")
            return redirect("queue_hour", uid=uid)
    crumbs = [("Queue", "/queue/"), (str(booking.customer), reverse("queue_hour", args=[uid]))]
    context = {"booking": booking, "form": form, "zone": viewer.time_zone, "crumbs": crumbs}
    return render(request, "queues/hours/move.html", context, status=REFUSED if form.errors else 200)


@require_POST
def hour_notes(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep the host's notes."""
    return _do(request, uid, NotesForm(request.POST), _save_texts, "Your notes are saved.")


@require_POST
def hour_close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what came of the hour."""

    def close(viewer: User, booking: Booking, form: forms.Form) -> None:
        actions.close_hour(actor=viewer, booking=booking, outcome=form.cleaned_data["outcome"])

    return _do(request, uid, OutcomeForm(request.POST), close, "The hour is closed, and its time is logged.")


@require_POST
def hour_no_show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say that the customer did not come."""

    def mark(viewer: User, booking: Booking, form: forms.Form) -> None:
        actions.mark_no_show(actor=viewer, booking=booking)

    return _do(request, uid, forms.Form(request.POST), mark, "Noted that the customer did not come.")


@require_POST
def hour_reopen(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take back what was said of the hour."""

    def reopen(viewer: User, booking: Booking, form: forms.Form) -> None:
        actions.reopen_hour(actor=viewer, booking=booking)

    return _do(request, uid, forms.Form(request.POST), reopen, "The hour is open again.")


@require_POST
def hour_follow_up(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep the follow-up, and send it where that is asked."""
    sends = request.POST.get("next") == "send"

    def keep(viewer: User, booking: Booking, form: forms.Form) -> None:
        _save_texts(viewer, booking, form)
        if sends:
            send_follow_up(actor=viewer, booking=booking)

    said = "The follow-up is on its way." if sends else "The follow-up is saved, and not sent yet."
    return _do(request, uid, FollowUpForm(request.POST), keep, said)


@require_POST
def hour_link(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add a link to the follow-up."""

    def add(viewer: User, booking: Booking, form: forms.Form) -> None:
        actions.add_link(actor=viewer, booking=booking, **form.cleaned_data)

    return _do(request, uid, LinkForm(request.POST), add, "The link goes along with the follow-up.")


@require_POST
def hour_file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Add a file to the follow-up."""

    def add(viewer: User, booking: Booking, form: forms.Form) -> None:
        file = form.cleaned_data["file"]
        actions.add_file(
            actor=viewer,
            booking=booking,
            title=form.cleaned_data["title"],
            name=file.name,
            content_type=file.content_type or "application/octet-stream",
            size=file.size,
            pieces=file.chunks(),
        )

    return _do(request, uid, FileForm(request.POST, request.FILES), add, "The file goes along with the follow-up.")


@require_POST
def hour_item_remove(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse:
    """Take a link or file out of the follow-up."""

    def remove(viewer: User, booking: Booking, form: forms.Form) -> None:
        actions.remove_item(actor=viewer, booking=booking, pk=pk)

    return _do(request, uid, forms.Form(request.POST), remove, "It does not go along any more.")


@require_GET
def hour_item_file(request: HttpRequest, uid: UUID, pk: int) -> StreamingHttpResponse:
    """Hand out a file of the follow-up, always as a download: it was made by somebody else."""
    booking = booking_for(staff_of(request), uid, "queue.host")
    item = next((one for one in queries.items_of(booking) if one.pk == pk and one.file), None)
    if item is None or item.file is None:
        raise NotFound("There is no such file.")
    response = StreamingHttpResponse(files.pieces(item.file), content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=item.file.name)
    response["Content-Length"] = str(item.file.size)
    return response


def _save_texts(viewer: User, booking: Booking, form: forms.Form) -> None:
    actions.save_notes(actor=viewer, booking=booking, **form.cleaned_data)


def _do(
    request: HttpRequest,
    uid: UUID,
    form: forms.Form,
    act: Callable[[User, Booking, forms.Form], None],
    said: str,
) -> HttpResponse:
    """Do what a form of the page asks, and show the page again; refused input comes back with what was typed."""
    viewer = staff_of(request)
    booking = booking_for(viewer, uid, "queue.host")
    if form.is_valid():
        with refusals_shown_in(form):
            act(viewer, booking, form)
            messages.success(request, said)
            return redirect("queue_hour", uid=uid)
    booking.refresh_from_db()
    return _page(request, viewer, booking, refused=form)


def _page(request: HttpRequest, viewer: User, booking: Booking, refused: forms.Form | None = None) -> HttpResponse:
    shown: dict[str, forms.Form] = {
        "notes_form": NotesForm(initial=NotesForm.initial_of(booking)),
        "outcome_form": OutcomeForm(initial={"outcome": booking.outcome}),
        "follow_up_form": FollowUpForm(initial={"follow_up": booking.follow_up}),
        "link_form": LinkForm(auto_id="link_%s"),
        "file_form": FileForm(auto_id="file_%s"),
    }
    whole = reads_whole(viewer, booking)
    general = []
    if refused is not None:
        name = next((name for name, form in shown.items() if type(form) is type(refused)), None)
        if name:
            shown[name] = refused
        general = list(refused.non_field_errors())
    context: dict[str, Any] = {
        **shown,
        "booking": booking,
        "reads_whole": whole,
        "brief": queries.brief_of(booking) if whole else None,
        "items": queries.items_of(booking) if whole else [],
        "problems": general,
        "has_begun": booking.starts_at <= timezone.now(),
        "is_cancelled": booking.state == Booking.State.CANCELLED,
        "runs": bookings_within(viewer, "queue.host").filter(pk=booking.pk).exists(),
        "may_change": booking.state == Booking.State.BOOKED
        and booking.starts_at > timezone.now()
        and bookings_within(viewer, "booking.change").filter(pk=booking.pk).exists(),
        "sees_customer": may_with(viewer, booking.customer, "customer.view"),
        "crumbs": [("Queue", "/queue/"), ("Hours", "/queue/hours/")],
    }
    return render(request, "queues/hours/hour.html", context, status=REFUSED if refused is not None else 200)
