"""Booking an hour in two steps: pick it, say what it is about. The same pages serve contacts, links and staff."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.models import Contact, Customer, User
from calendars.rules.spans import Span
from core.errors import NotFound, ProductError
from queues.access import hold_for
from queues.actions.bookings import book
from queues.actions.holds import hold_slot
from queues.forms.portal import IntakeForm, StaffIntakeForm
from queues.models import Booking, Hold, Queue
from queues.queries.customers import claims_of, refusal_of
from queues.queries.slots import Slot, nearest, slots
from queues.rules.customers import not_claimable
from queues.views.portal.picking import Choice, host_asked, start_asked, week_context, zone_of_visitor
from queues.views.portal.words import hours_of_period, length_words, refused_words

REFUSED = 422
# Where "Choose another hour" looks, and how many it shows.
NEAR = timedelta(days=4)
MOST_OTHERS = 9
# How long a form that was sent already leads to what it booked.
JUST_NOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Desk:
    """Who books at which queue, in whose name, and where the pages of doing so are."""

    queue: Queue
    customer: Customer
    contact: Contact | None
    actor: User | None
    source: str
    shell: str
    pick_path: str
    details_path: Callable[[UUID], str]
    booked_path: Callable[[Booking], str]
    wait_path: str
    back_url: str
    crumbs: list[tuple[str, str]] = field(default_factory=list)
    # Whether whoever books may go beyond the customer's allowance, with a reason.
    may_go_beyond: bool = False
    whom: str = ""

    @property
    def is_link(self) -> bool:
        """Tell whether a signed link is the authority, so that forms carry no token of a session."""
        return self.source == Booking.Source.LINK

    @property
    def choice(self) -> Choice:
        """Return for whom hours are shown."""
        return Choice(
            self.queue,
            self.customer,
            self.contact,
            self.pick_path,
            self.wait_path,
            all_hours=self.may_go_beyond,
            is_link=self.is_link,
        )


def pick_hour(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the free hours; a picked one is held, and what it is about is asked next."""
    refusal = refusal_of(desk.queue, desk.customer, contact=desk.contact)
    if refusal is not None:
        return _not_served(request, desk, refused_words(refusal, desk.queue))
    if request.method != "POST":
        return _week(request, desk)
    try:
        hold = _hold(request, desk, request.POST.get("start", ""))
    except ProductError as error:
        return _week(request, desk, error)
    return redirect(f"{desk.details_path(hold.uid)}?zone={zone_of_visitor(request, desk.choice)}")


def fill_details(request: HttpRequest, desk: Desk, uid: UUID) -> HttpResponse:
    """Ask what the held hour is about, and book it. Whatever becomes of the hour, nothing typed is lost."""
    try:
        hold = hold_for(desk.customer, uid)
    except NotFound:
        # The form was sent twice, or opened again: its hold has become the booking.
        booked = _booked_just_now(desk)
        if booked is None:
            raise
        return redirect(desk.booked_path(booked))
    form = _form(request, desk, hold)
    if request.method != "POST":
        return _details(request, desk, hold, form)
    if "take" in request.POST:
        return _take_another(request, desk, hold, form)
    if "another" in request.POST:
        return _details(request, desk, hold, _unjudged(form), nearest_hours=_others(desk, hold), shows_all=True)
    if not form.is_valid():
        return _details(request, desk, hold, form, status=REFUSED)
    try:
        booking = book(
            actor=desk.actor,
            queue=desk.queue,
            customer=desk.customer,
            contact=desk.contact,
            hold=hold,
            source=desk.source,
            # Staff picks by its own clock; the customer is written to by its own.
            time_zone="" if desk.whom else zone_of_visitor(request, desk.choice),
            **form.intake,
        )
    except ProductError as error:
        booked = _booked_just_now(desk, hold.commitment.starts_at)
        if booked is not None:
            return redirect(desk.booked_path(booked))
        return _gone(request, desk, hold, form, error)
    return redirect(desk.booked_path(booking))


def _form(request: HttpRequest, desk: Desk, hold: Hold) -> IntakeForm:
    """Return the form; staff who may go beyond the allowance, and would, is asked why."""
    sent = request.POST if request.method == "POST" else None
    if not desk.whom:
        return IntakeForm(sent, queue=desk.queue)
    if not desk.may_go_beyond:
        return StaffIntakeForm(sent, queue=desk.queue, asks_why=False)
    claims = claims_of(desk.queue, desk.customer, now=timezone.now())
    refusal = not_claimable(claims, Span(hold.commitment.starts_at, hold.commitment.ends_at))
    return StaffIntakeForm(sent, queue=desk.queue, asks_why=refusal is not None and refusal.code == "allowance_used")


def _others(desk: Desk, hold: Hold) -> list[Slot]:
    """Return the free hours nearest to the held one, in order of time; the held one is not among them."""
    start = hold.commitment.starts_at
    first, last = (start - NEAR).date(), (start + NEAR).date()
    found = slots(desk.queue, first, last, "UTC", **_whose(desk), host=_host_of(hold))
    others = sorted((slot for slot in found if slot.starts != start), key=lambda slot: abs(slot.starts - start))
    return sorted(others[:MOST_OTHERS], key=lambda slot: slot.starts)


