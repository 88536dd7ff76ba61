"""Staff books for a customer: chooses it and its contact, and then goes the customers' own two steps.

Whoever may book for more than its own customers and hosts hours itself (specialists, managers) may go beyond a
customer's allowance, with a reason that the timeline keeps. Nobody goes past the notice: hosts need it.
"""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import customer_for, customers_within
from accounts.models import Contact, Customer, User
from accounts.permissions import Reach, may, reach_of, require, staff_of
from core.errors import NotFound
from core.ids import read_id
from queues.access import queues_to_book
from queues.models import Booking, Queue
from queues.queries.customers import refusal_of
from queues.views.portal.booking import Desk, fill_details, pick_hour
from queues.views.portal.words import refused_words

SHELL = "base_staff.html"
GET_POST = ["GET", "HEAD", "POST"]
MOST_FOUND = 20
MOST_CONTACTS = 200


@require_GET
def choose_customer(request: HttpRequest) -> HttpResponse:
    """Find the customer to book for."""
    user = staff_of(request)
    require(user, "booking.make")
    wanted = request.GET.get("q", "").strip()[:200]
    found: list[Customer] = []
    if wanted:
        customers = customers_within(user, "booking.make").filter(name__icontains=wanted)
        found = list(customers.order_by("name", "pk")[: MOST_FOUND + 1])
    context = {"wanted": wanted, "found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}
    return render(request, "queues/portal/staff_customer.html", context)


@require_GET
def choose_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose whom of the customer the hour is for, and in which queue."""
    user = staff_of(request)
    customer = customer_for(user, pk, "booking.make")
    contacts = list(_contacts(customer)[:MOST_CONTACTS])
    refused = {queue: refusal_of(queue, customer) for queue in queues_to_book(user).order_by("name")}
    open_ones = [queue for queue, refusal in refused.items() if refusal is None]
    if "contact" in request.GET or (len(contacts) == 1 and len(open_ones) == 1):
        contact = _contact(customer, request.GET.get("contact", str(contacts[0].pk) if contacts else ""))
        slug = request.GET.get("queue", open_ones[0].slug if open_ones else "")
        return redirect("staff_book_pick", pk=pk, contact=contact.pk, slug=_queue(user, slug).slug)
    context = {
        "customer": customer,
        "contacts": contacts,
        "open_queues": open_ones,
        "refusals": [refused_words(refusal, queue) for queue, refusal in refused.items() if refusal is not None],
        "crumbs": _crumbs(customer),
    }
    return render(request, "queues/portal/staff_contact.html", context)


@require_http_methods(GET_POST)
def pick(request: HttpRequest, pk: int, contact: int, slug: str) -> HttpResponse:
    """Pick an hour for the customer."""
    return pick_hour(request, _desk(request, pk, contact, slug))


@require_http_methods(GET_POST)
def details(request: HttpRequest, pk: int, contact: int, slug: str, uid: UUID) -> HttpResponse:
    """Say what the held hour is about."""
    return fill_details(request, _desk(request, pk, contact, slug), uid)


def may_go_beyond(user: User) -> bool:
    """Tell whether the person may give a customer more hours than its allowance."""
    return may(user, "queue.host") and reach_of(user, "booking.make") > Reach.OWN


def _desk(request: HttpRequest, pk: int, contact_pk: int, slug: str) -> Desk:
    user = staff_of(request)
    customer = customer_for(user, pk, "booking.make")
    contact = _contact(customer, str(contact_pk))
    queue = _queue(user, slug)
    back = reverse("customer", args=[pk])

    def booked(booking: Booking) -> str:
        messages.success(request, f"The hour is booked with {booking.host}. {contact} is told by mail.")
        return back

    return Desk(
        queue=queue,
        customer=customer,
        contact=contact,
        actor=user,
        source=Booking.Source.STAFF,
        shell=SHELL,
        pick_path=reverse("staff_book_pick", args=[pk, contact.pk, slug]),
        details_path=lambda uid: reverse("staff_book_details", args=[pk, contact.pk, slug, uid]),
        booked_path=booked,
        wait_path="",
        back_url=back,
        crumbs=_crumbs(customer),
        may_go_beyond=may_go_beyond(user),
        whom=f"{contact} of {customer}",
    )


def _contacts(customer: Customer) -> QuerySet[Contact]:
    return Contact.objects.filter(customer=customer, is_active=True).order_by("last_name", "first_name", "email")


def _contact(customer: Customer, pk: str) -> Contact:
    contact = Contact.objects.filter(customer=customer, is_active=True, pk=read_id(pk) or 0).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    return contact


def _queue(user: User, slug: str) -> Queue:
    queue = queues_to_book(user).filter(slug=slug).first()
    if queue is None:
        raise NotFound("There is no such queue.")
    return queue


def _crumbs(customer: Customer) -> list[tuple[str, str]]:
    return [("Customers", "/customers/"), (customer.name, f"/customers/{customer.pk}/")]
