"""The portal's pages of hours: the own ones, booking another, moving, cancelling, rating, and the waiting list."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.portal import contact_of, contacts_of
from calendars.ical import published
from core.errors import NotFound
from core.files import open_binary
from queues.access import queues_serving
from queues.actions.waiting import leave_waiting_list
from queues.happenings import happening_of, meeting_of
from queues.models import Booking, Offer, Queue
from queues.portal import hour_for, hours_within, offer_for, offers_within, own_entry_for, own_hour_for
from queues.queries.waiting import open_entries_of, place_of
from queues.views.portal.booking import Desk, fill_details, pick_hour
from queues.views.portal.changing import Seat, cancel_hour, is_changeable, is_ratable, move_hour, rate_hour
from queues.views.portal.changing import zone_of_booking as zone_of
from queues.views.portal.waiting import OfferSeat, answer_offer, join_list
from queues.views.portal.words import hours_of_period, length_words

SHELL = "base_portal.html"
# More past hours than anybody reads; the newest are shown.
MOST_PAST = 30
GET_POST = ["GET", "HEAD", "POST"]


@require_GET
def my_hours(request: HttpRequest) -> HttpResponse:
    """Show the hours that lie ahead, offers, places in line, and what has been."""
    contact, now = contact_of(request), timezone.now()
    hours = hours_within(contact)
    ahead = hours.filter(state=Booking.State.BOOKED, ends_at__gt=now).order_by("starts_at", "pk")
    been = hours.exclude(state=Booking.State.BOOKED, ends_at__gt=now).order_by("-starts_at", "-pk")
    past = list(been[: MOST_PAST + 1])
    entries = list(open_entries_of(contact.customer))
    context = {
        "contact": contact,
        "customer": contact.customer,
        "companies": contacts_of(request),
        "ahead": [_card(booking, contact) for booking in ahead],
        "past": [_card(booking, contact) for booking in past[:MOST_PAST]],
        "more_past": len(past) > MOST_PAST,
        "offers": list(offers_within(contact).filter(state=Offer.State.OPEN, expires_at__gt=now)),
        "entries": [{"entry": entry, "place": place_of(entry)} for entry in entries],
        "may_leave": {entry.pk for entry in entries if contact.is_decision_maker or entry.contact_id == contact.pk},
        "queues": queues_serving(contact),
    }
    return render(request, "queues/portal/mine.html", context)


@require_GET
def choose_queue(request: HttpRequest) -> HttpResponse:
    """Show what there is to book; where there is one thing, go straight to its hours."""
    contact = contact_of(request)
    queues = queues_serving(contact)
    if len(queues) == 1:
        return redirect("portal_hours_pick", slug=queues[0].slug)
    offered = [
        {"queue": queue, "length": length_words(queue), "terms": hours_of_period(queue), "url": _pick_path(queue)}
        for queue in queues
    ]
    context = {"offered": offered, "back_url": reverse("portal_hours"), "shell_template": SHELL}
    return render(request, "queues/portal/choose.html", context)


@require_http_methods(GET_POST)
def pick(request: HttpRequest, slug: str) -> HttpResponse:
    """Pick an hour of the queue."""
    return pick_hour(request, _desk(request, slug))


@require_http_methods(GET_POST)
def details(request: HttpRequest, slug: str, uid: UUID) -> HttpResponse:
    """Say what the held hour is about."""
    return fill_details(request, _desk(request, slug), uid)


@require_GET
def hour(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one hour: how to meet and what can be changed, or what was sent afterwards."""
    contact = contact_of(request)
    booking = hour_for(contact, uid)
    is_mine = booking.contact_id == contact.pk
    context = {
        **_card(booking, contact),
        "queue": booking.queue,
        "meeting": meeting_of(booking),
        "items": list(booking.follow_up_items.select_related("file")) if is_mine and booking.follow_up_sent_at else [],
        "was_booked": "booked" in request.GET,
    }
    return render(request, "queues/portal/hour.html", context)