def _hold(request: HttpRequest, desk: Desk, start: str, host: User | None = None) -> Hold:
    return hold_slot(
        actor=desk.actor,
        queue=desk.queue,
        customer=desk.customer,
        contact=desk.contact,
        starts_at=start_asked(start),
        host=host or host_asked(request.POST, desk.queue),
        beyond_allowance=desk.may_go_beyond,
    )


def _take_another(request: HttpRequest, desk: Desk, hold: Hold, form: IntakeForm) -> HttpResponse:
    host = None if hold.is_any_host else hold.commitment.host
    try:
        taken = _hold(request, desk, request.POST["take"], host)
    except ProductError as error:
        return _gone(request, desk, hold, form, error)
    # Answered at once, not by another address: what is typed is in this request and nowhere else.
    return _details(request, desk, hold_for(desk.customer, taken.uid), _unjudged(form))


def _gone(request: HttpRequest, desk: Desk, hold: Hold, form: IntakeForm, error: ProductError) -> HttpResponse:
    """Show the form with all that was typed, and what to do about the refusal."""
    if error.field in form.fields:
        form.add_error(error.field, error.message)
        return _details(request, desk, hold, form, status=REFUSED)
    near = error.details.get("nearest")
    if near is None:
        near = nearest(desk.queue, hold.commitment.starts_at, **_whose(desk), host=_host_of(hold))
    words = refused_words(error, desk.queue) if error.code != "slot_taken" else ""
    if error.code == "slot_taken":
        words = "Somebody else has just taken this hour. What you typed is still here"
        words += ": take one of these instead." if near else ", but nothing else is free at the moment."
    return _details(
        request, desk, hold, _unjudged(form), nearest_hours=near, gone=words, shows_all=True, status=error.status
    )


def _details(
    request: HttpRequest,
    desk: Desk,
    hold: Hold,
    form: IntakeForm,
    *,
    nearest_hours: list[Slot] | None = None,
    gone: str = "",
    shows_all: bool = False,
    status: int = 200,
) -> HttpResponse:
    zone = zone_of_visitor(request, desk.choice)
    context = {
        "desk": desk,
        "queue": desk.queue,
        "title": f"What is it about for {desk.whom}?" if desk.whom else "What is it about?",
        "form": form,
        "held": held_hour(hold),
        "with_whom": "With any expert" if hold.is_any_host else f"With {hold.commitment.host.name}",
        "zone": zone,
        "action": desk.details_path(hold.uid),
        "nearest": nearest_hours,
        "gone": gone,
        "show_all": shows_all,
        "pick_url": f"{desk.pick_path}?zone={zone}",
        "length": length_words(desk.queue),
    }
    return render(request, "queues/portal/details.html", context, status=status)


@dataclass(frozen=True)
class HeldHour:
    """The hour that a form is about, and until when it is held."""

    starts: datetime
    ends: datetime
    until: datetime

    @property
    def is_over(self) -> bool:
        """Tell whether anybody may take it now."""
        return self.until <= timezone.now()


def held_hour(hold: Hold) -> HeldHour:
    """Return the held hour."""
    row = hold.commitment
    now = timezone.now()
    until = row.expires_at if row.active and row.expires_at else now
    return HeldHour(row.starts_at, row.ends_at, until)


def _week(request: HttpRequest, desk: Desk, error: ProductError | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "desk": desk,
        "title": f"Book an hour for {desk.whom}" if desk.whom else desk.queue.name,
        "subtitle": f"{length_words(desk.queue)} with an expert. {hours_of_period(desk.queue)}.",
        **week_context(request, desk.choice),
    }
    if error is not None:
        context["refusal"] = refused_words(error, desk.queue)
        context["nearest"] = error.details.get("nearest")
        if error.code == "slot_taken":
            context["refusal"] = "Somebody else has just taken this hour. Nothing is booked yet."
    return render(request, "queues/portal/pick.html", context, status=error.status if error else 200)


def _not_served(request: HttpRequest, desk: Desk, words: str) -> HttpResponse:
    return render(request, "queues/portal/not_served.html", {"desk": desk, "queue": desk.queue, "words": words})


def _booked_just_now(desk: Desk, starts_at: datetime | None = None) -> Booking | None:
    """Return what this contact has booked here a moment ago, so that a form sent twice ends where the first did."""
    lately = Booking.objects.filter(
        queue=desk.queue,
        customer=desk.customer,
        contact=desk.contact,
        source=desk.source,
        state=Booking.State.BOOKED,
        created_at__gt=timezone.now() - JUST_NOW,
    )
    if starts_at is not None:
        lately = lately.filter(starts_at=starts_at)
    return lately.order_by("-created_at").first()


def _unjudged(form: IntakeForm) -> IntakeForm:
    """Return the form with what was typed, and without a word about what is still missing."""
    form.errors.clear()
    return form


def _whose(desk: Desk) -> dict[str, Any]:
    return {"customer": desk.customer, "contact": desk.contact}


def _host_of(hold: Hold) -> int | None:
    return None if hold.is_any_host else hold.commitment.host_id
