"""Bookings over the API: reading, cancelling and moving them."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.idempotency import Answer
from queues import access
from queues.actions.bookings import cancel_booking, reschedule_booking
from queues.api.callers import CallerViewSet
from queues.api.queues import IDEMPOTENCY, REFUSALS, host_of
from queues.api.serializers import BookingSerializer, CancelRequest, RescheduleRequest
from queues.models import Booking


class BookingViewSet(CallerViewSet):
    """Booked hours: for contacts those of their own customers, for staff those that it may see."""

    queryset = Booking.objects.none()
    serializer_class = BookingSerializer
    lookup_value_regex = r"[0-9a-fA-F-]{32,36}"
    http_method_names = ["get", "post", "head", "options"]

    def get_queryset(self) -> QuerySet[Booking]:
        """Return the bookings that the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Booking.objects.none()
        caller = self.caller
        if caller.is_staff:
            return access.bookings_within(caller.user)
        customers = [contact.customer_id for contact in caller.contacts]
        return Booking.objects.select_related(*access.WITH_BOOKING).filter(customer__in=customers)

    def list(self, request: Request) -> Response:
        """Return a page of bookings."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one booking."""
        return Response(self.get_serializer(self._booking(pk, "queue.view")).data)

    @extend_schema(request=CancelRequest, parameters=[IDEMPOTENCY], responses={200: BookingSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel the hour; 409 `already_cancelled` or `already_started`, 422 `too_late_to_change`."""
        return self.answer(request, lambda: self._cancel(pk))

    @extend_schema(request=RescheduleRequest, parameters=[IDEMPOTENCY], responses={200: BookingSerializer, **REFUSALS})
    @action(detail=True, methods=["post"])
    def reschedule(self, request: Request, pk: str) -> Response:
        """Move the hour; refused as booking and cancelling are."""
        return self.answer(request, lambda: self._reschedule(pk))

    def _cancel(self, pk: str) -> Answer:
        booking = self._booking(pk, "booking.change")
        values = self.values_of(CancelRequest)
        cancelled = cancel_booking(actor=self.caller.user, booking=booking, reason=values["reason"])
        return Answer(status.HTTP_200_OK, BookingSerializer(cancelled).data)

    def _reschedule(self, pk: str) -> Answer:
        booking = self._booking(pk, "booking.change")
        values = self.values_of(RescheduleRequest)
        moved = reschedule_booking(
            actor=self.caller.user,
            booking=booking,
            starts_at=values["start"],
            host=host_of(booking.queue, values.get("host")),
            reason=values["reason"],
        )
        return Answer(status.HTTP_200_OK, BookingSerializer(moved).data)

    def _booking(self, pk: str, action_name: str) -> Booking:
        caller = self.caller
        if caller.is_staff:
            return access.booking_for(caller.user, pk, action_name)
        return access.found(self.get_queryset().filter(uid=access.uuid_of(pk, "booking")).first(), "booking")
