"""The page on which hours of absent hosts find another host or time."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.permissions import require, staff_of
from core.errors import Invalid, ProductError
from core.ids import read_id
from queues.access import booking_for
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.models import Booking
from queues.queries.conflicts import SHOWN, conflict_count, proposals

AWAY = "Your expert is away at that time"


@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """Show the hours whose host is away, with what could be done about each."""
    viewer = staff_of(request)
    require(viewer, "queue.view")
    found = proposals(viewer)
    context = {
        "proposals": found,
        "more": len(found) == SHOWN and conflict_count(viewer) == SHOWN,
        "crumbs": [("Queue", "/queue/")],
    }
    return render(request, "queues/board/conflicts.html", context)


@require_POST
def settle(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give an hour to another host or another time, or cancel it; the customer is told once."""
    viewer = staff_of(request)
    booking = booking_for(viewer, uid, "booking.change")
    try:
        said = _settle(viewer, booking, request)
    except ProductError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("queue_conflicts")


def _settle(viewer: User, booking: Booking, request: HttpRequest) -> str:
    how = request.POST.get("how", "")
    if how == "cancel":
        reason = request.POST.get("reason", "").strip() or AWAY
        cancel_booking(actor=viewer, booking=booking, reason=reason, as_customer=False)
        return f"The hour of {booking.customer} is cancelled, and the customer is told."
    if how == "host":
        moved = _move(viewer, booking, booking.starts_at, _host(request.POST.get("host", "")))
        return f"{moved.host} takes the hour of {moved.customer}; the customer is told."
    if how == "hour":
        moved = _move(viewer, booking, _moment(request.POST.get("start", "")), None)
        return f"The hour of {moved.customer} is moved; the customer is told."
    raise Invalid("Choose another host, another hour, or cancel it.", code="no_choice")


def _move(viewer: User, booking: Booking, starts_at: datetime, host: User | None) -> Booking:
    return reschedule_booking(
        actor=viewer, booking=booking, starts_at=starts_at, host=host, as_customer=False, reason=AWAY
    )


def _host(text: str) -> User:
    person = User.objects.filter(pk=read_id(text) or 0, kind=User.Kind.STAFF).first()
    if person is None:
        raise Invalid("Choose one of the hosts.", code="host_unknown")
    return person


def _moment(text: str) -> datetime:
    try:
        moment = forms.DateTimeField().to_python(text)
    except forms.ValidationError as error:
        raise Invalid("Choose one of the hours.", code="required") from error
    if moment is None or moment.tzinfo is None:
        raise Invalid("Choose one of the hours.", code="required")
    return moment