@require_GET
def calendar_file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give the hour as a file that calendar programs take."""
    booking = own_hour_for(contact_of(request), uid)
    return calendar_answer(booking)


@require_GET
def follow_up_file(request: HttpRequest, uid: UUID, pk: int) -> HttpResponse | FileResponse:
    """Give a file that was sent after the hour."""
    booking = own_hour_for(contact_of(request), uid)
    item = booking.follow_up_items.select_related("file").filter(pk=pk, file__isnull=False).first()
    if item is None or item.file is None or booking.follow_up_sent_at is None:
        raise NotFound("There is no such file.")
    return FileResponse(open_binary(item.file), as_attachment=True, filename=item.file.name)


@require_http_methods(GET_POST)
def move(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Move the own hour."""
    return move_hour(request, _seat(request, uid, "portal_hour_move", "Your hour is moved. A mail tells you the rest."))


@require_http_methods(GET_POST)
def cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Cancel the own hour."""
    return cancel_hour(request, _seat(request, uid, "portal_hour_cancel", "Your hour is cancelled."))


@require_http_methods(GET_POST)
def rate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Rate the own hour."""
    return rate_hour(request, _seat(request, uid, "portal_hour_rate", "Thank you for telling us."))


@require_http_methods(GET_POST)
def wait(request: HttpRequest, slug: str) -> HttpResponse:
    """Join the queue's waiting list, or see one's place in it."""
    return join_list(request, _desk(request, slug), reverse("portal_hours_wait", args=[slug]))


@require_POST
def leave(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give the place in line up."""
    entry = own_entry_for(contact_of(request), uid)
    leave_waiting_list(actor=_person(request), entry=entry)
    messages.success(request, f"You are no longer on the waiting list of {entry.queue}.")
    return redirect("portal_hours")


@require_http_methods(GET_POST)
def offer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take or decline an offered hour."""
    seat = OfferSeat(
        offer=offer_for(contact_of(request), uid),
        actor=_person(request),
        shell=SHELL,
        path=reverse("portal_hours_offer", args=[uid]),
        taken_path=lambda booking: reverse("portal_hour", args=[booking.uid]) + "?booked=1",
        back_url=reverse("portal_hours"),
    )
    return answer_offer(request, seat)


def calendar_answer(booking: Booking) -> HttpResponse:
    """Return the hour as a download for calendar programs."""
    file = published(happening_of(booking, meeting_of(booking), with_people=False))
    answer = HttpResponse(file.text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="hour-{booking.starts_at:%Y-%m-%d}.ics"'
    return answer


def _desk(request: HttpRequest, slug: str) -> Desk:
    contact = contact_of(request)
    queue = Queue.objects.filter(slug=slug).first()
    if queue is None:
        raise NotFound("There is no such queue.")
    return Desk(
        queue=queue,
        customer=contact.customer,
        contact=contact,
        actor=_person(request),
        source=Booking.Source.PORTAL,
        shell=SHELL,
        pick_path=_pick_path(queue),
        details_path=lambda uid: reverse("portal_hours_details", args=[slug, uid]),
        booked_path=lambda booking: reverse("portal_hour", args=[booking.uid]) + "?booked=1",
        wait_path=reverse("portal_hours_wait", args=[slug]),
        back_url=reverse("portal_hours"),
        crumbs=[("Your hours", reverse("portal_hours"))],
    )


def _seat(request: HttpRequest, uid: UUID, name: str, done: str) -> Seat:
    booking = own_hour_for(contact_of(request), uid)
    path = reverse("portal_hour", args=[uid])

    def told(changed: Booking) -> str:
        messages.success(request, done)
        return path

    return Seat(
        booking=booking,
        actor=_person(request),
        shell=SHELL,
        path=reverse(name, args=[uid]),
        done_path=told,
        back_url=path,
        crumbs=[("Your hours", reverse("portal_hours"))],
    )


def _card(booking: Booking, contact: Any) -> dict[str, Any]:
    is_mine = booking.contact_id == contact.pk
    return {
        "booking": booking,
        "zone": zone_of(booking),
        "is_mine": is_mine,
        "whose": "" if is_mine else (booking.contact.name if booking.contact else "your company"),
        "can_change": is_mine and is_changeable(booking),
        "can_rate": is_mine and is_ratable(booking),
        "is_ahead": booking.state == Booking.State.BOOKED and booking.ends_at > timezone.now(),
    }


def _pick_path(queue: Queue) -> str:
    return reverse("portal_hours_pick", args=[queue.slug])


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the middleware lets nobody else in
    return request.user
