"""Bookings over the API: reading, cancelling and moving them."""

from django.db.models import Q, QuerySet
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
from queues.api.serializers import BookingSerializer, CancelRequest, RescheduleRequest, marked_whole
from queues.models import Booking
from queues.portal import hours_within


class BookingViewSet(CallerViewSet):
    """Booked hours: for contacts those that they see in the portal, for staff those that it may see."""

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
            return marked_whole(access.bookings_within(caller.user), access.read_whole_by(caller.user))
        return marked_whole(hours_within(*caller.contacts), Q(contact__in=caller.contacts))

    def list(self, request: Request) -> Response:
        """Return a page of bookings."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return one booking."""
        return Response(self.get_serializer(self._found(pk, self.get_queryset())).data)

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
        booking = self._booking(pk)
        values = self.values_of(CancelRequest)
        cancelled = cancel_booking(actor=self.caller.user, booking=booking, reason=values["reason"])
        return self._answer(cancelled)

    def _reschedule(self, pk: str) -> Answer:
        booking = self._booking(pk)
        values = self.values_of(RescheduleRequest)
        moved = reschedule_booking(
            actor=self.caller.user,
            booking=booking,
            starts_at=values["start"],
            host=host_of(booking.queue, values.get("host")),
            reason=values["reason"],
        )
        return self._answer(moved)

    def _answer(self, changed: Booking) -> Answer:
        return Answer(status.HTTP_200_OK, self.get_serializer(self._found(str(changed.uid), self.get_queryset())).data)

    def _booking(self, pk: str) -> Booking:
        """Return the booking that the caller may change: a contact its own, whoever sees it too."""
        caller = self.caller
        if caller.is_staff:
            return access.booking_for(caller.user, pk, "booking.change")
        return self._found(pk, hours_within(*caller.contacts).filter(contact__in=caller.contacts))

    @staticmethod
    def _found(pk: str, bookings: QuerySet[Booking]) -> Booking:
        return access.found(bookings.filter(uid=access.uuid_of(pk, "booking")).first(), "booking")
