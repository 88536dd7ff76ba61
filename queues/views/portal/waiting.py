"""The waiting list's pages: joining it, and answering an offer; for contacts and for links in mails alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import User
from calendars.rules.clock import local_day, zone_of
from core.errors import ProductError
from queues.actions.offers import MISSED_OFFERS, accept_offer, decline_offer
from queues.actions.waiting import join_waiting_list, leave_waiting_list
from queues.forms.portal import WaitForm
from queues.models import Booking, Offer, WaitingEntry
from queues.queries.customers import refusal_of
from queues.queries.slots import next_free
from queues.queries.waiting import open_entry_of, place_of
from queues.views.portal.booking import Desk
from queues.views.portal.picking import zone_of_visitor
from queues.views.portal.weeks import zone_choices
from queues.views.portal.words import refused_words

REFUSED = 422


@dataclass(frozen=True)
class OfferSeat:
    """Whose offer is answered, and where one is led afterwards."""

    offer: Offer
    actor: User | None
    shell: str
    path: str
    taken_path: Callable[[Booking], str]
    back_url: str = ""
    is_link: bool = False


def join_list(request: HttpRequest, desk: Desk, done_url: str) -> HttpResponse:
    """Ask what the hour is about and which days help, and put the customer in line."""
    assert desk.contact is not None  # noqa: S101  nobody waits whom no mail reaches
    refusal = refusal_of(desk.queue, desk.customer, contact=desk.contact)
    if refusal is not None:
        words = refused_words(refusal, desk.queue)
        return render(request, "queues/portal/not_served.html", {"desk": desk, "queue": desk.queue, "words": words})
    entry = open_entry_of(desk.queue, desk.customer)
    if entry is not None:
        return _in_line(request, desk, entry)
    zone = zone_of_visitor(request, desk.choice)
    today = local_day(timezone.now(), zone)
    form = WaitForm(request.POST if request.method == "POST" else None, queue=desk.queue, today=today)
    if form.is_bound and form.is_valid():
        days = {name: form.cleaned_data[name] for name in ("not_before", "not_after")}
        try:
            join_waiting_list(
                actor=desk.actor,
                queue=desk.queue,
                customer=desk.customer,
                contact=desk.contact,
                time_zone=zone,
                **form.intake,
                **days,
            )
        except ProductError as error:
            form.add_error(error.field if error.field in form.fields else None, refused_words(error, desk.queue))
        else:
            return redirect(done_url)
    context = {
        "desk": desk,
        "queue": desk.queue,
        "form": form,
        "zone": zone,
        "zones": zone_choices(zone),
        "next_free": next_free(desk.queue, customer=desk.customer, contact=desk.contact),
    }
    return render(request, "queues/portal/wait.html", context, status=REFUSED if form.is_bound else 200)


def _in_line(request: HttpRequest, desk: Desk, entry: WaitingEntry) -> HttpResponse:
    """Show the customer's place in line; whoever joined, or decides for the company, may give it up."""
    assert desk.contact is not None  # noqa: S101
    may_leave = entry.contact_id == desk.contact.pk or desk.contact.is_decision_maker
    if request.method == "POST" and "leave" in request.POST and may_leave:
        leave_waiting_list(actor=desk.actor, entry=entry)
        return redirect(desk.pick_path)
    context = {
        "desk": desk,
        "queue": desk.queue,
        "entry": entry,
        "place": place_of(entry),
        "may_leave": may_leave,
        "is_mine": entry.contact_id == desk.contact.pk,
        "offer": Offer.objects.filter(entry=entry, state=Offer.State.OPEN).first(),
    }
    return render(request, "queues/portal/in_line.html", context)


def answer_offer(request: HttpRequest, seat: OfferSeat) -> HttpResponse:
    """Show the offered hour; taking or declining it, or leaving the list, is a button."""
    refusal = ""
    if request.method == "POST":
        try:
            if "take" in request.POST:
                booking = accept_offer(actor=seat.actor, offer=seat.offer)
                return redirect(seat.taken_path(booking))
            _decline(request, seat)
            return redirect(seat.path)
        except ProductError as error:
            refusal = refused_words(error, seat.offer.entry.queue)
            seat.offer.refresh_from_db()
            seat.offer.entry.refresh_from_db(fields=["state", "offers_missed"])
    return render(request, "queues/portal/offer.html", _offered(seat) | {"refusal": refusal})


def _decline(request: HttpRequest, seat: OfferSeat) -> None:
    if "leave" in request.POST:
        leave_waiting_list(actor=seat.actor, entry=seat.offer.entry)
    elif "decline" in request.POST:
        decline_offer(actor=seat.actor, offer=seat.offer)


def _offered(seat: OfferSeat) -> dict[str, Any]:
    offer, entry = seat.offer, seat.offer.entry
    is_open = offer.state == Offer.State.OPEN and offer.expires_at > timezone.now()
    waits = entry.state in (WaitingEntry.State.WAITING, WaitingEntry.State.OFFERED)
    return {
        "desk": seat,
        "seat": seat,
        "offer": offer,
        "entry": entry,
        "queue": entry.queue,
        "host": offer.commitment.host,
        "zone": zone_of(entry.time_zone).key,
        "is_open": is_open,
        "is_last": entry.offers_missed + 1 >= MISSED_OFFERS,
        "place": place_of(entry) if waits else None,
    }
