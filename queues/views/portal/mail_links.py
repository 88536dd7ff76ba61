"""Pages behind the links in mails, without a login: the signed link itself says who may do what.

Looking at a page changes nothing, because mail scanners follow links; a button does, by POST. Whoever posts here needs
no cookie and no token of a session, because nobody can make the address who has not got the mail: the signature in it
is the token. So these views, and these alone, are exempt from the check against forged requests. Nothing here is kept
in caches or told to search engines, and no page links to anything that its own purpose does not cover.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from queues import links
from queues.access import queues_serving
from queues.happenings import meeting_of
from queues.links import BookLink, LinkGone, Purpose
from queues.models import Booking, Queue
from queues.views.portal.booking import Desk, fill_details, pick_hour
from queues.views.portal.changing import Seat, cancel_hour, move_hour, rate_hour, zone_of_booking
from queues.views.portal.mine import calendar_answer
from queues.views.portal.waiting import OfferSeat, answer_offer, join_list
from queues.views.portal.words import hours_of_period, length_words

SHELL = "base_portal.html"
GET_POST = ["GET", "HEAD", "POST"]

View = Callable[..., HttpResponse]


def signed(view: View) -> View:
    """Return the view for whoever holds a link: no login, no cookie; a link that is over is told kindly."""

    @csrf_exempt
    @login_not_required
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except LinkGone as error:
            answer = render(request, "queues/portal/link_gone.html", {"words": error.message}, status=error.status)
        # The shell around the page asks for a token that these forms don't need: no cookie is left for it.
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        answer["Referrer-Policy"] = "no-referrer"
        return answer

    return opened


# --- booking ----------------------------------------------------------------------------------------
@signed
@require_GET
def book_choose(request: HttpRequest, token: str) -> HttpResponse:
    """Show what there is to book; where there is one thing, go straight to its hours."""
    link = links.read_book(token)
    queues = [link.queue] if link.queue else queues_serving(link.contact)
    if len(queues) == 1:
        return redirect("link_book_pick", token=token, slug=queues[0].slug)
    offered = [
        {
            "queue": queue,
            "length": length_words(queue),
            "terms": hours_of_period(queue),
            "url": reverse("link_book_pick", args=[token, queue.slug]),
        }
        for queue in queues
    ]
    return render(request, "queues/portal/choose.html", {"offered": offered, "shell_template": SHELL})


@signed
@require_http_methods(GET_POST)
def book_pick(request: HttpRequest, token: str, slug: str) -> HttpResponse:
    """Pick an hour."""
    return pick_hour(request, _desk(token, slug))


@signed
@require_http_methods(GET_POST)
def book_details(request: HttpRequest, token: str, slug: str, uid: UUID) -> HttpResponse:
    """Say what the held hour is about."""
    return fill_details(request, _desk(token, slug), uid)


@signed
@require_http_methods(GET_POST)
def book_wait(request: HttpRequest, token: str, slug: str) -> HttpResponse:
    """Join the waiting list, or see one's place in it."""
    return join_list(request, _desk(token, slug), reverse("link_book_wait", args=[token, slug]))


@signed
@require_GET
def booked(request: HttpRequest, token: str, uid: UUID) -> HttpResponse:
    """Show what was booked with this link."""
    booking = _booked_by(links.read_book(token), uid)
    context = {
        "booking": booking,
        "queue": booking.queue,
        "zone": zone_of_booking(booking),
        "meeting": meeting_of(booking),
        "file_url": reverse("link_booked_file", args=[token, uid]),
    }
    return render(request, "queues/portal/link_booked.html", context)


@signed
@require_GET
def booked_file(request: HttpRequest, token: str, uid: UUID) -> HttpResponse:
    """Give what was booked with this link as a file that calendar programs take."""
    return calendar_answer(_booked_by(links.read_book(token), uid))


# --- what is booked ---------------------------------------------------------------------------------
@signed
@require_http_methods(GET_POST)
def change(request: HttpRequest, token: str) -> HttpResponse:
    """Move the hour."""
    booking = links.read_booking(Purpose.CHANGE, token)
    if "moved" in request.GET and request.method != "POST":
        return _done(request, booking, "Your hour is moved", "link_change", token)
    # The address of the old time opens nothing any more, so the new one's is next.
    return move_hour(request, _seat(booking, "link_change", token, _moved_path))


@signed
@require_http_methods(GET_POST)
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Cancel the hour."""
    booking = links.read_booking(Purpose.CANCEL, token)
    return cancel_hour(request, _seat(booking, "link_cancel", token, lambda _: reverse("link_cancel", args=[token])))


@signed
@require_http_methods(GET_POST)
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Rate the hour."""
    booking = links.read_booking(Purpose.RATE, token)
    if "thanks" in request.GET and request.method != "POST" and booking.rating:
        return _done(request, booking, "Thank you for telling us", "link_rate", token)
    path = reverse("link_rate", args=[token])
    return rate_hour(request, _seat(booking, "link_rate", token, lambda _: f"{path}?thanks=1"))


# --- an offer ---------------------------------------------------------------------------------------
@signed
@require_http_methods(GET_POST)
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """Take or decline the offered hour."""
    path = reverse("link_offer", args=[token])
    seat = OfferSeat(
        offer=links.read_offer(token), actor=None, shell=SHELL, path=path, taken_path=lambda _: path, is_link=True
    )
    return answer_offer(request, seat)


def _desk(token: str, slug: str) -> Desk:
    link = links.read_book(token)
    queue = Queue.objects.filter(slug=slug).first()
    if queue is None or (link.queue is not None and link.queue != queue):
        raise NotFound("There is no such queue.")
    contact = link.contact
    return Desk(
        queue=queue,
        customer=contact.customer,
        contact=contact,
        actor=None,
        source=Booking.Source.LINK,
        shell=SHELL,
        pick_path=reverse("link_book_pick", args=[token, slug]),
        details_path=lambda uid: reverse("link_book_details", args=[token, slug, uid]),
        booked_path=lambda booking: reverse("link_booked", args=[token, booking.uid]),
        wait_path=reverse("link_book_wait", args=[token, slug]),
        back_url=reverse("link_book", args=[token]),
    )


def _booked_by(link: BookLink, uid: UUID) -> Booking:
    """Return the hour that this contact booked by such a link; raise NotFound for any other."""
    booked = Booking.objects.filter(contact=link.contact, source=Booking.Source.LINK, uid=uid)
    booking = booked.select_related("queue", "host", "customer", "contact", "topic").first()
    if booking is None:
        raise NotFound("There is no such hour.")
    return booking


def _moved_path(booking: Booking) -> str:
    # Without the host: browsers hold a form to the page's own, which need not be the one that mails name.
    return f"{urlsplit(links.change_url(booking)).path}?moved=1"


def _seat(booking: Booking, name: str, token: str, done_path: Callable[[Booking], str]) -> Seat:
    return Seat(
        booking=booking,
        actor=None,
        shell=SHELL,
        path=reverse(name, args=[token]),
        done_path=done_path,
        is_link=True,
    )


def _done(request: HttpRequest, booking: Booking, title: str, name: str, token: str) -> HttpResponse:
    context = {
        "booking": booking,
        "queue": booking.queue,
        "zone": zone_of_booking(booking),
        "title": title,
        "again_url": reverse(name, args=[token]),
    }
    return render(request, "queues/portal/link_done.html", context)
