"""Queues over the API: what there is, which hours are free, and booking one."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Contact, Customer, User
from calendars.rules.clock import local_day, zone_of
from core.errors import Invalid
from core.idempotency import Answer
from core.ids import read_id
from queues import access
from queues.actions.bookings import book
from queues.api.callers import KEY_HEADER, CallerViewSet
from queues.api.serializers import (
    BookingSerializer,
    BookRequest,
    QueueSerializer,
    RuleNotMet,
    SlotSerializer,
    SlotTaken,
    is_zone,
    marked_whole,
)
from queues.models import Booking, Queue, QueueHost, QueueTopic
from queues.queries.slots import slots

LONGEST_RANGE_DAYS = 62
USUAL_RANGE_DAYS = 7
# Further away nothing is ever offered.
REACH = timedelta(days=750)

IDEMPOTENCY = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="The same key and body again get the first answer; with another body 409 `idempotency_mismatch`.",
)
REFUSALS = {409: SlotTaken, 422: RuleNotMet}


class QueueViewSet(CallerViewSet):
    """Queues that the caller may book."""

    queryset = Queue.objects.none()
    serializer_class = QueueSerializer
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"

    def get_queryset(self) -> QuerySet[Queue]:
        """Return the queues that the caller may book, with their topics and hosts."""
        if getattr(self, "swagger_fake_view", False):
            return Queue.objects.none()
        caller = self.caller
        if caller.is_staff:
            queues = access.queues_to_book(caller.user)
        else:
            serving = {queue.pk for contact in caller.contacts for queue in access.queues_serving(contact)}
            queues = Queue.objects.filter(pk__in=serving)
        hosts = QueueHost.objects.select_related("person")
        return queues.prefetch_related("topics", Prefetch("hosts", queryset=hosts))

    def list(self, request: Request) -> Response:
        """Return a page of queues."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, slug: str) -> Response:
        """Return one queue."""
        queue, _, _ = self._looked_at(slug, None)
        return Response(self.get_serializer(queue).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="The first day, in `tz`; today if left out."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="The last day, 62 days after the first at most."),
            OpenApiParameter("tz", str, description="An IANA time zone; the caller's own if left out."),
            OpenApiParameter("host", int, description="Only hours of this host."),
            OpenApiParameter("customer", int, description="Only hours that this customer may book (staff)."),
        ],
        responses={200: SlotSerializer(many=True), 422: RuleNotMet},
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def slots(self, request: Request, slug: str) -> Response:
        """Return the free hours of some days as a plain list, in order."""
        asked = request.query_params
        queue, customer, contact = self._looked_at(slug, _number(asked.get("customer"), "customer"))
        zone = asked.get("tz") or self.caller.user.time_zone or "UTC"
        if not is_zone(zone):
            raise Invalid(
                "There is no such time zone; write one like Europe/Berlin.", code="unknown_time_zone", field="tz"
            )
        first, last = _days(asked.get("from"), asked.get("to"), zone)
        host = _number(asked.get("host"), "host")
        free = slots(queue, first, last, zone, customer=customer, contact=contact, host=host)
        tz = zone_of(zone)
        return Response(
            [
                {
                    "start": slot.starts.astimezone(tz).isoformat(),
                    "end": slot.ends.astimezone(tz).isoformat(),
                    "hosts": len(slot.hosts),
                }
                for slot in free
            ]
        )

    @extend_schema(request=BookRequest, parameters=[IDEMPOTENCY], responses={201: BookingSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def bookings(self, request: Request, slug: str) -> Response:
        """Book an hour: 201 with the booking, 409 `slot_taken` with the nearest free starts, 422 for a rule not met."""
        return self.answer(request, lambda: self._book(slug))

    def _book(self, slug: str) -> Answer:
        queue, caller = self._queue(slug), self.caller
        values = self.values_of(BookRequest)
        customer, contact = caller.for_whom(values.get("customer"), values.get("contact"))
        booking = book(
            actor=caller.user,
            queue=queue,
            customer=customer,
            contact=contact,
            starts_at=values["start"],
            host=host_of(queue, values.get("host")),
            topic_text=values["topic"],
            topic=QueueTopic.objects.filter(queue=queue, is_active=True, name__iexact=values["topic"]).first(),
            situation=values["situation"],
            time_zone=values["time_zone"],
            source=Booking.Source.API,
        )
        # Whoever has just booked it has written it.
        told = marked_whole(Booking.objects.filter(pk=booking.pk), Q()).select_related(*access.WITH_BOOKING).get()
        return Answer(status.HTTP_201_CREATED, BookingSerializer(told, context=self.get_serializer_context()).data)

    def _queue(self, slug: str) -> Queue:
        """Return the queue to book in; which customers it serves is for the booking to say."""
        caller = self.caller
        found = access.queues_to_book(caller.user) if caller.is_staff else Queue.objects.all()
        return access.found(found.filter(slug=slug).first(), "queue")

    def _looked_at(self, slug: str, customer_id: int | None) -> tuple[Queue, Customer | None, Contact | None]:
        """Return the queue as the caller sees it, and for whom the caller looks."""
        caller = self.caller
        if caller.is_staff:
            customer = caller.for_whom(customer_id)[0] if customer_id else None
            return self._queue(slug), customer, None
        contact = caller.contact_at(customer_id)
        return access.queue_serving(contact, slug), contact.customer, contact


def host_of(queue: Queue, pk: int | None) -> User | None:
    """Return the host with this id, or nobody for none; raise Invalid for somebody who does not host the queue."""
    if pk is None:
        return None
    host = User.objects.filter(pk=pk, hosted_queues__queue=queue, hosted_queues__is_active=True).first()
    if host is None:
        raise Invalid("This person does not host this queue.", code="host_unknown", field="host")
    return host


def _number(text: str | None, field: str) -> int | None:
    if not text:
        return None
    number = read_id(text)
    if number is None:
        raise Invalid("Write the id as a number.", code="invalid_id", field=field)
    return number


def _days(first: str | None, last: str | None, zone: str) -> tuple[date, date]:
    today = local_day(timezone.now(), zone)
    begins = _day(first, "from") or today
    ends = _day(last, "to") or begins + timedelta(days=USUAL_RANGE_DAYS - 1)
    if abs(begins - today) > REACH or abs(ends - today) > REACH:
        raise Invalid("These days are too far away.", code="date_out_of_reach", field="from")
    if ends < begins:
        raise Invalid("The last day is before the first.", code="range_reversed", field="to")
    if (ends - begins).days >= LONGEST_RANGE_DAYS:
        raise Invalid(f"Ask for {LONGEST_RANGE_DAYS} days at most.", code="range_too_long", field="to")
    return begins, ends


def _day(text: str | None, field: str) -> date | None:
    if not text:
        return None
    try:
        found: Any = parse_date(text)
    except ValueError:
        found = None
    if found is None or abs(found.year - timezone.now().year) > 10:
        raise Invalid("Write a day like 2026-03-09.", code="invalid_date", field=field)
    return found
