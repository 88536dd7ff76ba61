"""Moving, cancelling and rating an hour: the same for a contact who is logged in and for a link in a mail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import User
from calendars.rules.clock import zone_of
from core.errors import ProductError
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.actions.ratings import RATED, rate_booking
from queues.forms.portal import CancelForm, RateForm
from queues.models import Booking
from queues.rules.customers import may_still_change
from queues.views.portal.picking import Choice, host_asked, start_asked, week_context, zone_of_visitor
from queues.views.portal.words import refused_words

REFUSED = 422


@dataclass(frozen=True)
class Seat:
    """Whose hour is changed, by whom, and where one is led afterwards."""

    booking: Booking
    actor: User | None
    shell: str
    path: str
    # Returns where the changed hour is shown; a link's own address dies with the old time.
    done_path: Callable[[Booking], str]
    back_url: str = ""
    is_link: bool = False
    crumbs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def choice(self) -> Choice:
        """Return for whom hours are shown."""
        booking = self.booking
        return Choice(booking.queue, booking.customer, booking.contact, self.path, moving=booking, is_link=self.is_link)


def zone_of_booking(booking: Booking) -> str:
    """Return the zone in which the customer chose the hour."""
    return zone_of(booking.time_zone).key


def is_changeable(booking: Booking) -> bool:
    """Tell whether the customer may still move or cancel the hour."""
    until = booking.queue.change_until_minutes
    now = timezone.now()
    return (
        booking.state == Booking.State.BOOKED
        and now < booking.starts_at
        and may_still_change(booking.starts_at, until, now)
    )


def is_ratable(booking: Booking) -> bool:
    """Tell whether the hour is over and can be rated."""
    return booking.state in RATED and booking.ends_at <= timezone.now()


def move_hour(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Show the free hours; a picked one is asked about once more, and then the hour moves."""
    if not is_changeable(seat.booking):
        return _closed(request, seat)
    if request.method != "POST":
        return _week(request, seat)
    try:
        start = start_asked(request.POST.get("start", ""))
        if "confirm" not in request.POST:
            return _sure(request, seat, start)
        moved = reschedule_booking(
            actor=seat.actor,
            booking=seat.booking,
            starts_at=start,
            host=host_asked(request.POST, seat.booking.queue),
            as_customer=True,
        )
    except ProductError as error:
        return _week(request, seat, error)
    return redirect(seat.done_path(moved))


def cancel_hour(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Ask why, and cancel the hour."""
    if not is_changeable(seat.booking):
        return _closed(request, seat)
    form = CancelForm(request.POST if request.method == "POST" else None)
    refusal = ""
    if form.is_bound and form.is_valid():
        try:
            cancelled = cancel_booking(
                actor=seat.actor, booking=seat.booking, reason=form.cleaned_data["reason"], as_customer=True
            )
        except ProductError as error:
            refusal = refused_words(error, seat.booking.queue)
        else:
            return redirect(seat.done_path(cancelled))
    context = _about(seat) | {"form": form, "refusal": refusal}
    return render(request, "queues/portal/cancel.html", context, status=REFUSED if form.is_bound else 200)


def rate_hour(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Ask how the hour was."""
    booking = seat.booking
    if not is_ratable(booking):
        return _closed(request, seat)
    given = {"rating": booking.rating, "comment": booking.rating_comment}
    form = RateForm(request.POST if request.method == "POST" else None, initial=given)
    if form.is_bound and form.is_valid():
        try:
            rated = rate_booking(actor=seat.actor, booking=booking, **form.cleaned_data)
        except ProductError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            return redirect(seat.done_path(rated))
    context = _about(seat) | {"form": form}
    return render(request, "queues/portal/rate.html", context, status=REFUSED if form.is_bound else 200)


def _week(request: HttpRequest, seat: Seat, error: ProductError | None = None) -> HttpResponse:
    context = _about(seat) | week_context(request, seat.choice)
    if error is not None:
        taken = error.code == "slot_taken"
        words = "Somebody else has just taken this hour. Yours is where it was."
        context["refusal"] = words if taken else refused_words(error, seat.booking.queue)
        context["nearest"] = error.details.get("nearest")
    return render(request, "queues/portal/move.html", context, status=error.status if error else 200)


def _sure(request: HttpRequest, seat: Seat, start: Any) -> HttpResponse:
    zone = zone_of_visitor(request, seat.choice)
    length = seat.booking.ends_at - seat.booking.starts_at
    host = host_asked(request.POST, seat.booking.queue)
    context = _about(seat) | {"start": start, "end": start + length, "zone": zone, "host": host}
    return render(request, "queues/portal/move_sure.html", context)


def _closed(request: HttpRequest, seat: Seat) -> HttpResponse:
    """Say why nothing can be changed, and what can be done all the same."""
    return render(request, "queues/portal/hour_closed.html", _about(seat))


def _about(seat: Seat) -> dict[str, Any]:
    return {
        "desk": seat,
        "seat": seat,
        "booking": seat.booking,
        "queue": seat.booking.queue,
        "zone": zone_of_booking(seat.booking),
        "is_over": seat.booking.ends_at <= timezone.now(),
    }
